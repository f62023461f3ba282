"""Takes the README's pictures anew, from a demo campus of its own: `make screenshots`."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

OUT = Path(__file__).parent / "img"
PORT = 8137
BASE = f"http://127.0.0.1:{PORT}"
CHROMIUM = "/usr/bin/chromium"
COLOURS = 96  # keeps each picture below about 60 kB


def signed_in(browser: Browser, username: str, hat: str) -> Page:
    """A page of somebody signed in."""
    page = browser.new_context(viewport={"width": 1280, "height": 800}, locale="zh-CN").new_page()
    page.goto(f"{BASE}/login")
    page.fill("#username", username)
    page.fill("#password", "portal-demo")
    page.select_option("#hat", hat)
    page.get_by_role("button", name="登录").click()
    page.wait_for_url(lambda address: "/login" not in address)
    return page


def claim(browser: Browser) -> Path:
    """A claim that is clipped, with the reason beside it."""
    page = signed_in(browser, "staff", "person")
    page.goto(f"{BASE}/claims/new?category=training&kind=学术交流")
    page.select_option("#subject", "professional")
    for field, text in (
        ("organizer", "中华护理学会"),
        ("title", "全国重症护理学术年会"),
        ("start", "2025-07-02"),
        ("end", "2025-07-04"),
        ("hours", "20"),
    ):
        page.fill(f"#{field}", text)
    page.wait_for_selector("[data-counts-now='8']")
    return shot(page, "claim")


def queue(browser: Browser) -> Path:
    """The queue with one row open."""
    page = signed_in(browser, "admin", "unit")
    page.locator("[data-open]").first.click()
    page.wait_for_selector("[data-claim] form")
    page.frame_locator("[data-claim] iframe").locator("img").first.wait_for()  # the proof comes after the row
    page.wait_for_load_state("networkidle")
    return shot(page, "queue")


def certificate(browser: Browser, folder: Path) -> Path:
    """The first page of the PDF."""
    page = signed_in(browser, "staff2", "person")
    page.goto(f"{BASE}/certificates")
    page.locator("tr[data-year='2025']").get_by_role("button", name="生成证书").click()
    page.wait_for_url(f"{BASE}/certificates/2025")
    file = folder / "certificate.pdf"
    file.write_bytes(page.context.request.get(f"{BASE}/certificates/2025.pdf").body())
    subprocess.run(["pdftoppm", "-r", "80", "-png", "-singlefile", file, OUT / "certificate"], check=True)
    return OUT / "certificate.png"


def shot(page: Page, name: str) -> Path:
    """A picture of the whole page."""
    file = OUT / f"{name}.png"
    page.screenshot(path=file, full_page=True)
    return file


def shrink(file: Path) -> None:
    """Fewer colours, at most 1,040 pixels high: a README is read over slow lines too."""
    picture = Image.open(file).convert("RGB")
    picture = picture.crop((0, 0, picture.width, min(picture.height, 1040)))
    picture.quantize(COLOURS).save(file, optimize=True)


def main() -> None:
    """Build a demo, serve it, take the pictures, stop it."""
    OUT.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-c", "from portal.cli import main; main()", "demo"]
        server = subprocess.Popen([*command, "--instance", f"{folder}/demo", "--port", str(PORT)])
        try:
            wait()
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(
                    executable_path=CHROMIUM, args=["--no-sandbox", "--lang=zh-CN"]
                )
                for file in (claim(browser), queue(browser), certificate(browser, Path(folder))):
                    shrink(file)
                browser.close()
        finally:
            server.terminate()
            server.wait()


def wait() -> None:
    """Until the server answers."""
    for _ in range(1800):  # a busy machine takes minutes to build the campus
        try:
            urllib.request.urlopen(f"{BASE}/healthz")
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("the demo did not start")


if __name__ == "__main__":
    main()
