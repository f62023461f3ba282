"""The one file of an upload form: staged under a name of ours, and gone when the block is left."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from flask import current_app, request

from portal.intake.names import clean_name
from portal.rules.refusals import RuleBroken


@contextmanager
def one_file(missing: str, field: str = "file") -> Iterator[tuple[Path, str]]:
    """The staged file and its display name.

    Raises RuleBroken: `missing` when none was chosen, or that only one is taken.
    """
    sent = [file for file in request.files.getlist(field) if file.filename]
    staged = Path(current_app.extensions["portal.store"].stage_dir) / f"{uuid4()}.part"
    try:
        if not sent:
            raise RuleBroken(missing)
        if len(sent) > 1:
            raise RuleBroken(f"一次只能上传一个文件，本次选择了 {len(sent)} 个。请分几次上传。")
        sent[0].save(staged)
        yield staged, clean_name(sent[0].filename or "")
    finally:
        staged.unlink(missing_ok=True)
        for file in sent:
            file.close()
