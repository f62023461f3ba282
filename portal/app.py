"""Puts the application together: composition only."""

from __future__ import annotations

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from portal import (
    blueprints,
    cli,
    clock,
    config,
    database,
    errors,
    extensions,
    logs,
    metrics,
    presentation,
    security,
    storage,
)
from portal.rules import policy


def compose(settings: config.Settings | None = None) -> Flask:
    """The application for these settings; without any, those of the environment.

    Raises config.BadSettings or policy.PolicyError: a portal with a bad setting or rule does not start.
    """
    settings = settings or config.load_settings()
    config.prepare_instance(settings)
    app = Flask(__name__, instance_path=str(settings.instance))
    app.config.update(config.flask_config(settings))
    app.extensions["portal.settings"] = settings
    app.extensions["portal.clock"] = clock.clock_for(settings)
    app.extensions["portal.policies"] = policy.shipped()
    app.extensions["portal.store"] = storage.open_store(settings.evidence_store, settings.terms)
    extensions.db.init_app(app)
    with app.app_context():
        database.harden(extensions.db.engine)
    extensions.migrate.init_app(app, extensions.db, directory=f"{app.root_path}/migrations")
    for extension in (extensions.login_manager, extensions.csrf, extensions.limiter, extensions.compress):
        extension.init_app(app)
    extensions.htmx.init_app(app)
    presentation.register(app)
    errors.register(app)
    logs.register(app)
    metrics.register(app)
    security.register(app)
    blueprints.register(app)
    cli.register(app)
    if settings.proxy_hops:
        hops = settings.proxy_hops
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    return app
