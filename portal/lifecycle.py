"""An instance's life: made empty, upgraded with a backup before, and asked how old its tables are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import make_url

from portal import backups, create_app
from portal.config import Settings, load_settings
from portal.extensions import db

MIGRATIONS = Path(__file__).parent / "migrations"


class LifecycleError(Exception):
    """The instance was left as it was; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Upgraded:
    """What an upgrade did: revisions before and after, and the backup it took (None: not needed)."""

    before: str | None
    after: str
    backup: Path | None

    @property
    def changed(self) -> bool:
        """Whether any table was touched."""
        return self.before != self.after


def settings_for(instance: Path | None) -> Settings:
    """Settings of the instance in that folder, or of the environment's."""
    return load_settings({"instance": instance} if instance else None)


def create(instance: Path | None) -> Settings:
    """Make an empty instance. Raises LifecycleError when its database already has tables."""
    settings = settings_for(instance)
    app = create_app(settings)
    with app.app_context():
        if revision() is not None:
            raise LifecycleError(f"{settings.instance} 已有数据库。升级请用 portal upgrade。")
        migrate_now()
        db.engine.dispose()
    return settings


def upgrade(instance: Path | None, *, backup: bool = True) -> Upgraded:
    """Bring the tables to this version, after a backup. Raises LifecycleError when none can be taken."""
    settings = settings_for(instance)
    app = create_app(settings)
    with app.app_context():
        before, after = revision(), head()
        if before == after:
            return Upgraded(before, after, None)
        copy = back_up(settings) if backup and before is not None else None
        migrate_now()
        return Upgraded(before, after, copy)


def revision() -> str | None:
    """The database's revision; None when it has no tables of ours. Needs an app context."""
    with db.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def head() -> str:
    """The revision this version of the portal needs."""
    found = ScriptDirectory(str(MIGRATIONS)).get_current_head()
    if found is None:
        raise LifecycleError("安装不完整：缺少数据库迁移文件。请重新安装。")
    return found


def migrate_now() -> None:
    """Run every outstanding migration in one transaction. Needs an app context."""
    command.upgrade(_alembic(), "head")


def drop_everything() -> None:
    """Undo every migration, and with them all data; for demo databases only. Needs an app context."""
    command.downgrade(_alembic(), "base")


def ready() -> bool:
    """Whether the database answers and its tables are of this version. Needs an app context."""
    return revision() == head()


def _alembic() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config


def back_up(settings: Settings) -> Path:
    """Copy the database into `backups/` of the instance while it may be in use; returns the file.

    Raises LifecycleError when PostgreSQL's pg_dump is missing or fails.
    """
    folder = settings.instance / "backups"
    folder.mkdir(mode=0o700, exist_ok=True)
    name = datetime.now(UTC).strftime("before-upgrade-%Y%m%dT%H%M%S%fZ")
    sqlite = make_url(settings.database).get_backend_name() == "sqlite"
    target = folder / f"{name}.{'db' if sqlite else 'dump'}"
    try:
        backups.copy_database(settings, target)
    except backups.BackupError as fault:
        raise LifecycleError(f"升级前须先备份：{fault}如已自行备份，可加 --no-backup 继续。") from fault
    return target
