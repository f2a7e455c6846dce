"""Turns the pods of the chart into `docker run`, as a kubelet would run them.

    containers.py CHART_YAML FOLDER IMAGE

writes into FOLDER the files that pods mount, which it takes from FOLDER/secrets/NAME/KEY, and
the scripts `migrate-SERVICE` and `serve-SERVICE`, which take further options of `docker run`.
"""

import os
import pathlib
import shlex
import sys

import yaml

GROUP = 65532


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def source_of(volume, objects, secrets):
    """The files of a volume by their names."""
    if "secret" in volume:
        of = secrets / volume["secret"]["secretName"]
        return {i["path"]: (of / i["key"]).read_text() for i in volume["secret"]["items"]}
    name = volume["configMap"]["name"]
    (found,) = [o for o in objects if o["kind"] == "ConfigMap" and o["metadata"]["name"] == name]
    return found["data"]


def arguments(name, spec, container, objects, folder):
    pod, own = spec["securityContext"], container["securityContext"]
    options = ["--user", f"{pod['runAsUser']}:{pod['runAsGroup']}", "--group-add", str(pod["fsGroup"])]
    options += ["--read-only"] if own["readOnlyRootFilesystem"] else []
    options += [f"--cap-drop={c}" for c in own["capabilities"]["drop"]]
    options += [] if own["allowPrivilegeEscalation"] else ["--security-opt=no-new-privileges"]
    options += ["--memory", container["resources"]["limits"]["memory"].replace("Mi", "m")]
    for variable in container["env"]:
        options += ["--env", f"{variable['name']}={variable['value']}"]
    volumes = {v["name"]: v for v in spec.get("volumes", [])}
    for mount in container.get("volumeMounts", []):
        at = folder / "volumes" / name / mount["name"]
        for file, text in source_of(volumes[mount["name"]], objects, folder / "secrets").items():
            write(at / file, text)
            (at / file).chmod(0o440)
            os.chown(at / file, 0, GROUP)
        options += ["--volume", f"{at}:{mount['mountPath']}:ro"]
    return options


def main(rendered, folder, image):
    folder = pathlib.Path(folder)
    objects = [o for o in yaml.safe_load_all(pathlib.Path(rendered).read_text()) if o]
    for o in objects:
        verb = {"Deployment": "serve", "Job": "migrate"}.get(o["kind"])
        if not verb:
            continue
        spec = o["spec"]["template"]["spec"]
        for container in spec["containers"]:
            name = f"{verb}-{container['name']}"
            options = arguments(name, spec, container, objects, folder)
            line = shlex.join(options)
            rest = shlex.join([image, *container["args"]])
            write(folder / "run" / name, f'exec docker run {line} "$@" {rest}\n')
            grace = spec.get("terminationGracePeriodSeconds", 30)
            write(folder / "grace" / name, f"{grace}\n")


main(*sys.argv[1:])
