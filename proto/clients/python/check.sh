#!/usr/bin/env bash
# Builds the Python client and tests it.
#   check.sh build   makes dist/almanac_client-VERSION-py3-none-any.whl
#   check.sh test    builds it, checks style and types, and tests the installed wheel against
#                    the server in ALMANAC_BIN (default: target/debug/almanac), the scenario on the
#                    data in ALMANAC_SEED (default: what seed.sh makes)
# Everything it needs is installed into .tools/client-venv, once for each change of
# requirements-dev.txt.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
root=$(cd ../../.. && pwd)
venv=$root/.tools/client-venv
python=$venv/bin/python
export PYTHONDONTWRITEBYTECODE=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore

# Runs pip in the environment: its own, or that of the machine where it has none.
pip() {
  if "$python" -m pip --version >/dev/null 2>&1; then
    "$python" -m pip "$@"
  else
    python3 -m pip --python "$python" "$@"
  fi
}

make_venv() {
  python3 -m venv "$venv" 2>/dev/null && return
  rm -rf "$venv"
  python3 -m venv --without-pip "$venv" && python3 -m pip --version >/dev/null 2>&1 && return
  echo "check.sh: python3 has neither venv nor pip: install python3-venv or python3-pip" >&2
  return 1
}

install() {
  local wanted
  wanted=$(python3 --version; cat requirements-dev.txt)
  [[ -f $venv/installed && $(<"$venv/installed") == "$wanted" ]] && return
  if ! python3 -c 'import sys; sys.exit(sys.version_info < (3, 10))'; then
    echo "check.sh: the client needs Python 3.10 or newer; this is $(python3 --version)" >&2
    return 1
  fi
  echo "installing into .tools/client-venv: requirements-dev.txt"
  rm -rf "$venv"
  make_venv
  pip install --quiet --requirement requirements-dev.txt
  echo "$wanted" >"$venv/installed"
}

build() {
  rm -rf dist
  PATH="$venv/bin:$PATH" "$python" -m hatchling build -t wheel -d dist
}

# The address space of the type checker is bounded: stubs that it cannot cope with should
# fail it rather than take the machine's memory.
type_check() {
  (
    ulimit -v $((4 * 1024 * 1024))
    "$venv/bin/mypy" --cache-dir "$venv/mypy" src/almanac/client examples tests generate.py \
      ../scenario/seed.py
  )
}

run_tests() {
  local ruff=(--quiet --config pyproject.toml --cache-dir "$venv/ruff" . ../scenario/seed.py)
  "$venv/bin/ruff" check "${ruff[@]}"
  "$venv/bin/ruff" format --check "${ruff[@]}"
  type_check
  ALMANAC_SEED=${ALMANAC_SEED:-$(../seed.sh)}
  export ALMANAC_SEED
  pip install --quiet --no-deps --force-reinstall dist/*.whl
  "$python" -m pytest -p no:cacheprovider "$@"
}

case ${1:-} in
  build) install && build ;;
  test) install && build && run_tests "${@:2}" ;;
  *)
    sed -n '2,8s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
    exit 2
    ;;
esac
