"""Pictures of a document's pages: few, in order, and none when the bytes are no document."""

from __future__ import annotations

import base64
import io
from pathlib import Path

import pytest
from forms_sent import pdf
from PIL import Image

from portal.intake.preview import PAGES, WIDTH, CannotDraw, page_pictures


def test_the_first_pages_are_drawn_at_the_width_asked(tmp_path: Path) -> None:
    file = tmp_path / "document.pdf"
    file.write_bytes(pdf(PAGES + 2).getvalue())
    pictures = page_pictures(file)
    assert len(pictures) == PAGES
    with Image.open(io.BytesIO(base64.b64decode(pictures[0]))) as first:
        assert (first.format, first.width) == ("JPEG", WIDTH)


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7", b"not a document at all" * 50])
def test_what_is_no_document_is_not_drawn(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "broken.pdf"
    file.write_bytes(content)
    with pytest.raises(CannotDraw):
        page_pictures(file)
