#!/usr/bin/env bash
# Prints the folder with the data that the scenario is played on. Fills it first, through the Python
# client, where there is none for these seed.py, scenario.json and server in ALMANAC_BIN (default:
# target/debug/almanac).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
root=$(cd ../.. && pwd)
binary=$(realpath "${ALMANAC_BIN:-$root/target/debug/almanac}")
seeds=$root/.tools/scenario-seed

fill() {
  # Those of older servers.
  find "$seeds" -mindepth 1 -maxdepth 1 -type d -mtime +1 -exec rm -rf {} +
  python/check.sh build
  rm -rf "$seeds/new"
  PYTHONPATH=python/src PYTHONDONTWRITEBYTECODE=1 \
    "$root/.tools/client-venv/bin/python" scenario/seed.py "$binary" "$seeds/new"
  mv "$seeds/new" "$1"
}

mkdir -p "$seeds"
key=$(cat scenario/seed.py scenario/scenario.json "$binary" | sha256sum | cut -c1-16)
seed=$seeds/$key
# Whoever comes second waits for what the first one fills.
exec 9>"$seeds/lock"
flock 9
[[ -d $seed ]] || fill "$seed" >&2
echo "$seed"
