#!/usr/bin/env bash
# Builds and tests the clients, one after the other.
#   check.sh build   generates and packages all of them
#   check.sh test    builds them, checks style and types, and tests them against the server in
#                    ALMANAC_BIN
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

case ${1:-} in
  build) ;;
  test)
    # The seed is made with the Python client, so that one comes first.
    ./python/check.sh test
    ALMANAC_SEED=$(./seed.sh)
    export ALMANAC_SEED
    for language in go typescript java; do
      echo "client for $language"
      "./$language/check.sh" test
    done
    exit
    ;;
  *)
    sed -n '2,5s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
    exit 2
    ;;
esac
for language in python go typescript java; do
  "./$language/check.sh" build
done
