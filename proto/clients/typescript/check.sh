#!/usr/bin/env bash
# Builds the TypeScript client from the contract and checks it.
#   check.sh generate  generates the stubs below src/gen
#   check.sh build     builds the package: almanac-client-VERSION.tgz
#   check.sh test      builds it and plays the scenario, on both gRPC stacks of Node.js, against
#                      the server in ALMANAC_BIN, on the seeded data in ALMANAC_SEED
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
source ../toolchains.sh
need_node

install() {
  local stamp=node_modules/.installed
  cmp --silent package-lock.json "$stamp" 2>/dev/null && return
  npm ci --ignore-scripts --no-audit --no-fund --loglevel error
  cp package-lock.json "$stamp"
}

generate() {
  install
  rm -rf src/gen
  buf generate
}

build() {
  generate
  rm -rf dist
  npx tsc --project tsconfig.json
  npm pack --silent
}

case ${1:-} in
  generate) generate ;;
  build) build ;;
  test)
    build
    npx prettier --print-width 100 --check 'src/*.ts' 'test/*.ts' --log-level warn
    rm -rf build
    npx tsc --project tsconfig.test.json
    node --test build/test/*.test.js
    python3 ../scenario/guide.py README.md
    ;;
  *)
    sed -n '2,6s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
    exit 2
    ;;
esac
