"""Web processes start with everything they need: nobody waits because a new one came."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from strict import StrictClient

from portal import server


@pytest.fixture
def prepared(app: Flask) -> Iterator[Flask]:
    """The app as it is handed to new web processes."""
    assert app.jinja_env.cache is not None
    app.jinja_env.cache.clear()  # other tests have been here
    server.prepare(app)
    yield app
    gc.unfreeze()


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_no_web_process_compiles_a_template(
    prepared: Flask, sign_in: Callable[..., StrictClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    def compile_anew(*_args: object, **_options: object) -> None:
        raise AssertionError("a template was compiled after the processes were forked: see server.prepare")

    monkeypatch.setattr(prepared.jinja_env, "compile", compile_anew)
    for name, address in (("陈晓", "/standing"), ("李静", "/admin/claims"), ("周敏", "/hr/")):
        sign_in(name).get(address)


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_what_processes_share_is_no_longer_collected(prepared: Flask) -> None:
    assert gc.get_freeze_count() > 10_000
