"""Whether the notes of the release are whole: sentences with an end, and commands."""

import re

import render

COMMAND = re.compile(r"(kubectl|helm|almanac) \S.*|[a-z0-9-]+: \"true\"")


def faults(text):
    blocks = text.strip("\n").split("\n\n")
    for block, after in zip(blocks, [*blocks[1:], ""]):
        lines = block.split("\n")
        for line in lines:
            if line != line.rstrip() or "  " in line.strip():
                yield f"blanks too many: `{line}`"
            if block.startswith("  ") and not COMMAND.fullmatch(line.strip()):
                yield f"not a command: `{line}`"
        if block.startswith("  "):
            continue
        if not block or block.startswith("\n"):
            yield "two empty lines, one after the other"
        elif block.endswith(":") != after.startswith("  "):
            yield f"a colon without a command, or the other way round: `{lines[-1]}`"
        elif not block.endswith((".", ":")):
            yield f"breaks off: `{lines[-1]}`"


def complaints():
    for case in render.cases():
        for fault in faults(render.notes([case])):
            yield f"{case.name}: {fault}"
