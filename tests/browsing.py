"""Fixtures for a real browser in front of a real server on a demo campus."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

CHROMIUMS = ("chromium-headless-shell", "chromium", "google-chrome")  # the first one takes the least
AXE = Path(__file__).parent / "vendor" / "axe.min.js"
SERVER_STARTS_WITHIN = 90  # seconds
SERVER_STOPS_WITHIN = 90  # seconds; twenty were not enough on a machine that does much else


@dataclass(frozen=True, slots=True)
class LiveServer:
    """A served demo campus; its accounts are those of `portal demo`."""

    url: str
    instance: Path


@pytest.fixture(scope="session")
def live_server(
    tmp_path_factory: pytest.TempPathFactory, copy_campus: Callable[[Path], None]
) -> Iterator[LiveServer]:
    """`portal demo` as a person starts it again, on a free port."""
    folder = tmp_path_factory.mktemp("campus")
    copy_campus(folder / "demo")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")}
    log = (folder / "server.log").open("wb")
    command = [
        sys.executable,
        "-m",
        "portal.cli",
        "demo",
        "--port",
        str(port),
        "--instance",
        str(folder / "demo"),
    ]
    server = subprocess.Popen(command, stdout=log, stderr=log, env=clean)
    try:
        _wait(f"http://127.0.0.1:{port}/healthz", server, folder / "server.log")
        yield LiveServer(f"http://127.0.0.1:{port}", folder / "demo")
    finally:
        server.terminate()
        server.wait(SERVER_STOPS_WITHIN)
        log.close()


def _wait(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + SERVER_STARTS_WITHIN
    while time.monotonic() < until:
        if server.poll() is not None:
            break
        try:
            with urlopen(address, timeout=1):  # noqa: S310  (our own server)
                return
        except OSError:
            time.sleep(0.1)  # polling for a process to come up, not for a result
    raise AssertionError(f"the server did not come up:\n{log.read_text('utf-8')[-3000:]}")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium; without one the test is skipped, unless PORTAL_REQUIRE_BROWSER says it must run."""
    found = next(filter(None, map(shutil.which, CHROMIUMS)), None)
    if not found:
        if os.environ.get("PORTAL_REQUIRE_BROWSER") == "1":
            pytest.fail("no Chromium, and PORTAL_REQUIRE_BROWSER=1: apt-get install chromium")
        pytest.skip("no Chromium on this machine (apt-get install chromium)")
    with sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        yield opened
        opened.close()


@pytest.fixture
def new_page(browser: Browser, live_server: LiveServer) -> Iterator[Callable[..., Page]]:
    """`new_page(java_script_enabled=False, viewport=…)`: a page of its own at the server's address."""
    contexts: list[BrowserContext] = []

    def make(**options: Any) -> Page:
        settings = {
            "base_url": live_server.url,
            "locale": "zh-CN",
            "viewport": {"width": 1280, "height": 900},
        }
        context = browser.new_context(**{**settings, **options})
        context.set_default_timeout(10_000)
        contexts.append(context)
        return context.new_page()

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def page(new_page: Callable[..., Page]) -> Page:
    """A desktop page with JavaScript."""
    return new_page()


@pytest.fixture
def enter() -> Callable[..., None]:
    """`enter(page, "staff", "person")`: sign in through the form."""

    def through_the_form(page: Page, username: str, hat: str = "person") -> None:
        page.goto("/login")
        page.fill("input[name=username]", username)
        page.fill("input[name=password]", "portal-demo")
        if page.locator("select[name=hat]").count():
            page.select_option("select[name=hat]", hat)
        else:
            page.check(f"input[name=hat][value={hat}]")
        page.click("main button:not([type=button])")
        page.wait_for_load_state()

    return through_the_form


@pytest.fixture
def axe() -> Callable[[Page], None]:
    """Fails with every accessibility fault axe finds on the page."""
    source = AXE.read_text("utf-8")

    def inspect(page: Page) -> None:
        if not page.evaluate("() => 'axe' in window"):
            page.evaluate(f"() => {{ {source} }}")  # the content policy blocks script tags, not the debugger
        found = page.evaluate(
            "async () => (await axe.run(document, {resultTypes: ['violations']})).violations"
        )
        told = [
            f"{fault['id']} ({fault['impact']}): {fault['help']}\n    "
            + "\n    ".join(node["html"][:200] for node in fault["nodes"][:5])
            for fault in found
        ]
        assert not told, f"{page.url}\n  " + "\n  ".join(told)

    return inspect
