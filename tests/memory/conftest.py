from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.postgres import throwaway_postgres


@pytest.fixture
def postgres() -> Iterator[str]:
    with throwaway_postgres() as url:
        yield url
