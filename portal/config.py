"""Settings: embedded defaults, then instance/portal.toml, then PORTAL_* variables.

Nothing has to be set: the portal starts on SQLite and files below `instance/`, and makes its own
keys there on the first run (readable by its owner only).
"""

from __future__ import annotations

import os
import secrets
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from portal.intake.scanner import place_of
from portal.rules.mail import address_problem
from portal.storage import Terms

KEY_BYTES = 32


class BadSettings(Exception):
    """A setting cannot be used; the message names it and says what to do."""


class Settings(BaseModel):
    """What an operator may set. Each name is also an environment variable, as PORTAL_<NAME>."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    instance: Path
    database_url: str = ""
    store: str = ""
    clamd: str = ""
    quota_files: int = Field(default=300, ge=10)
    quota_megabytes: int = Field(default=1000, ge=10)
    redis_url: str = ""
    base_url: str = "http://127.0.0.1:8000"
    school: str = "山东第二医科大学"
    trusted_hosts: tuple[str, ...] = ()
    proxy_hops: int = Field(default=0, ge=0, le=5)
    demo: bool = False
    testing: bool = False
    today: str = ""
    audit_heads: str = ""
    metrics_token: str = Field(default="", repr=False)
    log_file: str = ""
    log_days: int = Field(default=400, ge=1)
    log_megabytes: int = Field(default=4000, ge=10)
    require_second_factor: tuple[str, ...] = ()
    smtp_host: str = ""
    smtp_port: int = Field(default=587, ge=1, le=65535)
    smtp_user: str = ""
    smtp_password: str = Field(default="", repr=False)
    smtp_starttls: bool = True
    smtp_from: str = ""

    @field_validator("base_url")
    @classmethod
    def _plain_base_url(cls, value: str) -> str:
        if not value.startswith(("http://", "https://")):
            raise ValueError("must start with http:// or https://")
        return value.rstrip("/")

    @field_validator("clamd")
    @classmethod
    def _clamd_place(cls, value: str) -> str:
        if value:
            place_of(value)
        return value

    @field_validator("trusted_hosts", "require_second_factor", mode="before")
    @classmethod
    def _list_from_text(cls, value: Any) -> Any:
        return tuple(h.strip() for h in value.split(",") if h.strip()) if isinstance(value, str) else value

    @model_validator(mode="after")
    def _whole_mail(self) -> Self:
        if not self.smtp_host:
            return self
        told = address_problem(self.smtp_from)
        if told:
            raise ValueError(f"PORTAL_SMTP_FROM: {told}")
        if self.smtp_user and not self.smtp_starttls:
            raise ValueError("PORTAL_SMTP_USER: a password is sent over an encrypted connection only")
        return self

    @field_validator("require_second_factor")
    @classmethod
    def _guarded_hats(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not set(value) <= {"unit", "hr", "audit"}:
            raise ValueError("must list hats out of unit, hr, audit")
        return value

    @property
    def secure(self) -> bool:
        """Whether people reach the portal over HTTPS."""
        return self.base_url.startswith("https://")

    @property
    def hosts(self) -> list[str] | None:
        """The host names that are answered: those set, else that of `base_url`; any in demo and tests."""
        if self.trusted_hosts or self.demo or self.testing:
            return list(self.trusted_hosts) or None
        return [urlsplit(self.base_url).hostname or "", "localhost", "127.0.0.1"]

    @property
    def database(self) -> str:
        """SQLAlchemy address of the database; SQLite in the instance folder unless set."""
        url = self.database_url or f"sqlite:///{self.instance / 'portal.db'}"
        for old in ("postgresql://", "postgres://"):
            if url.startswith(old):
                return "postgresql+psycopg://" + url.removeprefix(old)
        return url

    @property
    def heads_file(self) -> Path:
        """Where the daily head of the event log is kept; in the instance folder unless set."""
        return Path(self.audit_heads) if self.audit_heads else self.instance / "audit-heads.log"

    @property
    def terms(self) -> Terms:
        """What is asked of files on their way in."""
        return Terms(self.clamd, self.quota_files, self.quota_megabytes * 1024 * 1024)

    @property
    def evidence_store(self) -> str:
        """Where evidence bytes are kept; a folder of the instance unless set."""
        return self.store or str(self.instance / "evidence")


def load_settings(overrides: Mapping[str, Any] | None = None) -> Settings:
    """Settings from defaults, portal.toml, the environment and `overrides`, later ones winning.

    Raises BadSettings naming every setting that cannot be used.
    """
    given = dict(overrides or {})
    environment = {
        key.removeprefix("PORTAL_").lower(): value
        for key, value in os.environ.items()
        if key.startswith("PORTAL_") and key.removeprefix("PORTAL_").lower() in Settings.model_fields
    }
    instance = Path(given.get("instance") or environment.get("instance") or "instance").absolute()
    file = instance / "portal.toml"
    written: dict[str, Any] = {}
    if file.is_file():
        try:
            written = tomllib.loads(file.read_text("utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
            raise BadSettings(f"{file}: {fault}") from fault
    merged = {**written, **environment, **given, "instance": instance}
    try:
        return Settings(**merged)
    except ValidationError as fault:
        lines = [f"{_name(e['loc'])}{e['msg']}" for e in fault.errors()]
        raise BadSettings("; ".join(lines)) from fault


def _name(place: tuple[int | str, ...]) -> str:
    """The variable a fault is about; "" where the message names it itself."""
    return f"PORTAL_{'_'.join(map(str, place)).upper()}: " if place else ""


def prepare_instance(settings: Settings) -> None:
    """Make the instance folder, readable by its owner only."""
    settings.instance.mkdir(mode=0o700, parents=True, exist_ok=True)


def key(settings: Settings, name: str) -> bytes:
    """The instance's key called `name`: 32 random bytes, made on first use with mode 0600.

    Raises BadSettings when the file is there but too short to be a key.
    """
    file = settings.instance / f"{name}.key"
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        found = file.read_bytes()
        if len(found) < KEY_BYTES:
            raise BadSettings(f"{file} holds {len(found)} bytes, a key needs {KEY_BYTES}") from None
        return found
    with os.fdopen(handle, "wb") as out:
        made = secrets.token_bytes(KEY_BYTES)
        out.write(made)
        out.flush()
        os.fsync(out.fileno())
    return made


def flask_config(settings: Settings) -> dict[str, Any]:
    """Flask's own settings, with the unsafe defaults replaced."""
    return {
        "SECRET_KEY": key(settings, "secret").hex(),
        "SQLALCHEMY_DATABASE_URI": settings.database,
        "SQLALCHEMY_ENGINE_OPTIONS": {
            "pool_pre_ping": settings.database.startswith("postgresql"),
            "hide_parameters": True,  # a failing statement is logged without the personal data in it
        },
        "TESTING": settings.testing,
        "MAX_CONTENT_LENGTH": 25 * 1024 * 1024,
        "MAX_FORM_PARTS": 120,
        "TRUSTED_HOSTS": settings.hosts,
        "SESSION_COOKIE_NAME": "__Host-portal" if settings.secure else "portal",
        "SESSION_COOKIE_SECURE": settings.secure,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "PERMANENT_SESSION_LIFETIME": 10 * 3600,
        "SESSION_REFRESH_EACH_REQUEST": False,  # the idle mark renews the cookie, at most once a minute
        "SEND_FILE_MAX_AGE_DEFAULT": 365 * 24 * 3600,  # every static address carries its content's hash
        "WTF_CSRF_TIME_LIMIT": None,
        "WTF_CSRF_CHECK_DEFAULT": False,  # portal.security asks for the token, on every unsafe request
        "RATELIMIT_STORAGE_URI": settings.redis_url or "memory://",
        "COMPRESS_MIMETYPES": [
            "text/html",
            "text/css",
            "text/plain",
            "application/javascript",
            "text/javascript",
            "image/svg+xml",
            "application/json",
        ],
        "COMPRESS_ALGORITHM": ["br", "gzip"],
        "COMPRESS_BR_LEVEL": 5,
        "COMPRESS_MIN_SIZE": 500,
    }
