#!/usr/bin/env bash
# Generates the Go client from the contract and checks it.
#   check.sh build   generates the stubs below almanac/ and compiles everything
#   check.sh test    builds it and plays the scenario against the server in ALMANAC_BIN, on the
#                    seeded data in ALMANAC_SEED
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
source ../toolchains.sh
need_go

build() {
  rm -rf almanac
  cp ../../service_config.json service_config.json
  buf generate
  go build ./...
}

case ${1:-} in
  build) build ;;
  test)
    build
    [[ -z $(gofmt -l ./*.go scenario) ]] || { gofmt -d ./*.go scenario; exit 1; }
    go vet ./...
    go test -count=1 ./...
    python3 ../scenario/guide.py README.md
    ;;
  *)
    sed -n '2,5s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
    exit 2
    ;;
esac
