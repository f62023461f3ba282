"""A demo campus that is built once for all processes of a run; who needs one gets a copy."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from portal.demo import build


@pytest.fixture(scope="session")
def copy_campus(tmp_path_factory: pytest.TempPathFactory, cheap_passwords: None) -> Callable[[Path], None]:
    """`copy_campus(place)`: a campus as `portal demo` leaves it, in a folder that is not there yet."""
    root = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        root = root.parent  # the one all processes of the run share
    place = root / "campus" / "demo"
    with (root / "campus.lock").open("w") as lock, pytest.MonkeyPatch.context() as patch:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for name in [name for name in os.environ if name.startswith("PORTAL_")]:
            patch.delenv(name)
        build.ensure(place, port=8123)

    def copy(target: Path) -> None:
        shutil.copytree(place, target)

    return copy
