"""Generates the modules of the contract before anything is built from a checkout."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

sys.path.insert(0, str(Path(__file__).parent))

from generate import CONTRACT, generate


class GenerateHook(BuildHookInterface[Any]):
    """Runs `generate.py`; an sdist carries its output and is built without the contract."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called by the builder before it collects files."""
        if (CONTRACT / "almanac").is_dir():
            generate()
