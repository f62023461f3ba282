"""Files through the upload door against writing the same bytes and one row, in one run and one server.

    python benchmarks/bench_uploads.py [rounds]

Every honest and every hostile file of `tests/intake` is sent as the evidence of a draft to a server of
one process; the same form goes to a bare endpoint of that server, which writes the file to the disk and
one row to the database. They take turns. Prints one JSON line: files a second, the ratio of the two, and
by how much the server's own memory grew from the second round on (its children read the files).
"""

from __future__ import annotations

import http.client
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from uuid import uuid4

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "tests"), str(HERE.parent / "tests/intake"), str(HERE.parent)]

from bench_requests import PREVIEW, Browser, free_port, serve  # noqa: E402
from campus import NOW, settle_people  # noqa: E402  (the tests' campus)
from corpus import honest, hostile  # noqa: E402  (the tests' files)
from flask import Flask, request  # noqa: E402
from werkzeug.middleware.dispatcher import DispatcherMiddleware  # noqa: E402

from portal import create_app, lifecycle  # noqa: E402
from portal.config import Settings  # noqa: E402
from portal.extensions import db  # noqa: E402
from portal.models import Attempt  # noqa: E402

BOUNDARY = "bench-uploads"
WHOLE = 25_000_000  # bytes a request may have: a larger one is hung up on before it reaches the door


def settings(folder: str) -> Settings:
    """The portal's settings for the benchmark's instance: nobody's quota ends."""
    return Settings(
        instance=Path(folder), testing=True, today="2025-12-01", quota_files=10**6, quota_megabytes=10**6
    )


def bare(folder: str) -> Flask:
    """The endpoint the door is measured against."""
    app = Flask("bare")
    app.config.update(SECRET_KEY="bench", SQLALCHEMY_DATABASE_URI=settings(folder).database)
    db.init_app(app)
    place = Path(folder) / "bare"
    place.mkdir(exist_ok=True)

    @app.get("/sign-in")
    def ready() -> str:
        return "ok"

    @app.post("/")
    def keep() -> str:
        given = request.files["evidence_hours"]
        with (place / str(uuid4())).open("wb") as out:
            out.write(given.stream.read())
            out.flush()
            os.fsync(out.fileno())
        db.session.add(Attempt(username="bench", address="", at=NOW))
        db.session.commit()
        return "ok"

    return app


def application() -> Any:
    """Both apps in one server; the instance's folder comes from the environment."""
    folder = os.environ["BENCH_FOLDER"]
    return DispatcherMiddleware(create_app(settings(folder)), {"/bare": bare(folder)})


def form(token: str, name: str, data: bytes) -> bytes:
    """A claim to be saved as a draft, with that file."""
    fields = {**PREVIEW, "action": "save", "csrf_token": token}
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'
        for key, value in fields.items()
    ]
    head = (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="evidence_hours"; filename="{name}"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    )
    return "".join([*parts, head]).encode() + data + f"\r\n--{BOUNDARY}--\r\n".encode()


def send(browser: Browser, path: str, body: bytes) -> tuple[int, float]:
    """Status, and seconds from connecting to the last byte."""
    headers = {
        "Cookie": "; ".join(f"{key}={value}" for key, value in browser.cookies.items()),
        "Content-Type": f"multipart/form-data; boundary={BOUNDARY}",
    }
    begun = time.perf_counter()
    connection = http.client.HTTPConnection("127.0.0.1", browser.port, timeout=60)
    connection.request("POST", path, body, headers)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status, time.perf_counter() - begun


def memory(master: int) -> int:
    """Resident kilobytes of the serving process, the child of gunicorn's master."""
    (worker,) = Path(f"/proc/{master}/task/{master}/children").read_text("ascii").split()
    lines = Path(f"/proc/{worker}/status").read_text("ascii").splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS")).split()[1])


def measure(browser: Browser, token: str, files: Iterable[tuple[str, bytes]], status: int) -> dict[str, Any]:
    """Each file through the door and to the bare endpoint, in turns."""
    door = plain = 0.0
    sent = size = 0
    for name, data in files:
        body = form(token, name, data)
        got, seconds = send(browser, "/claims", body)
        assert got == status, f"{name}: {got}"
        kept, written = send(browser, "/bare/", body)
        assert kept == 200, f"{name}: {kept} from the bare endpoint"
        door, plain, sent, size = door + seconds, plain + written, sent + 1, size + len(data)
    return {
        "files": sent,
        "megabytes": round(size / 1e6, 1),
        "door_per_s": round(sent / door, 1),
        "bare_per_s": round(sent / plain, 1),
        "door_to_bare": round(door / plain, 1),
    }


def main() -> None:
    """Build, serve, measure, print."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    good = [(one.name, one.data) for one in honest()]
    bad = [(one.name, one.data) for one in hostile() if len(one.data) < WHOLE]
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(settings(folder))
        with app.app_context():
            lifecycle.migrate_now()
        settle_people(app)
        port = free_port()
        process = serve(folder, port, "bench_uploads")
        try:
            browser = Browser(port)
            browser.sign_in("20120001", "person")
            page = browser.send("/claims/new")[1].decode()
            token = page.split('name="csrf_token" value="', 1)[1].split('"', 1)[0]
            measure(browser, token, good, 303)
            measure(browser, token, bad, 422)
            before = memory(process.pid)
            found = {
                "honest": measure(browser, token, good * rounds, 303),
                "hostile": measure(browser, token, bad * rounds, 422),
            }
            grown = {
                "server_mb": round(before / 1024, 1),
                "grown_mb": round((memory(process.pid) - before) / 1024, 1),
            }
        finally:
            process.terminate()
            process.wait(timeout=10)
    print(json.dumps({**found, **grown, "load": os.getloadavg()[0]}, ensure_ascii=False))


if __name__ == "__main__":
    main()
