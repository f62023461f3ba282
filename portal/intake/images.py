"""Takes a JPEG or PNG apart and builds it anew, so that only the picture itself is kept."""

from __future__ import annotations

from pathlib import Path

from portal.intake import sandbox
from portal.intake.magic import Kind
from portal.rules.refusals import RuleBroken
from portal.storage import StorageFull

MEMORY = 768 * 1024 * 1024  # bytes: 40 megapixels with transparency, twice while it is turned upright


def rebuild(source: Path, target: Path, kind: Kind, name: str) -> None:
    """Write the picture of `source` to `target`, upright, without EXIF or anything behind its end.

    Raises RuleBroken for more than 40 megapixels (seen before decoding) and for a damaged file, StorageFull.
    """
    verdict = sandbox.inspect("image_child", str(source), str(target), kind.name, memory=MEMORY)
    if "ok" in verdict:
        return
    if verdict["refused"] == "pixels":
        width, height = verdict["width"], verdict["height"]
        raise RuleBroken(
            f"图片“{name}”的尺寸为 {width}×{height}（约 {width * height / 1e6:.0f} 百万像素），"
            "超过 4000 万像素的上限，请缩小后再上传。"
        )
    if verdict["refused"] == "full":
        raise StorageFull("no room for the rebuilt picture")
    if verdict["refused"] == "broken":
        raise RuleBroken(
            f"图片“{name}”已损坏或不完整，无法读取，请确认能正常打开，重新拍照、扫描或导出后再上传。"
        )
    raise RuleBroken(f"图片“{name}”过于复杂，无法在限定时间内完成检查，请缩小或另存后再上传。")
