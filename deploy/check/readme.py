"""The table of values in the chart's README, made of values.yaml and its comments."""

import json
import re

import yaml

import render

README = render.CHART / "README.md"
VALUES = render.CHART / "values.yaml"
BEGIN, END = "<!-- values -->\n", "<!-- end of values -->\n"


def commented():
    """Each key that has a comment above it, with its default and the comment."""
    text = VALUES.read_text()
    values = yaml.safe_load(text)
    path, comment = [], []
    for line in text.splitlines():
        told = re.match(r"\s*# ?(.*)", line)
        key = re.match(r"( *)([A-Za-z_]+):", line)
        if told:
            comment.append(told[1])
            continue
        if key:
            path[len(key[1]) // 2:] = [key[2]]
            if comment:
                yield ".".join(path), at(values, path), " ".join(comment)
        comment = []


def at(values, path):
    for key in path:
        values = values[key]
    return values


def leaves(values, prefix=""):
    for key, value in values.items():
        if isinstance(value, dict) and value:
            yield from leaves(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}"


def is_group(key, keys):
    return any(other.startswith(f"{key}.") for other in keys)


def table():
    rows = list(commented())
    keys = [key for key, _, _ in rows]
    lines = ["| value | default | what |\n", "|---|---|---|\n"]
    for key, default, what in rows:
        shown = "" if is_group(key, keys) else f"`{json.dumps(default)}`"
        lines.append(f"| `{key}` | {shown} | {what} |\n")
    return "".join(lines)


def undescribed():
    """Values that neither have a comment nor belong to one that has."""
    keys = [key for key, _, _ in commented()]
    whole = [key for key in keys if not is_group(key, keys)]
    for leaf in leaves(yaml.safe_load(VALUES.read_text())):
        if not any(leaf == key or leaf.startswith(f"{key}.") for key in whole):
            yield leaf


def with_table(text):
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    return before + BEGIN + table() + END + after


def complaints():
    for leaf in undescribed():
        yield f"values.yaml: no comment says what {leaf} is"
    text = README.read_text()
    if with_table(text) != text:
        yield "the table of values in deploy/chart/README.md is stale: run `make manifests`"


def write():
    README.write_text(with_table(README.read_text()))
