"""The wheel alone is the portal: it builds, and runs from an empty folder."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import portal

ROOT = Path(portal.__file__).parents[1]
CLAIM = {
    "id": "c1",
    "category": "training",
    "subject": "professional",
    "start": "2025-07-01",
    "end": "2025-07-03",
    "hours": 24,
}


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this source, unpacked as an installer would."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    source.mkdir()
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, source)
    shutil.copytree(ROOT / "portal", source / "portal", ignore=shutil.ignore_patterns("__pycache__"))
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--no-deps",
        "--quiet",
        "--wheel-dir",
        str(folder),
        str(source),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-3000:]
    wheel = next(folder.glob("*.whl"))
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        archive.extractall(folder / "site")
    missing = sorted(
        name
        for path in (source / "portal").rglob("*")
        if path.is_file() and (name := path.relative_to(source).as_posix()) not in names
    )
    assert not missing, f"not in the wheel: {missing}; mend package-data in pyproject.toml"
    strange = [name for name in names if not name.startswith(("portal/", "hours_portal-"))]
    assert not strange, f"the wheel installs more than the portal: {strange}"
    return folder / "site"


def run(unpacked: Path, empty: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """A command of the unpacked portal, the source out of reach."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")}
    code = (
        f"import sys; sys.path[:] = [p for p in sys.path if p not in ('', {str(ROOT)!r})];"
        f" sys.meta_path[:] = [f for f in sys.meta_path if 'editable' not in repr(f)];"
        f" sys.path.insert(0, {str(unpacked)!r});"
        f" import portal; assert portal.__file__.startswith({str(unpacked)!r}), portal.__file__;"
        " from portal.cli import main; main()"
    )
    command = [sys.executable, "-c", code, *words]
    return subprocess.run(command, cwd=empty, env=clean, capture_output=True, text=True, timeout=120)


def test_the_wheel_builds_a_campus_from_an_empty_folder(unpacked: Path, tmp_path: Path) -> None:
    done = run(unpacked, tmp_path, "demo", "--no-serve", "--port", "8099")
    assert done.returncode == 0, done.stderr[-3000:]
    assert "http://127.0.0.1:8099" in done.stdout
    assert (tmp_path / "instance" / "demo" / "portal.db").is_file()


def test_the_wheel_assesses(unpacked: Path, tmp_path: Path) -> None:
    file = tmp_path / "claims.json"
    file.write_text(json.dumps({"claims": [CLAIM]}), "utf-8")
    done = run(unpacked, tmp_path, "assess", str(file))
    assert done.returncode == 0, done.stderr[-3000:]
    assert json.loads(done.stdout)["claims"]["c1"]["credited"] == "24"


def test_an_empty_instance_is_made_and_upgraded_once(unpacked: Path, tmp_path: Path) -> None:
    assert run(unpacked, tmp_path, "init").returncode == 0
    again = run(unpacked, tmp_path, "init")
    assert again.returncode == 1
    assert "portal upgrade" in again.stderr
    upgraded = run(unpacked, tmp_path, "upgrade")
    assert upgraded.returncode == 0
    assert "已是最新版本" in upgraded.stdout
