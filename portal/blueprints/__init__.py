"""The web: a blueprint per audience; a view parses, calls one thing, renders one thing."""

from flask import Flask

from portal.blueprints import auth


def register(app: Flask) -> None:
    """Attach every blueprint."""
    for blueprint in (auth.bp,):
        app.register_blueprint(blueprint)
