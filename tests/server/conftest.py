"""What the tests of the language server share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from client import Client


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    """A running server whose client counts in UTF-16."""
    with Client() as started:
        started.start(tmp_path)
        yield started
        assert started.stop() == 0
