"""Live preview and review requests against a bare Flask endpoint of the same server, in one run.

    python benchmarks/bench_requests.py [rounds]

The bare endpoint reads a session cookie, gets three rows by primary key, validates a WTForms form and
renders a 3 kB template: what any such answer costs before it knows a rule. Requests take turns, each on
a connection of its own, against one process. Prints one JSON line: median milliseconds and ratios, and
the bytes of each swap as a browser receives it (brotli).
"""

from __future__ import annotations

import http.client
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent / "tests"), str(HERE.parent)]

from campus import NOW, PASSWORD, Filing, read_people, settle_people  # noqa: E402  (the tests' campus)
from flask import Flask, render_template, request, session  # noqa: E402
from jinja2 import DictLoader  # noqa: E402
from sqlalchemy import select  # noqa: E402
from werkzeug.middleware.dispatcher import DispatcherMiddleware  # noqa: E402
from wtforms import Form, IntegerField, SelectField, StringField  # noqa: E402
from wtforms.fields import SelectChoice  # noqa: E402
from wtforms.validators import InputRequired, Length, NumberRange  # noqa: E402

from portal import create_app, lifecycle  # noqa: E402
from portal.config import Settings  # noqa: E402
from portal.extensions import db  # noqa: E402
from portal.models import Claim, Person, Unit  # noqa: E402

AIM = 1.5
CLAIMS, WAITING = 20, 60

PREVIEW = {
    "category": "training",
    "kind": "学术交流",
    "subject": "professional",
    "title": "全国重症护理学术年会",
    "organizer": "中华护理学会",
    "start": "2025-07-02",
    "end": "2025-07-04",
    "hours": "20",
    "approval": "approved",
}
TEMPLATE = (
    "<!doctype html><title>{{ person.name }}</title><h1>{{ claim.title }}</h1><p>{{ unit.name }}</p>"
    "<table>{% for n in range(24) %}<tr class='row'><td>{{ n }}</td><td>{{ person.username }}</td>"
    "<td>{{ claim.title }}</td><td>{{ form.title.data }}</td></tr>{% endfor %}</table>"
)


class BareForm(Form):
    """A form about as wide as the ones it is compared with."""

    category = SelectField(choices=[SelectChoice("training", "培训进修"), SelectChoice("course", "课程")])
    kind = StringField(validators=[InputRequired(), Length(max=20)])
    title = StringField(validators=[InputRequired(), Length(max=200)])
    organizer = StringField(validators=[Length(max=120)])
    start = StringField(validators=[Length(max=10)])
    end = StringField(validators=[Length(max=10)])
    hours = IntegerField(validators=[NumberRange(1, 1000)])


def settings(folder: str) -> Settings:
    """The portal's settings for the benchmark's instance."""
    return Settings(instance=Path(folder), testing=True, today="2025-12-01")


def build(folder: str) -> dict[str, str]:
    """A person with a year of claims and a queue that waits; ids of what will be asked for."""
    app = create_app(settings(folder))
    with app.app_context():
        lifecycle.migrate_now()
    settle_people(app)
    filing = Filing(app, read_people(app))
    filing.claim("陈晓", "training", "approved")
    for n in range(CLAIMS):
        day = date(2025, 1, 6) + timedelta(days=9 * n)
        facts: dict[str, Any] = {"start_on": day, "end_on": day + timedelta(days=2), "quarters": 64}
        filing.claim("陈晓", "training", "approved" if n < 15 else "pending", **facts)
    for n in range(WAITING):
        filing.claim("刘洋", "publication", title=f"论文{n}", at=NOW - timedelta(hours=n))
    row = filing.claim(
        "陈晓", "training", start_on=date(2025, 7, 2), end_on=date(2025, 7, 4), quarters=80, at=NOW
    )
    return {"row": str(row.uuid)}


def bare(folder: str) -> Flask:
    """The endpoint everything is measured against."""
    app = Flask("bare")
    app.jinja_loader = DictLoader({"page.html": TEMPLATE})
    app.config.update(
        SECRET_KEY="bench", SQLALCHEMY_DATABASE_URI=settings(folder).database, SESSION_COOKIE_NAME="bare"
    )
    db.init_app(app)

    @app.get("/sign-in")
    def sign_in() -> str:
        with app.app_context():
            claim = db.session.scalars(select(Claim).limit(1)).one()
            session.update(person=claim.person_id, unit=claim.unit_id, claim=claim.id)
        return "ok"

    @app.get("/")
    def page() -> str:
        form = BareForm(request.args)
        assert form.validate(), form.errors
        return render_template(
            "page.html",
            person=db.session.get(Person, session["person"]),
            unit=db.session.get(Unit, session["unit"]),
            claim=db.session.get(Claim, session["claim"]),
            form=form,
        )

    return app


def application() -> Any:
    """Both apps in one server; the instance's folder comes from the environment."""
    folder = os.environ["BENCH_FOLDER"]
    return DispatcherMiddleware(create_app(settings(folder)), {"/bare": bare(folder)})


class Browser:
    """Sends one request at a time and keeps cookies."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.cookies: dict[str, str] = {}

    def send(
        self, path: str, *, body: dict[str, str] | None = None, **headers: str
    ) -> tuple[int, bytes, float]:
        """Status, body and seconds from connecting to the last byte."""
        given = {"Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items()), **headers}
        if body is not None:
            given["Content-Type"] = "application/x-www-form-urlencoded"
        begun = time.perf_counter()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        data = urlencode(body) if body is not None else None
        connection.request("POST" if body is not None else "GET", path, data, given)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        taken = time.perf_counter() - begun
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                key, _, rest = value.partition("=")
                self.cookies[key] = rest.partition(";")[0]
        return answer.status, content, taken

    def sign_in(self, username: str, hat: str) -> None:
        """Into the portal, as a person would."""
        _, page, _ = self.send("/login")
        token = page.decode().split('name="csrf_token" value="', 1)[1].split('"', 1)[0]
        given = {"username": username, "password": PASSWORD, "hat": hat, "csrf_token": token}
        status, _, _ = self.send("/login", body=given)
        assert status == 303, status


def serve(folder: str, port: int, of: str = "bench_requests") -> subprocess.Popen[bytes]:
    """One process of the server with that module's `application`; waits until it answers."""
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "--workers",
        "1",
        "--no-control-socket",
        "--log-level",
        "error",
    ]
    process = subprocess.Popen(
        [*command, "--bind", f"127.0.0.1:{port}", f"{of}:application()"],
        env={**os.environ, "BENCH_FOLDER": folder, "PYTHONPATH": str(HERE)},
    )
    for _ in range(200):
        try:
            Browser(port).send("/bare/sign-in")
        except OSError:
            time.sleep(0.05)
            continue
        return process
    process.terminate()
    raise SystemExit("the server did not start")


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def measure(port: int, ids: dict[str, str], rounds: int) -> dict[str, Any]:
    """Median milliseconds of each request, in turns."""
    staff, admin, plain = Browser(port), Browser(port), Browser(port)
    staff.sign_in("20120001", "person")
    admin.sign_in("20080003", "unit")
    plain.send("/bare/sign-in")
    htmx = {"HX-Request": "true"}
    asked = {
        "bare": (plain, "/bare/?" + urlencode(PREVIEW), {}),
        "preview": (staff, "/claims/preview?" + urlencode(PREVIEW), htmx),
        "row": (admin, f"/admin/claims/{ids['row']}?open=0", htmx),
        "opened row": (admin, f"/admin/claims/{ids['row']}", htmx),
        "queue page": (admin, "/admin/claims", htmx),
    }
    taken: dict[str, list[float]] = {name: [] for name in asked}
    for _ in range(rounds):
        for name, (browser, path, headers) in asked.items():
            status, _, seconds = browser.send(path, **headers)
            assert status == 200, (name, status)
            taken[name].append(seconds * 1000)
    medians = {name: round(statistics.median(times), 2) for name, times in taken.items()}
    swaps = {
        name: len(browser.send(path, **{**headers, "Accept-Encoding": "br"})[1])
        for name, (browser, path, headers) in asked.items()
        if name != "bare"
    }
    ratios = {name: round(value / medians["bare"], 2) for name, value in medians.items() if name != "bare"}
    return {"median_ms": medians, "ratio_to_bare": ratios, "aim_preview": AIM, "swap_bytes": swaps}


def main() -> None:
    """Build, serve, measure, print."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    with tempfile.TemporaryDirectory() as folder:
        ids = build(folder)
        port = free_port()
        process = serve(folder, port)
        try:
            measure(port, ids, 20)
            print(json.dumps(measure(port, ids, rounds), ensure_ascii=False))
        finally:
            process.terminate()
            process.wait(timeout=10)


if __name__ == "__main__":
    main()
