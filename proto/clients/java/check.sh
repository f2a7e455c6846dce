#!/usr/bin/env bash
# Builds the Java client from the contract and checks it. Needs a JDK 17 or newer and Maven.
#   check.sh build   makes target/almanac-client-VERSION.jar
#   check.sh test    builds it and plays the scenario against the server in ALMANAC_BIN, on the
#                    seeded data in ALMANAC_SEED
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
source ../toolchains.sh
need_java

run() {
  mvn --batch-mode --no-transfer-progress --quiet "$@"
}

case ${1:-} in
  build) run -DskipTests package ;;
  test) run package && python3 ../scenario/guide.py README.md ;;
  *)
    sed -n '2,5s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
    exit 2
    ;;
esac
