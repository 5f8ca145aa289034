"""A business's own flow files, checked against the tools that will be there: those of Alô and of its tools file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from agent.flows.load import load_flow, load_flow_files, sample_tools
from agent.flows.model import Flow
from app.toolbox import Toolbox
from core.clock import SystemClock
from core.settings import Settings
from tools import Tool


def tools_of(settings: Settings) -> dict[str, Tool]:
    """Declarations by name. Opens the sources of the tools file, where there is one. Raises AloError."""
    if settings.tools_file is None:
        return sample_tools()
    toolbox = Toolbox.load(settings)
    if toolbox.sources is not None:
        toolbox.sources.open()
    return {**sample_tools(), **toolbox.registry("", {}, SystemClock().now).tools}


def load_own(path: Path, settings: Settings) -> Flow:
    """One flow file of a business. Raises AloError."""
    return load_flow(path, tools_of(settings))


def load_together(paths: Sequence[Path], settings: Settings) -> dict[str, Flow]:
    """Several, which may not share a name or a trigger. Raises AloError."""
    return load_flow_files(paths, tools_of(settings))
