"""The limits around inspections: the child is bound, the server does not grow, a broken install shows."""

from __future__ import annotations

import io
import json
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from corpus_parts import picture, proof

from portal.intake import check_upload, child, images, sandbox
from portal.intake.magic import Kind
from portal.rules.refusals import RuleBroken
from portal.storage import StorageFull


def test_the_child_is_bound_in_memory_time_and_output() -> None:
    probe = (
        "import json, resource, runpy, sys;"
        "runpy.run_path(sys.argv[1])['limit'](512 << 20, 10);"
        "print(json.dumps([resource.getrlimit(n)[1] for n in"
        " (resource.RLIMIT_AS, resource.RLIMIT_CPU, resource.RLIMIT_FSIZE, resource.RLIMIT_CORE)]))"
    )

    done = subprocess.run(
        [sys.executable, "-I", "-c", probe, child.__file__], capture_output=True, check=True
    )

    assert json.loads(done.stdout) == [512 << 20, 10, child.LARGEST_OUTPUT, 0]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_full_disk_is_not_called_a_damaged_picture(tmp_path: Path) -> None:
    image = tmp_path / "a.png"
    image.write_bytes(picture("PNG", (60, 60)))

    with pytest.raises(StorageFull):
        images.rebuild(image, Path("/dev/full"), Kind.PNG, "a.png")


def test_too_little_memory_is_a_verdict_not_a_crash(tmp_path: Path) -> None:
    image = tmp_path / "a.png"
    image.write_bytes(picture("PNG", (6000, 6000)))

    verdict = sandbox.inspect("image_child", str(image), str(tmp_path / "b.png"), "PNG", memory=120 << 20)

    assert verdict == {"refused": "heavy"}


def test_a_child_that_does_not_end_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sleeper = tmp_path / "child.py"
    sleeper.write_text("import time; time.sleep(600)")
    monkeypatch.setattr(sandbox, "_CHILD", sleeper)
    monkeypatch.setattr(sandbox, "WALL_SECONDS", 0.2)

    assert sandbox.inspect("pdf_child", "x", memory=1 << 30) == {"refused": "heavy"}


def test_a_missing_library_is_not_blamed_on_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "child.py"
    broken.write_text("import a_library_that_is_not_there")
    monkeypatch.setattr(sandbox, "_CHILD", broken)

    with pytest.raises(RuntimeError, match="a_library_that_is_not_there"):
        sandbox.inspect("pdf_child", "x", memory=1 << 30)


def test_the_child_gets_no_secret_of_the_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nosy = tmp_path / "child.py"
    nosy.write_text("import json, os; print(json.dumps(dict(os.environ)))")
    monkeypatch.setattr(sandbox, "_CHILD", nosy)
    monkeypatch.setenv("PORTAL_SECRET_KEY", "very secret")

    assert "PORTAL_SECRET_KEY" not in sandbox.inspect("pdf_child", "x", memory=1 << 30)


def test_a_busy_server_asks_to_come_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "PATIENCE", 0.01)
    for _ in range(sandbox.AT_ONCE):
        sandbox._turns.acquire()
    try:
        with pytest.raises(RuleBroken, match="请稍后重新上传"):
            check_upload(io.BytesIO(proof("证明")), "证明.pdf", tmp_path)
    finally:
        for _ in range(sandbox.AT_ONCE):
            sandbox._turns.release()
    assert list(tmp_path.iterdir()) == []


def test_decoding_does_not_grow_the_server(tmp_path: Path) -> None:
    data = picture("PNG", (6300, 6300))  # 120 MB of pixels
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    check_upload(io.BytesIO(data), "图.png", tmp_path)

    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20 * 1024  # kB
