"""The limits around inspections: the child is bound, the server does not grow, a broken install shows."""

from __future__ import annotations

import io
import json
import os
import resource
import select
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from corpus_parts import picture, proof

from portal.intake import check_upload, child, images, sandbox
from portal.intake.magic import Kind
from portal.rules.refusals import RuleBroken
from portal.storage import StorageFull

forking = pytest.mark.skipif(not sandbox.FORKS, reason="no processes to fork here")


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


@pytest.fixture(params=[sandbox.ask_nursery, sandbox.ask_once], ids=["forked", "started"])
def ask(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Both ways to run an inspection, over modules that a test writes to its folder."""
    for module in Path(child.__file__).parent.glob("*child.py"):
        shutil.copy(module, tmp_path)
    with monkeypatch.context() as changed:
        changed.setattr(sandbox, "_CHILD", [*sandbox._CHILD[:-1], str(tmp_path / "child.py")])
        sandbox._leave()
        yield request.param
        sandbox._leave()  # the next test needs one over the portal's own modules


def module(folder: Path, body: str, name: str = "made_child") -> str:
    """An inspection of that body."""
    (folder / f"{name}.py").write_text(f"def inspect(*given):\n    {body}\n", "utf-8")
    return name


@pytest.mark.parametrize(
    "body",
    [
        "import time; time.sleep(600)",
        "while True: pass",
        "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)",
        "import os; os._exit(0)",
        "raise ValueError",
        "return bytearray(2 << 30)",
        "return {'text': 'x' * (900 << 20)}",
        "return inspect()",
        "open('/proc/self/fd/1', 'wb').write(b'{')",
    ],
)
def test_whatever_ends_a_child_is_the_verdict(
    ask: Any, body: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sandbox, "WALL_SECONDS", 1.5)
    monkeypatch.setattr(sandbox, "CPU_SECONDS", 1)

    assert ask(module(tmp_path, body), (), 1 << 30) == {"refused": "heavy"}
    assert ask(module(tmp_path, "return {'ok': True}", "next_child"), (), 1 << 30) == {"ok": True}


@pytest.mark.parametrize(
    "body", ["import a_library_that_is_not_there", "return {}\nimport a_library_that_is_not_there"]
)
def test_a_missing_library_is_not_blamed_on_the_file(ask: Any, body: str, tmp_path: Path) -> None:
    assert "a_library_that_is_not_there" in ask(module(tmp_path, body), (), 1 << 30)["fault"]


def test_a_broken_installation_is_raised(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "ask_nursery", lambda *_: {"fault": "a library is missing"})
    monkeypatch.setattr(sandbox, "ask_once", lambda *_: {"fault": "a library is missing"})

    with pytest.raises(RuntimeError, match="a library is missing"):
        sandbox.inspect("pdf_child", "x", memory=1 << 30)


def test_the_child_gets_no_secret_of_the_server(
    ask: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORTAL_SECRET_KEY", "very secret")
    nosy = (
        "import os; return {'held': open('/proc/self/environ').read(), 'files': os.listdir('/proc/self/fd')}"
    )

    verdict = ask(module(tmp_path, nosy), (), 1 << 30)

    assert "PORTAL_SECRET_KEY" not in verdict["held"]
    assert len(verdict["files"]) <= 5  # in, out, errors, the pipe back, and the list being read


@forking
def test_a_child_is_bound_like_one_started_anew(ask: Any, tmp_path: Path) -> None:
    body = (
        "import resource; return {'limits': [resource.getrlimit(n)[1] for n in"
        " (resource.RLIMIT_AS, resource.RLIMIT_CPU, resource.RLIMIT_FSIZE, resource.RLIMIT_CORE)]}"
    )

    assert ask(module(tmp_path, body), (), 512 << 20)["limits"] == [512 << 20, 10, child.LARGEST_OUTPUT, 0]


@forking
@pytest.mark.parametrize("ask", [sandbox.ask_nursery], indirect=True)
def test_a_service_told_to_stop_still_answers_its_uploads(ask: Any, tmp_path: Path) -> None:
    """A service manager tells every process of the service; the file is not to blame for it."""
    told = "import os; os.kill(os.getppid(), 15); os.kill(os.getpid(), 15); os.kill(os.getpid(), 2)"

    assert ask(module(tmp_path, f"{told}; return {{'ok': True}}"), (), 1 << 30) == {"ok": True}
    assert ask(module(tmp_path, "return {'ok': True}", "next_child"), (), 1 << 30) == {"ok": True}


@forking
def test_one_inspection_leaves_nothing_to_the_next(tmp_path: Path, ask: Any) -> None:
    body = (
        "import builtins; seen = getattr(builtins, 'left', 0); builtins.left = seen + 1;"
        " return {'seen': seen}"
    )
    name = module(tmp_path, body)

    assert [ask(name, (), 1 << 30) for _ in range(3)] == [{"seen": 0}] * 3


@forking
def test_a_nursery_that_was_killed_is_replaced(tmp_path: Path) -> None:
    os.kill(sandbox._current()._process.pid, signal.SIGKILL)
    sandbox._current()._process.wait()
    file = tmp_path / "a.pdf"
    file.write_bytes(proof("证明"))

    assert sandbox.inspect("pdf_child", str(file), memory=1 << 29)["ok"]


@forking
@pytest.mark.parametrize("ask", [sandbox.ask_nursery], indirect=True)
def test_a_file_that_kills_is_no_rehearsal_for_the_next(ask: Any, tmp_path: Path) -> None:
    """All children of a nursery share its layout of memory; the one after a crash has another."""
    content = module(tmp_path, "return {'ok': True}")
    ask(content, (), 1 << 30)
    before = sandbox._current()._process.pid
    ask(content, (), 1 << 30)
    assert sandbox._current()._process.pid == before

    ask(module(tmp_path, "import os; os.abort()", "dying_child"), (), 1 << 30)
    assert sandbox._current()._process.pid != before


@forking
def test_a_forked_server_process_starts_a_nursery_of_its_own(tmp_path: Path) -> None:
    file = tmp_path / "a.pdf"
    file.write_bytes(proof("证明"))
    assert sandbox.inspect("pdf_child", str(file), memory=1 << 29)["ok"]
    before = sandbox._current()._process.pid

    other = os.fork()
    if other == 0:
        own = sandbox.inspect("pdf_child", str(file), memory=1 << 29).get("ok")
        different = sandbox._current()._process.pid != before
        sandbox._leave()
        os._exit(0 if own and different else 1)

    assert os.waitstatus_to_exitcode(os.waitpid(other, 0)[1]) == 0
    assert sandbox.inspect("pdf_child", str(file), memory=1 << 29)["ok"]
    assert sandbox._current()._process.pid == before


@forking
def test_the_nursery_ends_with_its_server(tmp_path: Path) -> None:
    script = (
        "import os, sys; from portal.intake import sandbox;"
        f"sandbox.inspect('pdf_child', {str(tmp_path / 'no.pdf')!r}, memory=1 << 29);"
        "print(sandbox._current()._process.pid, flush=True); os.kill(os.getpid(), 9)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL

    try:
        ended = select.select([os.pidfd_open(int(done.stdout))], [], [], 20)[0]
    except ProcessLookupError:
        ended = [True]
    assert ended


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
