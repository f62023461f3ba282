"""What a first visit costs: requests and bytes over the wire, as Chromium counts them.

    python benchmarks/bench_first_visit.py

Each page is opened in a new, empty browser profile. Prints one JSON line per page.
"""

from __future__ import annotations

import json
import sys
import tempfile
import threading
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent / "tests"), str(HERE.parent)]

from campus import PASSWORD, Filing, read_people, settle_people  # noqa: E402  (the tests' campus)
from playwright.sync_api import Browser, sync_playwright  # noqa: E402
from waitress import create_server  # noqa: E402

from portal import create_app, lifecycle  # noqa: E402
from portal.config import Settings  # noqa: E402

AIM = {"kB": 75, "requests": 8}
CHROMIUM = "/usr/bin/chromium"


def visit(browser: Browser, base: str, path: str, username: str | None) -> dict[str, object]:
    """Requests and received bytes of one page in an empty profile, signed in beforehand by cookie only."""
    context = browser.new_context()
    if username:
        form = {"username": username, "password": PASSWORD, "hat": "person"}
        page = context.request.get(f"{base}/login").text()
        token = page.split('name="csrf_token" value="', 1)[1].split('"', 1)[0]
        context.request.post(f"{base}/login", form={**form, "csrf_token": token})
    page = context.new_page()
    wire = context.new_cdp_session(page)
    wire.send("Network.enable")
    received: list[float] = []
    wire.on("Network.loadingFinished", lambda event: received.append(event["encodedDataLength"]))
    page.goto(base + path, wait_until="networkidle")
    context.close()
    return {"page": path, "requests": len(received), "kB": round(sum(received) / 1000, 1), "aim": AIM}


def main() -> None:
    """Serve a small campus and visit it."""
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(Settings(instance=Path(folder), testing=True, today="2025-12-01"))
        with app.app_context():
            lifecycle.migrate_now()
        settle_people(app)
        people = read_people(app)
        Filing(app, people).claim("陈晓", "training", "approved")
        server = create_server(app, host="127.0.0.1", port=0)
        threading.Thread(target=server.run, daemon=True).start()
        base = f"http://127.0.0.1:{server.effective_port}"
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            for path, username in (
                ("/login", None),
                ("/standing", people["陈晓"].username),
                ("/claims/new?category=training", people["陈晓"].username),
            ):
                print(json.dumps(visit(browser, base, path, username), ensure_ascii=False))
            browser.close()
        server.close()


if __name__ == "__main__":
    main()
