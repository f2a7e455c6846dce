#!/usr/bin/env bash
# Builds the image with whichever engine there is.
#
#   ALMANAC_IMAGE   its name (almanac:VERSION)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

version=$(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml | head -n 1)
image=${ALMANAC_IMAGE:-almanac:$version}
arguments=(
  --file deploy/Dockerfile
  --tag "$image"
  --build-arg "VERSION=$version"
  --build-arg "REVISION=$(git rev-parse HEAD 2>/dev/null || echo unknown)"
  .
)
for engine in docker podman; do
  if command -v "$engine" >/dev/null && "$engine" info >/dev/null 2>&1; then
    DOCKER_BUILDKIT=1 exec "$engine" build "${arguments[@]}"
  fi
done
if command -v buildah >/dev/null; then
  exec buildah build --layers "${arguments[@]}"
fi
echo "build-image.sh: neither docker, podman nor buildah runs here" >&2
exit 1
