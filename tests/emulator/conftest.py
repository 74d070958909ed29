"""Fixtures for tests that run templates in the emulator."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from . import Cloud, Databricks


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    """A fresh emulated account."""
    with Cloud() as running:
        yield running


@pytest.fixture
def databricks() -> Iterator[Databricks]:
    """A workspace that answers on this machine."""
    with Databricks() as running:
        yield running


@pytest.fixture(autouse=True)
def quiet_moto() -> None:
    """moto logs every failing state as an error; the tests look at the execution instead."""
    logging.getLogger("moto").setLevel(logging.CRITICAL)
