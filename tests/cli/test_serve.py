"""`portal serve`: both servers come up on a fresh instance, and stop when told."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.request import urlopen

import pytest

STARTS_WITHIN = 60  # seconds


def environment(instance: Path) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")}
    return {**clean, "PORTAL_INSTANCE": str(instance)}


def portal(instance: Path, *words: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "portal.cli", *words]
    return subprocess.Popen(
        command, env=environment(instance), stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )


def answer(address: str, server: subprocess.Popen[bytes]) -> str:
    until = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < until and server.poll() is None:
        try:
            with urlopen(address, timeout=5) as found:  # noqa: S310  (our own server)
                return found.read().decode()
        except OSError:
            time.sleep(0.05)  # polling for a process to come up, not for a result
    raise AssertionError("the server did not come up")


@pytest.mark.parametrize("processes", ["1", "2"], ids=["waitress", "gunicorn"])
def test_a_fresh_instance_is_served(tmp_path: Path, processes: str) -> None:
    made = portal(tmp_path, "init")
    output, _ = made.communicate(timeout=60)
    assert made.returncode == 0, output.decode()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = portal(tmp_path, "serve", "--port", str(port), "--processes", processes)
    try:
        assert answer(f"http://127.0.0.1:{port}/readyz", server).splitlines()[0] == "ready"
        assert "登录" in answer(f"http://127.0.0.1:{port}/login", server)
    finally:
        server.terminate()
        server.communicate(timeout=30)


def test_without_tables_it_says_what_to_run(tmp_path: Path) -> None:
    server = portal(tmp_path, "serve")
    output, _ = server.communicate(timeout=60)
    assert server.returncode == 1
    assert "portal init" in output.decode()


def test_a_taken_port_is_told_with_what_to_do(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        made = portal(tmp_path, "init")
        made.communicate(timeout=60)
        server = portal(tmp_path, "serve", "--port", port)
        output, _ = server.communicate(timeout=60)
    assert server.returncode == 1
    assert "--port" in output.decode()
    assert "Traceback" not in output.decode()


def test_a_bad_setting_is_named(tmp_path: Path) -> None:
    bad = {**environment(tmp_path), "PORTAL_PROXY_HOPS": "many"}
    done = subprocess.run(
        [sys.executable, "-m", "portal.cli", "serve"], env=bad, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 1
    assert "PORTAL_PROXY_HOPS" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_commands_are_listed_and_start_without_the_web() -> None:
    listed = subprocess.run(
        [sys.executable, "-m", "portal.cli", "--help"], capture_output=True, text=True, timeout=60
    )
    assert all(name in listed.stdout for name in ("assess", "demo", "init", "policy", "serve", "upgrade"))
    code = (
        "import sys; from portal.cli import load; load('assess');"
        " sys.exit(sorted({'flask', 'sqlalchemy'} & set(sys.modules)) or None)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, f"`portal assess` drags in {done.stderr}: import it where it is used"
