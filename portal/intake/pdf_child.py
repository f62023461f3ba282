"""Looks for more than pages in a PDF; runs inside the limits of `child.py`, without the portal."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, Object, Stream

MOST_PAGES = 200
MOST_IN_A_STREAM = (
    128 * 1024 * 1024
)  # bytes once decompressed: an A4 page at 600 dpi in colour has 104 million
MOST_UNFOLDED = 512 * 1024 * 1024  # bytes of all streams together, once decompressed
MOST_PIXELS = 100_000_000  # of one picture: an A3 sheet at 600 dpi has 70 million
CHUNK = 1024 * 1024

# Actions that run, fetch, send or open something. Going to a page is none of them, nor is a web link: the
# reader decides to click it.
RUNNING = {
    "/JavaScript": "script",
    "/Rendition": "media",
    "/RichMediaExecute": "media",
    "/Movie": "media",
    "/Sound": "media",
    "/Launch": "launch",
    "/GoToR": "launch",  # opens another file by path, which may be a network share that collects passwords
    "/GoToE": "launch",
    "/SubmitForm": "launch",
    "/ImportData": "launch",
}
FLATE = {"/FlateDecode", "/Fl"}
UNFOLDING = FLATE | {"/LZWDecode", "/LZW", "/RunLengthDecode", "/RL"}
MEDIA = {"/RichMedia", "/3D", "/Movie", "/Sound", "/Screen"}


class Found(Exception):
    """The file holds something that is refused; the argument is the verdict's word."""


def inspect(file: str) -> dict[str, Any]:
    """{"ok": True, "pages"} or {"refused": word}; with "pages" beside it for the word "pages"."""
    if not _ends_properly(Path(file)):
        return {"refused": "broken"}
    try:
        with pikepdf.open(file, attempt_recovery=False, suppress_warnings=True) as pdf:
            if pdf.is_encrypted:
                return {"refused": "encrypted"}
            pages = len(pdf.pages)
            if pages == 0:
                return {"refused": "broken"}
            if pages > MOST_PAGES:
                return {"refused": "pages", "pages": pages}
            _look(pdf)
            return {"ok": True, "pages": pages}
    except pikepdf.PasswordError:
        return {"refused": "encrypted"}
    except Found as found:
        return {"refused": found.args[0]}
    except (pikepdf.PdfError, OSError, ValueError, KeyError, TypeError, AttributeError, RuntimeError):
        return {"refused": "broken"}  # the library answers malformed structures with any of these


def _ends_properly(file: Path) -> bool:
    # A complete PDF ends in %%EOF; whatever follows is another file in hiding, or the rest was cut off.
    with file.open("rb") as stream:
        stream.seek(0, 2)
        stream.seek(max(0, stream.tell() - 2048))
        _, mark, rest = stream.read().rpartition(b"%%EOF")
    return bool(mark) and not rest.strip(b"\0 \t\r\n\x0c\x1a")


def _look(pdf: pikepdf.Pdf) -> None:
    _look_at_catalog(pdf.Root)
    room = MOST_UNFOLDED
    for item in list(pdf.objects):
        for part in _containers(item):
            _look_at_dictionary(part)
        if isinstance(item, Stream):
            size = _unfolded(pdf, item)
            room -= size
            if size > MOST_IN_A_STREAM or room < 0:
                raise Found("heavy")


def _look_at_catalog(root: Object) -> None:
    form = root.get("/AcroForm")
    if isinstance(form, Dictionary) and "/XFA" in form:
        raise Found("xfa")
    if "/Collection" in root:
        raise Found("embedded")
    opening = root.get("/OpenAction")
    # Most writers set the first page or zoom here: a destination (array, name) or a plain GoTo does no more.
    if isinstance(opening, Dictionary) and opening.get("/S") != Name.GoTo:
        raise Found("opening")


def _containers(item: Object) -> Iterator[Object]:
    """The object and the dictionaries written directly inside it; indirect ones are visited on their own."""
    waiting = [item]
    while waiting:
        part = waiting.pop()
        if isinstance(part, Array):
            inner = list(part)
        elif isinstance(part, (Dictionary, Stream)):
            yield part
            inner = [value for _, value in part.items()]
        else:
            continue
        waiting += [
            value for value in inner if isinstance(value, (Dictionary, Array)) and not value.is_indirect
        ]


def _look_at_dictionary(part: Object) -> None:
    action = str(part.get("/S", ""))
    if action in RUNNING:
        raise Found(RUNNING[action])
    if str(part.get("/Subtype", "")) in MEDIA:
        raise Found("media")
    if "/AA" in part and _triggers(part["/AA"]):
        raise Found("opening")
    if isinstance(part, Stream):
        _look_at_stream(part)
    elif _carries_a_file(part.get("/EF")):
        raise Found("embedded")


def _carries_a_file(files: Object | None) -> bool:
    return isinstance(files, Dictionary) and any(isinstance(value, Stream) for _, value in files.items())


def _triggers(actions: Object) -> bool:
    """Whether these actions start by themselves; a font that happens to be called AA holds no action."""
    return isinstance(actions, Dictionary) and any(
        isinstance(value, Dictionary) and "/S" in value for _, value in actions.items()
    )


def _look_at_stream(stream: Object) -> None:
    if stream.get("/Type") == Name.EmbeddedFile:
        raise Found("embedded")
    if "/F" in stream:
        raise Found("launch")  # the stream's bytes would come from another file
    if stream.get("/Subtype") == Name.Image:
        width, height = stream.get("/Width", 0), stream.get("/Height", 0)
        if int(width) * int(height) > MOST_PIXELS:
            raise Found("heavy")


def _unfolded(pdf: pikepdf.Pdf, stream: Stream) -> int:
    """How many bytes the stream decompresses to, counted no further than just past the most allowed."""
    filters = stream.get("/Filter", Array())
    names = [str(name) for name in (filters if isinstance(filters, Array) else [filters])]
    packed = [place for place, name in enumerate(names) if name in UNFOLDING]
    if not packed:
        return 0
    if len(packed) > 1:
        raise Found("heavy")  # packing twice gains nothing, except for a bomb
    data = stream.read_raw_bytes()
    if packed[0] > 0:  # text armour around it
        data = _through(pdf, data, names[: packed[0]])
    if names[packed[0]] in FLATE:
        return _inflate(data)
    try:
        return len(_through(pdf, data, [names[packed[0]]]))
    except pikepdf.PdfError as stopped:  # running out of memory looks the same as damage from here
        raise Found("heavy") from stopped


def _through(pdf: pikepdf.Pdf, data: bytes, filters: list[str]) -> bytes:
    stream = pdf.make_stream(b"")
    stream.write(data, filter=Array([Name(name) for name in filters]))
    return stream.read_bytes(pikepdf.StreamDecodeLevel.generalized)


def _inflate(data: bytes) -> int:
    engine = zlib.decompressobj()
    size = 0
    while data and not engine.eof and size <= MOST_IN_A_STREAM:
        try:
            size += len(engine.decompress(data, CHUNK))
        except zlib.error:
            break  # readers show what came before the fault, and so do we count it
        data = engine.unconsumed_tail
    return size
