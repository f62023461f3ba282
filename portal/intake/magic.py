"""What a file is by its first bytes, next to what its extension promises."""

from __future__ import annotations

from enum import Enum

HEAD = 16  # bytes needed to tell


class Kind(Enum):
    """A kind of file the portal takes: media type, what people call it, extensions (preferred one first)."""

    PDF = "application/pdf", "PDF 文件", (".pdf",)
    JPEG = "image/jpeg", "JPEG 图片", (".jpg", ".jpeg")
    PNG = "image/png", "PNG 图片", (".png",)

    def __init__(self, media_type: str, label: str, extensions: tuple[str, ...]) -> None:
        self.media_type = media_type
        self.label = label
        self.extensions = extensions


_SIGNATURES = (
    (b"%PDF-", Kind.PDF),
    (b"\xff\xd8\xff", Kind.JPEG),
    (b"\x89PNG\r\n\x1a\n", Kind.PNG),
)
# Only for the sentence: people rename these in good faith.
_OTHERS = (
    (b"PK\x03\x04", "压缩包或 Office 文档"),
    (b"\xd0\xcf\x11\xe0", "旧版 Office 文档"),
    (b"Rar!", "压缩包"),
    (b"7z\xbc\xaf", "压缩包"),
    (b"GIF8", "GIF 图片"),
    (b"BM", "BMP 图片"),
    (b"II*\x00", "TIFF 图片"),
    (b"MM\x00*", "TIFF 图片"),
    (b"MZ", "可执行程序"),
    (b"\x7fELF", "可执行程序"),
)


def by_extension(extension: str) -> Kind | None:
    """The kind an extension (`.pdf`) promises."""
    return next((kind for kind in Kind if extension in kind.extensions), None)


def by_content(head: bytes) -> Kind | None:
    """The kind the first bytes show; they must stand at the very beginning."""
    return next((kind for mark, kind in _SIGNATURES if head.startswith(mark)), None)


def describe(head: bytes) -> str:
    """What the first bytes look like, in words, for a person."""
    known = by_content(head)
    if known is not None:
        return known.label
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WebP 图片"
    if head[4:8] == b"ftyp":
        return "HEIC 图片或视频"
    return next((label for mark, label in _OTHERS if head.startswith(mark)), "无法识别的内容")
