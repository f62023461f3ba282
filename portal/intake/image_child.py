"""Rebuilds an image from its pixels alone; runs inside the limits of `child.py`, without the portal."""

from __future__ import annotations

import errno
import warnings
from typing import Any

from PIL import Image, ImageOps, JpegImagePlugin

MOST_PIXELS = 40_000_000
Image.preinit()  # reads the decoders once, before the first picture


def inspect(source: str, target: str, form: str) -> dict[str, Any]:
    """Decode `source` as `form` (PNG or JPEG) and write it anew to `target`.

    {"ok": True} or {"refused": "pixels", "width", "height"} or {"refused": "broken" or "full"}.
    """
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    try:
        Image.MAX_IMAGE_PIXELS = None  # opening reads the header only; our own check can then tell the size
        with Image.open(source, formats=(form,)) as image:
            if image.width * image.height > MOST_PIXELS:
                return {"refused": "pixels", "width": image.width, "height": image.height}
            Image.MAX_IMAGE_PIXELS = MOST_PIXELS
            _rebuild(image, target, form)
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        return {"refused": "heavy"}
    except OSError as fault:
        full = fault.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))
        return {"refused": "full" if full else "broken"}
    except (SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError):
        return {"refused": "broken"}  # the decoders answer damaged data with any of these
    return {"ok": True}


def _rebuild(image: Image.Image, target: str, form: str) -> None:
    image.load()
    options: dict[str, Any] = {}
    if isinstance(image, JpegImagePlugin.JpegImageFile):
        options = _same_quality(image)
    ImageOps.exif_transpose(image, in_place=True)
    # What the encoders would copy (EXIF, XMP, comments, profiles, text) lies in `info`; only transparency
    # belongs to the picture.
    image.info = {name: value for name, value in image.info.items() if name == "transparency"}
    picture: Image.Image = image
    if form == "JPEG" and image.mode not in {"L", "RGB"}:
        picture, options = image.convert("RGB"), {"quality": 90}
    picture.save(target, form, exif=b"", **options)


def _same_quality(image: JpegImagePlugin.JpegImageFile) -> dict[str, Any]:
    """Encoder settings that keep the size and look of the original."""
    sampling = JpegImagePlugin.get_sampling(image)
    tables = image.quantization
    return {"qtables": tables, "subsampling": max(sampling, 0)} if tables else {"quality": 90}
