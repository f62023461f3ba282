"""The world the fuzzer asks, built on each database."""

from __future__ import annotations

from typing import Any

import pytest
from campus import Filing, People
from flask import Flask

from fuzz.world import World, build, empty_instance
from portal.config import Settings


@pytest.fixture
def emptied(app: Flask, settings: Settings) -> None:
    """No file is left of tests before this one."""
    empty_instance(app, settings)


@pytest.fixture
def world(
    emptied: None, app: Flask, settings: Settings, people: People, filing: Filing, hers: dict[str, Any]
) -> World:
    """Things of many owners, and a way in for every role."""
    return build(app, settings, people, filing, hers)
