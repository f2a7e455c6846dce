#!/usr/bin/env bash
# Runs a binary in the layout of the image's last stage, without pulling an image: three
# services as the chart starts them – unprivileged, on a read-only root, without capabilities –
# on a PostgreSQL of its own that demands TLS, with one role that owns the tables and another
# that may only use them. Needs root, docker (it starts a daemon of
# its own), PostgreSQL 15 or newer, openssl, and Debian's apt for the files of the base.
#
#   deploy/try-image.sh [BINARY]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

binary=$(realpath "${1:-target/debug/almanac}")
pack=$PWD/deploy/try
python=.tools/deploy/venv/bin/python
work=$(mktemp -d /tmp/almanac-try.XXXXXX)
chmod 755 "$work"
export DOCKER_HOST=unix://$work/docker.sock
unset DOCKER_CONTEXT
daemon='' database=''
# The packages of the base image that hold files a program may need.
base_packages=(libc6 libgcc-s1 libstdc++6 libssl3 netbase tzdata)
postgres_uid=65534

say() { printf '%s\n' "$*"; }
fail() {
  say "FAILED: $*" >&2
  exit 1
}

cleanup() {
  local status=$?
  if [[ -n $daemon ]]; then
    if ((status != 0)); then
      for role in registry metrics reporting; do
        docker logs --tail 5 "almanac-$role" 2>&1 | sed "s/^/  $role: /" || true
      done
    fi
    docker ps --quiet --all | xargs --no-run-if-empty docker rm --force >/dev/null 2>&1 || true
    docker network rm almanac >/dev/null 2>&1 || true
    kill "$daemon" 2>/dev/null && wait "$daemon" 2>/dev/null || true
  fi
  [[ -z $database ]] || as_postgres "$postgres/pg_ctl" --pgdata "$work/db/data" --mode fast --silent stop || true
  rm -rf "$work"
  exit "$status"
}
trap cleanup EXIT

start_docker() {
  dockerd --data-root "$work/root" --exec-root "$work/exec" --host "$DOCKER_HOST" \
    --pidfile "$work/docker.pid" >"$work/docker.log" 2>&1 &
  daemon=$!
  for _ in {1..100}; do
    docker version >/dev/null 2>&1 && return
    kill -0 "$daemon" 2>/dev/null || break
    sleep 0.2
  done
  tail -5 "$work/docker.log" >&2
  fail "dockerd does not start"
}

# The files of the base image and the binary, as one layer.
make_image() {
  local root=$work/image
  mkdir -p "$root/etc/ssl/certs" "$root/usr/bin" "$root/home/nonroot" "$root/tmp" "$work/packages"
  (cd "$work/packages" && apt-get download -qq "${base_packages[@]}" 2>/dev/null)
  local package
  for package in "$work"/packages/*.deb; do
    dpkg-deb --extract "$package" "$root"
  done
  rm -rf "$root/usr/share/doc" "$root/usr/share/lintian"
  cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
  printf 'root:x:0:0::/root:/sbin/nologin\nnonroot:x:65532:65532::/home/nonroot:/sbin/nologin\n' >"$root/etc/passwd"
  install --strip "$binary" "$root/usr/bin/almanac"
  tar --create --directory "$root" . | docker import \
    --change 'USER 65532:65532' --change 'ENTRYPOINT ["/usr/bin/almanac"]' - almanac:0.1.0 >/dev/null
  say "image: $(docker image inspect --format '{{.Size}}' almanac:0.1.0 | numfmt --to=iec), base of ${base_packages[*]}"
}

as_postgres() {
  setpriv --reuid "$postgres_uid" --regid "$postgres_uid" --clear-groups env LC_ALL=C "$@"
}

# A server on the containers' network, as a user of its own, that takes passwords over TLS.
start_postgres() {
  local address=$1
  postgres=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort --version-sort | tail -1)
  mkdir -p "$work/db" "$work/ca"
  openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=try-authority \
    -keyout "$work/ca/ca.key" -out "$work/ca/ca.crt" 2>/dev/null
  openssl req -newkey rsa:2048 -nodes -subj /CN=postgres \
    -keyout "$work/db/server.key" -out "$work/ca/server.csr" 2>/dev/null
  openssl x509 -req -in "$work/ca/server.csr" -CA "$work/ca/ca.crt" -CAkey "$work/ca/ca.key" \
    -CAcreateserial -days 2 -extfile <(echo subjectAltName=DNS:postgres) -out "$work/db/server.crt" 2>/dev/null
  chown -R "$postgres_uid:$postgres_uid" "$work/db"
  chmod 600 "$work/db/server.key"
  as_postgres "$postgres/initdb" --pgdata "$work/db/data" --username super --auth trust \
    --encoding UTF8 --locale C.UTF-8 --no-sync >/dev/null
  cat >>"$work/db/data/postgresql.conf" <<END
listen_addresses = '$address'
port = 5432
unix_socket_directories = '$work/db'
ssl = on
ssl_cert_file = '$work/db/server.crt'
ssl_key_file = '$work/db/server.key'
END
  printf 'local all super trust\nhostssl all all all scram-sha-256\n' >"$work/db/data/pg_hba.conf"
  postgres_up
  database=yes
  sql postgres "CREATE ROLE almanac_owner LOGIN PASSWORD 'owner'" \
    "CREATE ROLE almanac_app LOGIN PASSWORD 'app'" "CREATE DATABASE almanac OWNER almanac_owner"
}

postgres_up() {
  as_postgres "$postgres/pg_ctl" --pgdata "$work/db/data" --log "$work/db/log" --silent --wait start
}

sql() {
  local name=$1 statement
  shift
  for statement in "$@"; do
    "$postgres/psql" --quiet --no-psqlrc --set ON_ERROR_STOP=1 --host "$work/db" --username super \
      --dbname "$name" --command "$statement"
  done
}

secret() {
  mkdir -p "$work/secrets/$1"
  printf '%s' "$3" >"$work/secrets/$1/$2"
}

container() {
  local script=$1
  shift
  sh "$work/run/$script" --network almanac --add-host "postgres:$gateway" "$@"
}

# The state of a service on the port for probes, as a kubelet asks it: from outside.
health() {
  local address
  address=$(docker inspect --format '{{.NetworkSettings.Networks.almanac.IPAddress}}' "almanac-$1")
  "$binary" health --server "http://$address:7431" --service "$2" 2>&1 || true
}

await_health() {
  local role=$1 service=$2 expected=$3
  for _ in {1..300}; do
    [[ $(health "$role" "$service") == "$expected" ]] && return
    sleep 0.1
  done
  fail "$role says $(health "$role" "$service") about '$service', not $expected"
}

# What the kernel says about the process, not what was asked for.
check_confinement() {
  local role=$1 pid status
  pid=$(docker inspect --format '{{.State.Pid}}' "almanac-$role")
  status=$(grep -E '^(Uid|Gid|CapPrm|CapEff|CapBnd|NoNewPrivs|Seccomp):' "/proc/$pid/status" | tr -s '\t\n' ' ')
  local expected='Uid: 65532 65532 65532 65532 Gid: 65532 65532 65532 65532 CapPrm: 0000000000000000 CapEff: 0000000000000000 CapBnd: 0000000000000000 NoNewPrivs: 1 Seccomp: 2 '
  [[ $status == "$expected" ]] || fail "$role is not confined: $status"
  awk '$5 == "/" && $6 ~ /^ro(,|$)/ { found = 1 } END { exit !found }' "/proc/$pid/mountinfo" ||
    fail "$role can write to its root"
  say "$role: uid 65532, no capabilities, no new privileges, seccomp, root read-only, $(awk '/VmRSS/ {print int($2 / 1024)}' "/proc/$pid/status") MiB"
}

# The commands, which use the services through one of the pods of metrics.
client() {
  local metrics=$1
  shift
  docker run --rm --read-only --cap-drop ALL --security-opt no-new-privileges --user 65532:65532 \
    --network almanac --volume "$pack:/pack:ro" --volume "$work/out:/out" almanac:0.1.0 \
    --server "http://almanac-reporting:7430,http://almanac-registry:7430,http://almanac-$metrics:7430" "$@"
}

start_docker
make_image
docker network create almanac >/dev/null
gateway=$(docker network inspect --format '{{(index .IPAM.Config 0).Gateway}}' almanac)
start_postgres "$gateway"
secret almanac-owner uri "postgresql://almanac_owner:owner@postgres:5432/almanac"
secret almanac-app uri "postgresql://almanac_app:app@postgres:5432/almanac"
secret almanac-ca ca.crt "$(<"$work/ca/ca.crt")"
.tools/deploy/bin/helm template almanac deploy/chart --values deploy/try/values.yaml >"$work/chart.yaml"
"$python" deploy/try/containers.py "$work/chart.yaml" "$work" almanac:0.1.0

say '-- servers before the tables are there'
for role in registry metrics reporting; do
  container "serve-$role" --detach --name "almanac-$role" >/dev/null
done
for role in registry metrics reporting; do
  await_health "$role" live SERVING
  await_health "$role" '' NOT_SERVING
done
say 'all three live and are not ready'

say '-- migrations, all at once'
migrating=()
for role in registry metrics reporting; do
  container "migrate-$role" --rm >"$work/migrate-$role" 2>&1 &
  migrating+=($!)
done
for one in "${migrating[@]}"; do
  wait "$one" || fail "$(cat "$work"/migrate-*)"
done
cat "$work"/migrate-*
for role in registry metrics reporting; do
  await_health "$role" '' SERVING
  check_confinement "$role"
  docker exec "almanac-$role" /usr/bin/almanac health >/dev/null || fail "$role: the command health"
done
container migrate-registry --rm >"$work/again"
grep -q 'registry: up to date' "$work/again" || fail 'a second migration does something'
cp "$work/volumes/serve-registry/registry-database/url" "$work/volumes/migrate-registry/registry-database/url"
if container migrate-registry --rm 2>"$work/refusal"; then
  fail 'the role of the servers may migrate'
fi
say "as the role of the servers: $(tail -1 "$work/refusal")"

say '-- a second pod of metrics beside the first'
container serve-metrics --detach --name almanac-metrics-2 >/dev/null
await_health metrics-2 '' SERVING

say '-- a table in, a report out'
install --directory --owner 65532 "$work/out"
client metrics apply vocabulary /pack/vocabulary.toml
client metrics apply definitions /pack/definitions.toml
client metrics import /pack/mapping.toml /pack/figures.csv
client metrics import /pack/mapping.toml /pack/figures.csv >"$work/again"
grep -q 'nothing new' "$work/again" || fail 'the second import writes'
client metrics template /pack/template.toml
client metrics report try --out /out/report.html
grep -q '8,532,185,381,680.593' "$work/out/report.html" || fail 'the report does not have the figure'
say "report: $(stat --format %s "$work/out/report.html") bytes"
sql almanac "SELECT usename, count(*) AS connections, bool_and(ssl) AS tls FROM pg_stat_activity JOIN pg_stat_ssl USING (pid) WHERE usename LIKE 'almanac%' GROUP BY 1"

say '-- the database away and back'
as_postgres "$postgres/pg_ctl" --pgdata "$work/db/data" --mode immediate --silent stop
for role in registry metrics reporting; do
  await_health "$role" '' NOT_SERVING
  await_health "$role" live SERVING
done
postgres_up
began=$(date +%s%N)
for role in registry metrics reporting; do
  await_health "$role" '' SERVING
done
say "live all the time; ready again $((($(date +%s%N) - began) / 1000000)) ms after the database takes connections"

say '-- a call of each service on connections that were lost'
for noun in entities units templates; do
  client metrics list "$noun" >/dev/null || fail "list $noun"
done

say '-- the end of a pod while it works'
printf '[[units]]\nname = "units/euro"\nlabels = [{ text = "Euro", language = "en" }]\ndimension = "money"\n' >"$work/out/later.toml"
sql almanac 'BEGIN; LOCK TABLE metrics.commit_head IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(6); COMMIT' >/dev/null &
holder=$!
client metrics apply definitions /out/later.toml >"$work/later" 2>&1 &
caller=$!
for _ in {1..60}; do
  waiting=$(sql almanac "COPY (SELECT count(*) FROM pg_locks WHERE NOT granted) TO STDOUT")
  ((waiting > 0)) && break
  sleep 0.1
done
((waiting > 0)) || fail 'the call does not wait for the lock'
docker kill --signal TERM almanac-metrics >/dev/null
await_health metrics '' NOT_SERVING
await_health metrics live SERVING
kill -0 "$caller" 2>/dev/null || fail "the call ended early: $(<"$work/later")"
wait "$holder"
wait "$caller" || fail "the call in flight was lost: $(<"$work/later")"
[[ $(docker wait almanac-metrics) == 0 ]] || fail 'metrics did not end well'
client metrics-2 list units >"$work/units"
grep -q euro "$work/units" || fail 'the other pod does not know what was written'
say "told to stop with a call in flight: live, not ready, answered ($(<"$work/later")), exit 0; the other pod knows it"

say '-- the end'
for role in reporting metrics-2 registry; do
  grace=$(<"$work/grace/serve-${role%-2}")
  began=$(date +%s%N)
  docker stop --time "$grace" "almanac-$role" >/dev/null
  took=$((($(date +%s%N) - began) / 1000000))
  code=$(docker inspect --format '{{.State.ExitCode}} {{.State.OOMKilled}}' "almanac-$role")
  [[ $code == '0 false' ]] || fail "$role ended with $code"
  ((took < grace * 1000)) || fail "$role took $took ms of $grace s"
  say "$role: exit 0 after $took ms of $grace s"
done
say 'all well'
