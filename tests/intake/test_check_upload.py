"""The door for uploads: honest files come through, hostile ones are refused in words and leave nothing."""

from __future__ import annotations

import hashlib
import io
import shutil
from pathlib import Path

import pytest
from corpus import honest, hostile
from corpus_parts import SECRET, Honest, Hostile, phone_photo, picture, proof, talking_png
from PIL import Image, ImageChops

from portal.intake import check_upload
from portal.rules.refusals import RuleBroken
from portal.storage import StorageFull

HONEST = list(honest())
HOSTILE = list(hostile())


def test_the_corpus_is_large_enough() -> None:
    assert len(HOSTILE) >= 60
    assert len(HONEST) >= 20


@pytest.mark.parametrize("file", HONEST, ids=lambda file: file.name)
def test_honest_files_pass(file: Honest, tmp_path: Path) -> None:
    checked = check_upload(io.BytesIO(file.data), file.name, tmp_path)

    kept = checked.path.read_bytes()
    assert (checked.name, checked.media_type, checked.pages) == (file.name, file.media_type, file.pages)
    assert (checked.size, checked.sha256) == (len(kept), hashlib.sha256(kept).hexdigest())
    assert checked.path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [checked.path]
    if file.media_type == "application/pdf":
        assert kept == file.data


@pytest.mark.parametrize("file", HOSTILE, ids=lambda file: file.case)
def test_hostile_files_are_refused_in_words(file: Hostile, tmp_path: Path) -> None:
    with pytest.raises(RuleBroken) as refused:
        check_upload(io.BytesIO(file.data), file.name, tmp_path)

    sentence = refused.value.message
    assert [word for word in (*file.words, file.name) if word not in sentence] == [], sentence
    assert sentence.endswith("。")
    assert sentence.count("。") == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("name", "data"), [("照片.jpg", phone_photo()), ("图.png", talking_png())])
def test_an_image_keeps_only_its_picture(name: str, data: bytes, tmp_path: Path) -> None:
    checked = check_upload(io.BytesIO(data), name, tmp_path)

    kept = checked.path.read_bytes()
    for trace in (SECRET, b"taken at home", b"PhoneMaker", b"Exif", b"eXIf"):
        assert trace not in kept
    with Image.open(checked.path) as image:
        assert dict(image.getexif()) == {}


def test_a_sideways_photo_is_turned_upright(tmp_path: Path) -> None:
    checked = check_upload(io.BytesIO(phone_photo()), "照片.jpg", tmp_path)

    with Image.open(checked.path) as image:
        assert image.size == (600, 800)
        assert (
            image.convert("L").getpixel((560, 30)) < 20
        )  # the black corner moved from top left to top right


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "1", "L"])
def test_a_png_keeps_every_pixel(mode: str, tmp_path: Path) -> None:
    data = picture("PNG", mode=mode)

    checked = check_upload(io.BytesIO(data), "图.png", tmp_path)

    with Image.open(checked.path) as kept, Image.open(io.BytesIO(data)) as sent:
        assert ImageChops.difference(kept.convert("RGBA"), sent.convert("RGBA")).getbbox() is None


def test_a_jpeg_is_not_blown_up(tmp_path: Path) -> None:
    noise = Image.effect_noise((1500, 1500), 60).convert("RGB")
    out = io.BytesIO()
    noise.save(out, "JPEG", quality=60)

    checked = check_upload(io.BytesIO(out.getvalue()), "照片.jpg", tmp_path)

    assert checked.size < 1.1 * len(out.getvalue())


def test_the_limit_counts_bytes_that_arrive_not_bytes_announced(tmp_path: Path) -> None:
    class Endless(io.RawIOBase):
        """A stream that does not tell its size and never ends."""

        read_bytes = 0

        def read(self, size: int = -1) -> bytes:
            self.read_bytes += size
            return b"%PDF-" + b"\0" * (size - 5)

        def seekable(self) -> bool:
            return False

    stream = Endless()
    with pytest.raises(RuleBroken, match="10 MB"):
        check_upload(stream, "大.pdf", tmp_path)  # type: ignore[arg-type]

    assert stream.read_bytes < 11 * 1024 * 1024
    assert list(tmp_path.iterdir()) == []


def test_a_large_photo_within_the_limits_passes(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 8
    data = picture("JPEG", (7900, 5000), progressive=True, exif=exif)

    checked = check_upload(io.BytesIO(data), "扫描.jpg", tmp_path)

    with Image.open(checked.path) as image:
        assert image.size == (5000, 7900)


def test_a_nearly_full_disk_is_told_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = proof("证明")
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage._replace(free=5 * len(data) - 1))

    with pytest.raises(StorageFull):
        check_upload(io.BytesIO(data), "证明.pdf", tmp_path)
    assert list(tmp_path.iterdir()) == []

    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage._replace(free=5 * len(data)))
    assert check_upload(io.BytesIO(data), "证明.pdf", tmp_path).pages == 1
