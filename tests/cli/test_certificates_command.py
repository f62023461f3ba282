"""`portal certificates`, `portal keys` and `portal sign-ca` from the terminal."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from pypdf import PdfReader

from portal.cli import main

one_database = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)


def call(*words: str) -> Any:
    return CliRunner().invoke(main, list(words))


@one_database
def test_a_year_is_printed_from_the_terminal(app: Any, filing: Any, settings: Any, tmp_path: Path) -> None:
    for name in ("陈晓", "刘洋"):
        filing.met(name)
    given = ("--year", "2025", "--out", str(tmp_path / "out"), "--instance", str(settings.instance))
    done = call("certificates", *given, "--unit", "护理学院", "--issue")
    assert done.exit_code == 0, done.output
    assert "已打印 2 张" in done.output
    again = call("certificates", *given, "--unit", "HLXY", "--form", "print")
    assert "已打印 2 张" in again.output
    with zipfile.ZipFile(tmp_path / "out" / "certificates-2025.zip") as found:
        (merged,) = [name for name in found.namelist() if name.endswith(".pdf")]
        assert merged == "001_2025-HLXY-000001_2025-HLXY-000002.pdf"
        with found.open(merged) as pages:
            assert len(PdfReader(pages).pages) == 2
    assert [file.name for file in (tmp_path / "out").iterdir()] == ["certificates-2025.zip"]


@one_database
def test_an_unknown_unit_or_year_is_refused(app: Any, settings: Any, tmp_path: Path) -> None:
    given = ("--out", str(tmp_path), "--instance", str(settings.instance))
    assert (
        "没有名为“药学院”的单位" in call("certificates", "--year", "2025", "--unit", "药学院", *given).output
    )
    assert "没有 1999 年度" in call("certificates", "--year", "1999", *given).output


def test_keys_are_listed_and_a_new_one_takes_over(tmp_path: Path) -> None:
    place = ("--instance", str(tmp_path))
    (first,) = call("keys", "list", *place).output.splitlines()
    assert first.startswith("*")
    made = call("keys", "new", *place)
    assert made.exit_code == 0, made.output
    lines = call("keys", "list", *place).output.splitlines()
    assert len(lines) == 2
    assert f" {first[1:]}" in lines
    (current,) = [line for line in lines if line.startswith("*")]
    assert current[2:] in made.output
    for file in (tmp_path / "certificate-keys").iterdir():
        assert file.stat().st_mode & 0o077 == 0


def test_a_campus_authority_is_made_once(tmp_path: Path) -> None:
    pytest.importorskip("pyhanko", reason="the extra `sign` is not installed")
    made = call("sign-ca", "init", "--instance", str(tmp_path))
    assert made.exit_code == 0, made.output
    assert {file.name for file in (tmp_path / "sign").iterdir()} == {
        *("ca.pem", "ca.key", "signer.pem", "signer.key")
    }
    assert "已有签名证书" in call("sign-ca", "init", "--instance", str(tmp_path)).output
