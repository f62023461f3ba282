"""The commands: `portal demo | serve | init | upgrade | import | assess | policy`."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from flask import Flask

# command: where it is written; loaded when called, so that `portal assess` starts without the web
COMMANDS = {
    "audit": "portal.cli.audit:audit",
    "assess": "portal.cli.assess:assess_command",
    "certificates": "portal.cli.certificates:certificates_command",
    "backup": "portal.cli.backup:backup",
    "create-hr": "portal.cli.accounts:create_hr",
    "demo": "portal.cli.demo:demo",
    "doctor": "portal.cli.doctor:doctor",
    "export": "portal.cli.exports:export_group",
    "import": "portal.cli.imports:import_group",
    "init": "portal.cli.instance:init",
    "keys": "portal.cli.certificates:keys_group",
    "policy": "portal.cli.policy:policy_group",
    "restore": "portal.cli.backup:restore",
    "serve": "portal.cli.serve:serve",
    "sign-ca": "portal.cli.certificates:sign_ca_group",
    "worker": "portal.cli.worker:worker",
    "upgrade": "portal.cli.instance:upgrade",
}


def load(name: str) -> click.Command:
    """The command called `name`. Raises KeyError for one that does not exist."""
    module, _, attribute = COMMANDS[name].partition(":")
    command: click.Command = getattr(import_module(module), attribute)
    return command


class LazyGroup(click.Group):
    """Imports a command's module only when that command is called or listed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names, sorted."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, or None for an unknown name."""
        return load(cmd_name) if cmd_name in COMMANDS else None


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="hours-portal")
def main() -> None:
    """Continuing-education hours: claims, review, standing and certificates."""


def register(app: Flask) -> None:
    """Offer the same commands as `flask --app wsgi ...`."""
    for name in COMMANDS:
        app.cli.add_command(load(name), name)
