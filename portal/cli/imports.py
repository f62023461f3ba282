"""The `import` commands: `portal import staff FILE`, `portal import courses FILE`."""

from __future__ import annotations

import click

from portal.cli.courses import courses
from portal.cli.roster import staff


@click.group("import")
def import_group() -> None:
    """Take lists in."""


import_group.add_command(staff)
import_group.add_command(courses)
