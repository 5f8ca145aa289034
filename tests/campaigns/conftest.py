from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.campaigns.helpers import World
from tests.postgres import throwaway_postgres


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.store.close()


@pytest.fixture
def postgres() -> Iterator[str]:
    with throwaway_postgres() as url:
        yield url
