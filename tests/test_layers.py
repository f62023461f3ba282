"""Who may import whom. A failure names the file, the import and the mend."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import portal

ROOT = Path(portal.__file__).parent
MODULES = sorted(path for path in ROOT.rglob("*.py") if "migrations" not in path.parts)

# layer: what of ours it may import (module prefixes)
LAYERS: dict[str, tuple[str, ...]] = {
    "portal.rules": ("portal.rules",),
    "portal.extensions": (),
    "portal.models": ("portal.models", "portal.extensions", "portal.database", "portal.rules"),
    "portal.queries": (
        *("portal.queries", "portal.models", "portal.extensions", "portal.database"),
        *("portal.rules", "portal.clock"),
    ),
    "portal.services": (
        *("portal.services", "portal.queries", "portal.models", "portal.extensions", "portal.database"),
        *("portal.rules", "portal.clock", "portal.pdf", "portal.intake", "portal.storage"),
        *("portal.spreadsheets", "portal.workbooks"),
    ),
    "portal.forms": ("portal.forms", "portal.rules"),
    "portal.intake": ("portal.intake", "portal.storage", "portal.rules"),
    "portal.spreadsheets": ("portal.intake", "portal.rules"),
    "portal.workbooks": ("portal.rules", "portal.clock"),
    "portal.storage": ("portal.rules",),
    "portal.pdf": ("portal.pdf", "portal.fonts", "portal.rules"),
    "portal.hx": ("portal.extensions",),
    "portal.markdown": (),
}
MENDS = {
    "portal.rules": "rules are pure: hand the fact in as an argument",
    "portal.queries": "a query never writes: move the caller into services",
    "portal.forms": "a form knows shape and wording: let the view or the service look things up",
    "portal.models": "a table knows no policy: move it into services or rules",
}

# package outside: (modules of ours that must not import it, unless listed, the mend)
FORBIDDEN: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("flask", ("portal.rules", "portal.models", "portal.queries", "portal.services", "portal.intake"),
     "hand the value in as an argument; only blueprints read the request"),
    ("sqlalchemy", ("portal.blueprints", "portal.forms", "portal.rules"),
     "write a query in portal/queries or a verb in portal/services"),
)  # fmt: skip
ONLY: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("wtforms", ("portal.forms", "portal.security"), "put the field into a form of portal/forms"),
    ("xhtml2pdf", ("portal.pdf",), "print through portal.pdf"),
    ("reportlab", ("portal.pdf", "portal.demo"), "draw in portal.pdf"),
    ("xlsxwriter", ("portal.workbooks",), "write workbooks through portal.workbooks"),
    ("htmx_flask", ("portal.hx", "portal.extensions"), "answer through portal.hx"),
    ("markdown_it", ("portal.markdown",), "show Markdown through portal.markdown"),
    ("nh3", ("portal.markdown",), "show Markdown through portal.markdown"),
)
PURE = ("pydantic", "portal")
HEAVY = (
    "cryptography",
    "fontTools",
    "resource",
    "xhtml2pdf",
    "reportlab",
    "pypinyin",
    "pypdfium2",
    "pikepdf",
    "python_calamine",
    "PIL",
    "waitress",
    "gunicorn",
    "segno",
    "xlsxwriter",
)
LAZY = (
    "portal",
    "portal.cli",
    *(
        f"portal.cli.{name}"
        for name in (
            "accounts",
            "audit",
            "backup",
            "certificates",
            "courses",
            "demo",
            "doctor",
            "exports",
            "instance",
            "policy_compare",
            "roster",
            "serve",
            "worker",
        )
    ),
)
DULL = ("util", "utils", "helper", "helpers", "common", "misc", "base", "manager", "tools")


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT.parent).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def imports(path: Path) -> Iterator[tuple[str, int, bool]]:
    """Each imported module with its line, and whether the import stands inside a function."""
    tree = ast.parse(path.read_text("utf-8"))
    inner = {
        id(node)
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno, id(node) in inner
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: relative import; write the full name"
            module = node.module or ""
            for alias in node.names:
                inside = ROOT.parent.joinpath(*module.split("."), alias.name)
                submodule = module.startswith("portal") and (
                    inside.with_suffix(".py").exists() or inside.is_dir()
                )
                yield (f"{module}.{alias.name}" if submodule else module), node.lineno, id(node) in inner


def below(module: str, prefixes: tuple[str, ...]) -> bool:
    return any(module == one or module.startswith(one + ".") for one in prefixes)


def told(path: Path, line: int, fault: str, mend: str) -> str:
    return f"{path.relative_to(ROOT.parent)}:{line}: {fault}\n    mend: {mend}"


@pytest.mark.parametrize("layer", LAYERS)
def test_a_layer_imports_only_what_lies_below_it(layer: str) -> None:
    faults = [
        told(path, line, f"{layer} must not import {module}", MENDS.get(layer, "move the code to its layer"))
        for path in MODULES
        if below(name_of(path), (layer,))
        for module, line, _ in imports(path)
        if below(module, ("portal",)) and not below(module, LAYERS[layer])
    ]
    assert not faults, "\n".join(faults)


def test_packages_from_outside_stay_where_they_belong() -> None:
    faults: list[str] = []
    for path in MODULES:
        ours = name_of(path)
        for module, line, _ in imports(path):
            top = module.split(".")[0]
            for package, layers, mend in FORBIDDEN:
                if top == package and below(ours, layers):
                    faults.append(told(path, line, f"{package} must not be imported here", mend))
            for package, allowed, mend in ONLY:
                if top == package and not below(ours, allowed):
                    faults.append(
                        told(path, line, f"{package} is imported only in {', '.join(allowed)}", mend)
                    )
    assert not faults, "\n".join(faults)


def test_rules_need_nothing_but_the_standard_library_and_pydantic() -> None:
    from sys import stdlib_module_names

    faults = [
        told(path, line, f"rules must not import {module}", "rules are pure: standard library and pydantic")
        for path in MODULES
        if below(name_of(path), ("portal.rules",))
        for module, line, _ in imports(path)
        if module.split(".")[0] not in (*stdlib_module_names, *PURE)
    ]
    assert not faults, "\n".join(faults)


def test_an_import_inside_a_function_is_a_slow_library_with_its_reason() -> None:
    faults: list[str] = []
    for path in MODULES:
        reason = re.search(r"# lazy|# not on|imported (here|at first need)", path.read_text("utf-8"))
        for module, line, inside in imports(path):
            if not inside:
                continue
            if not (
                module.split(".")[0] in HEAVY
                or name_of(path) in LAZY
                or below(name_of(path), ("portal.pdf",))
            ):
                faults.append(
                    told(path, line, f"{module} imported inside a function", "import it at the top")
                )
            elif not reason:
                faults.append(
                    told(path, line, f"no reason for the late import of {module}", "say why beside it")
                )
    assert not faults, "\n".join(faults)


def test_no_module_is_called_by_a_name_that_says_nothing() -> None:
    dull = [str(path.relative_to(ROOT)) for path in ROOT.rglob("*.py") if path.stem in DULL]
    assert not dull, f"{dull}: name a module after the noun it owns"


def test_every_module_says_what_it_owns() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in ROOT.rglob("*.py")
        if not ast.get_docstring(ast.parse(path.read_text("utf-8")))
    ]
    assert not silent, f"{silent}: open the module with one sentence on what it owns"


def test_no_file_outgrows_its_reader() -> None:
    long = {
        str(path.relative_to(ROOT)): count
        for path in MODULES
        if (count := len(path.read_text("utf-8").splitlines())) > 300
    }
    assert not long, f"{long}: past 300 lines, split by noun"


def test_models_are_never_filled_from_a_request() -> None:
    faults = [
        told(path, number, "a mapping from outside fills a row", "name each column")
        for path in MODULES
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1)
        if "**request." in line or "populate_obj(" in line
    ]
    assert not faults, "\n".join(faults)
