"""Copies the pinned packages' files into this folder and writes manifest.json.

Run `python portal/static/vendor/update.py` after changing a pin in package.json or a name in ICONS;
it needs npm and a package registry. The portal itself never runs it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import subprocess
import tempfile
from pathlib import Path

HERE = Path(__file__).parent

# file here: (package, file in the package)
COPIED = {
    "bootstrap.min.css": ("bootstrap", "dist/css/bootstrap.min.css"),
    "htmx.min.js": ("htmx.org", "dist/htmx.min.js"),
}
LICENCE_FILES = {
    "bootstrap": "LICENSE-bootstrap.txt",
    "bootstrap-icons": "LICENSE-bootstrap-icons.txt",
    "htmx.org": "LICENSE-htmx.txt",
}
SPRITE = "icons.svg"
ICONS = (
    "arrow-left", "arrow-repeat", "arrow-return-left", "arrow-right", "award", "box-arrow-right",
    "box-arrow-up-right", "check-circle", "check-lg", "chevron-down", "circle-half", "clock",
    "dash-circle", "download", "exclamation-triangle", "eye", "file-earmark-image", "file-earmark-pdf",
    "files", "hourglass-split", "inbox", "info-circle", "keyboard", "list", "lock", "paperclip", "pencil",
    "people", "plus-lg", "printer", "question-circle", "search", "shield-check", "trash", "upload",
    "x-circle", "x-lg", "x-octagon",
)  # fmt: skip


def symbol(name: str, svg: str) -> str:
    """One icon's file as a <symbol> of the sprite."""
    box = re.search(r'viewBox="([^"]+)"', svg)
    body = re.search(r"<svg[^>]*>(.*)</svg>", svg, re.DOTALL)
    if not box or not body:
        raise SystemExit(f"{name}.svg does not look like an icon of bootstrap-icons")
    inner = re.sub(r"\s*\n\s*", "", body.group(1))
    return f'<symbol id="{name}" viewBox="{box.group(1)}">{inner}</symbol>'


def sha384(content: bytes) -> str:
    """The hash as browsers write it in `integrity`."""
    return "sha384-" + base64.b64encode(hashlib.sha384(content).digest()).decode()


def main() -> None:
    """Install the pins into a temporary folder, copy, and describe every file copied."""
    with tempfile.TemporaryDirectory() as temporary:
        work = Path(temporary)
        (work / "package.json").write_bytes((HERE / "package.json").read_bytes())
        subprocess.run(
            ["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund"],  # noqa: S607
            cwd=work,
            check=True,
        )
        modules = work / "node_modules"
        made = {name: (package, (modules / package / path).read_bytes(), path)
                for name, (package, path) in COPIED.items()}  # fmt: skip
        icons = modules / "bootstrap-icons" / "icons"
        symbols = [symbol(name, (icons / f"{name}.svg").read_text("utf-8")) for name in ICONS]
        sprite = '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"
        made[SPRITE] = ("bootstrap-icons", sprite.encode(), f"{len(ICONS)} files of icons/, as symbols")
        for package, name in LICENCE_FILES.items():
            made[name] = (package, (modules / package / "LICENSE").read_bytes(), "LICENSE")
        manifest = []
        for name, (package, content, path) in sorted(made.items()):
            about = json.loads((modules / package / "package.json").read_bytes())
            (HERE / name).write_bytes(content)
            manifest.append(
                {
                    "file": name,
                    "name": package,
                    "version": about["version"],
                    "licence": about["license"],
                    "licence_file": LICENCE_FILES[package],
                    "source": path,
                    "sha384": sha384(content),
                    "bytes": len(content),
                }
            )
    (HERE / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
