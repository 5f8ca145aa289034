from __future__ import annotations

from pathlib import Path

import pytest

import analytics
from analytics import Data
from tests.analytics.made_up import write


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with made-up calls."""
    return write(tmp_path_factory.mktemp("made-up"), 60)


@pytest.fixture(scope="session")
def data(folder: Path) -> Data:
    return analytics.load(folder)
