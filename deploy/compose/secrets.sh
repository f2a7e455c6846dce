#!/usr/bin/env bash
# Makes the passwords of compose.yaml, once. The folder is closed to others; the files are
# open, since the containers read them as users of their own.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

if [[ -e secrets ]]; then
  echo "deploy/compose/secrets is there already; a database that was made with it needs it" >&2
  exit 1
fi
umask 022
mkdir --mode 0700 secrets
for name in postgres owner app; do
  openssl rand -hex 24 | tr -d '\n' >"secrets/${name}_password"
done
for name in owner app; do
  # The network of the database has no way out, so its traffic is not encrypted.
  printf 'postgresql://almanac_%s:%s@postgres:5432/almanac?sslmode=disable' \
    "$name" "$(<"secrets/${name}_password")" >"secrets/${name}_url"
done
