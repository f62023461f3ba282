"""What the portal stands on fails: the write lock is held, the disk is full, PostgreSQL restarts."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from faults.client import Unanswered
from faults.deeds import Deed, Seat
from faults.killing import Result, doctor_says, jobs_end, seats_of, settle, working
from faults.more_deeds import STAFF, Submit
from faults.school import School
from faults.server import Server, free_port

HELD_FOR = 20.0
RECOVERS_WITHIN = 1.0  # seconds, once the lock is free


class Reading:
    """Somebody who only reads, all the time, and notes every answer and the longest wait."""

    def __init__(self, seat: Seat) -> None:
        self.seat = seat
        self.statuses: Counter[int] = Counter()
        self.longest = 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._work)

    def _work(self) -> None:
        while not self._over.is_set():
            at = time.monotonic()
            try:
                self.statuses[self.seat.browser.get("/claims").status] += 1
            except Unanswered:
                self.statuses[0] += 1
            self.longest = max(self.longest, time.monotonic() - at)
            time.sleep(0.05)

    def __enter__(self) -> Reading:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()


def whole(result: Result, school: School, deed: Deed, seats: list[Seat]) -> Result:
    """Answer what is open, then compare everything."""
    settle(deed, seats)
    result.faults += (
        deed.wrong + jobs_end(school) + deed.faults(final=True) + doctor_says(school, quick=False)
    )
    result.acknowledged, result.unanswered = deed.acknowledged, deed.unanswered
    result.statuses = dict(deed.statuses)
    allowed = (503, 507)
    result.faults += [
        f"{number} answers {code}"
        for code, number in deed.statuses.items()
        if code >= 500 and code not in allowed
    ]
    return result


def write_lock(school: School, server: Server) -> Result:
    """Another program holds SQLite's write lock for 20 s while four write and one reads."""
    result, deed = Result("write lock held from outside", 20, "s"), Submit(school)
    seats = seats_of(school, server, STAFF[:4])
    reader = Reading(*seats_of(school, server, STAFF[4:5]))
    with (
        reader,
        working(deed, seats),
        closing(sqlite3.connect(school.settings.instance / "portal.db")) as other,
    ):
        other.isolation_level = None
        other.execute("BEGIN IMMEDIATE")
        time.sleep(HELD_FOR)
        before = deed.acknowledged
        other.execute("ROLLBACK")
        at = time.monotonic()
        while deed.acknowledged == before and time.monotonic() - at < 30:
            time.sleep(0.005)
        result.recovery = time.monotonic() - at
    if result.recovery > RECOVERS_WITHIN:
        result.faults.append(f"writing went on only after {result.recovery:.2f} s")
    if set(reader.statuses) != {200}:
        result.faults.append(f"reads answered {dict(reader.statuses)}")
    result.detail = f"{reader.statuses[200]} pages read meanwhile, slowest {reader.longest:.2f} s"
    return whole(result, school, deed, seats)


def full_disk(school: School, server: Server) -> Result:
    """The disk of the whole instance is used up while people send files; then it has room again."""
    result, deed = Result("disk full", 1, "time"), Submit(school)
    seats = seats_of(school, server, STAFF[:4])
    reader = Reading(*seats_of(school, server, STAFF[4:5]))
    filler = school.settings.instance / "filler"
    with reader, working(deed, seats):
        time.sleep(1)
        with filler.open("wb") as out:
            try:
                while True:
                    out.write(bytes(65536))
                    out.flush()
            except OSError:
                pass
        time.sleep(6)
        before = deed.acknowledged
        filler.unlink()
        at = time.monotonic()
        while deed.acknowledged == before and time.monotonic() - at < 30:
            time.sleep(0.005)
        result.recovery = time.monotonic() - at
        time.sleep(1)
    if set(reader.statuses) != {200}:
        result.faults.append(f"reads answered {dict(reader.statuses)}")
    if not deed.statuses[507] + deed.statuses[503]:
        result.faults.append("the disk was never full")
    result.detail = f"{reader.statuses[200]} pages read meanwhile, slowest {reader.longest:.2f} s"
    return whole(result, school, deed, seats)


@contextmanager
def small_disk(place: Path, size: str = "48m") -> Iterator[None]:
    """A disk of that size at a folder. Raises PermissionError for who may not mount."""
    place.mkdir(mode=0o700)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size},mode=700", "tmpfs", place], check=False
    )
    if mounted.returncode:
        raise PermissionError("only the superuser can mount a small disk")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", place], check=True)


def memory(school: School, server: Server, times: int) -> Result:
    """The kernel ends a web process for its memory while it takes files in."""
    result, deed = Result("web process ended for its memory", times, "times"), Submit(school)
    seats = seats_of(school, server, STAFF)
    for number in range(times):
        with working(deed, seats):
            time.sleep(0.3)
            biggest = max(server.children(), key=_size)
            os.kill(biggest, signal.SIGKILL)
            at, before = time.monotonic(), deed.acknowledged
            while deed.acknowledged < before + len(seats) and time.monotonic() - at < 30:
                time.sleep(0.01)
            result.recovery = max(result.recovery, time.monotonic() - at)
        result.faults += [f"time {number + 1}: {one}" for one in deed.faults(final=False)]
    return whole(result, school, deed, seats)


def _size(pid: int) -> int:
    """Pages in memory; who is gone has none."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except OSError:
        return 0


@contextmanager
def cluster(place: Path) -> Iterator[tuple[str, list[str]]]:
    """A PostgreSQL of its own: its address, and the command that restarts it at once, as after a power cut.

    Raises FileNotFoundError where none is installed.
    """
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))
    if not found:
        raise FileNotFoundError("no PostgreSQL server on this machine (apt-get install postgresql)")
    port, place = free_port(), place / "cluster"
    place.mkdir(mode=0o700, parents=True)
    as_server: list[str] = []
    if os.getuid() == 0:  # PostgreSQL refuses to run as root
        shutil.chown(place, "postgres", "postgres")
        place.parent.chmod(0o711)
        as_server = ["runuser", "-u", "postgres", "--"]
    ctl = [*as_server, str(found[-1]), "-D", str(place), "-w", "-l", str(place / "log")]
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={place}"
    initdb = [
        *as_server,
        str(found[-1].with_name("initdb")),
        "-D",
        str(place),
        "-U",
        "postgres",
        "-A",
        "trust",
    ]
    subprocess.run(
        [*initdb, "-E", "UTF8", "--locale=C.UTF-8"], check=True, stdout=subprocess.DEVNULL, cwd="/"
    )
    subprocess.run([*ctl, "-o", options, "start"], check=True, stdout=subprocess.DEVNULL, cwd="/")
    try:
        yield f"postgresql://postgres@127.0.0.1:{port}/postgres", [*ctl, "-m", "immediate"]
    finally:
        subprocess.run([*ctl, "-m", "immediate", "stop"], check=False, stdout=subprocess.DEVNULL, cwd="/")


def restarts(school: School, server: Server, deed: Deed, restart: list[str], times: int) -> Result:
    """PostgreSQL restarts at once, again and again, while people write; the portal is not touched."""
    result = Result(f"PostgreSQL restarted during {deed.name}", times, "restarts")
    seats = seats_of(school, server, deed.people)
    for number in range(times):
        deed.stock()
        with working(deed, seats):
            time.sleep(0.5)
            subprocess.run([*restart, "restart"], check=True, stdout=subprocess.DEVNULL, cwd="/")
            at, before = time.monotonic(), deed.acknowledged
            while deed.acknowledged == before and time.monotonic() - at < 30:
                time.sleep(0.005)
            result.recovery = max(result.recovery, time.monotonic() - at)
        school.close()  # our own connections went with the server
        result.faults += [f"restart {number + 1}: {one}" for one in deed.faults(final=False)]
    return whole(result, school, deed, seats)
