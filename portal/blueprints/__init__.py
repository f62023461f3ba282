"""The web: a blueprint per audience; a view parses, calls one thing, renders one thing."""

from flask import Flask

from portal.blueprints import (
    account_data,
    admin,
    api,
    auth,
    health,
    help,
    hr,
    jobs,
    messages,
    notices,
    record,
    second_factor,
    staff,
    verify,
)
from portal.blueprints import register as registration


def register(app: Flask) -> None:
    """Attach every blueprint."""
    for blueprint in (
        auth.bp,
        second_factor.bp,
        account_data.bp,
        registration.bp,
        record.bp,
        staff.bp,
        admin.bp,
        hr.bp,
        jobs.bp,
        messages.bp,
        notices.bp,
        verify.bp,
        api.bp,
        health.bp,
        help.bp,
    ):
        app.register_blueprint(blueprint)
