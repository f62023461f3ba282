"""The hours portal: continuing-education hours of a university."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from portal.config import Settings


def create_app(settings: Settings | None = None) -> Flask:
    """The application for these settings; without any, those of the environment. See `portal.app`."""
    from portal.app import compose  # lazy: `portal assess` must start without the web and the database

    return compose(settings)
