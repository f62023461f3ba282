"""The operator's page and the files of deploy/ name settings, commands and addresses that exist."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import click
import pytest
from flask import Flask

from portal.cli import main
from portal.config import Settings

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs/operations.md").read_text("utf-8")
UNITS = sorted((ROOT / "deploy/systemd").glob("*.service"))


def test_every_setting_is_in_the_table_and_no_other() -> None:
    table = PAGE.split("## Settings")[1].split("## ")[0]
    named = {
        name
        for line in table.splitlines()
        if line.startswith("| `")
        for name in re.findall(r"`(\w+)`", line.split("|")[1])
    }
    assert named == set(Settings.model_fields)


def test_every_command_that_is_told_exists_with_its_options() -> None:
    context = click.Context(main)
    told = [PAGE, *(file.read_text("utf-8") for file in (ROOT / "deploy").rglob("*") if file.is_file())]
    calls = [line for text in told for line in re.findall(r"(?:^|[`/ ])portal (.+)", text)]
    known = set(main.list_commands(context))
    used = set()
    for call in calls:
        name = call.split()[0].strip("`") if call.split() else ""
        if name not in known:
            continue
        used.add(name)
        command = main.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            continue
        options = {
            one for parameter in command.params for one in (*parameter.opts, *parameter.secondary_opts)
        }
        given = set(re.findall(r"--[a-z-]+", call.split("#")[0].split("`")[0].split("；")[0]))
        assert given <= options, call
    assert {"init", "create-hr", "serve", "worker", "backup", "restore", "doctor", "upgrade"} <= used


def test_every_unit_is_closed_alike() -> None:
    wanted = (
        "NoNewPrivileges=yes",
        "ProtectSystem=strict",
        "CapabilityBoundingSet=\n",
        "SystemCallFilter=",
        "User=portal",
    )
    for unit in UNITS:
        text = unit.read_text("utf-8")
        assert all(line in text for line in wanted), unit.name
        writable = re.findall(r"^ReadWritePaths=(.*)$", text, re.M)
        assert writable in ([], ["/var/backups/portal"]), unit.name


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze on this machine")
def test_systemd_finds_every_unit_well_closed() -> None:
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=20", *map(str, UNITS)],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr


@pytest.mark.skipif(shutil.which("nginx") is None, reason="no nginx on this machine")
@pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl on this machine")
def test_nginx_takes_the_site(tmp_path: Path) -> None:
    made = ("-out", "fullchain.pem", "-keyout", "key.pem")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=x", *made],
        cwd=tmp_path,
        check=True,
        capture_output=True,
    )
    site = (ROOT / "deploy/nginx.conf").read_text("utf-8").replace("/etc/portal/tls", str(tmp_path))
    (tmp_path / "site.conf").write_text(site)
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    places = "".join(f"{kind}_temp_path {tmp_path}/{kind}; " for kind in kinds)
    (tmp_path / "nginx.conf").write_text(
        f"pid {tmp_path}/pid; events {{}} http {{ access_log off; {places} include {tmp_path}/site.conf; }}"
    )
    done = subprocess.run(
        ["nginx", "-t", "-c", str(tmp_path / "nginx.conf"), "-e", str(tmp_path / "errors")],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


def test_the_proxy_lets_in_what_the_portal_takes_and_keeps_its_numbers_inside(app: Flask) -> None:
    site = (ROOT / "deploy/nginx.conf").read_text("utf-8")
    limit = int(re.findall(r"client_max_body_size (\d+)m", site)[0]) * 1024 * 1024
    assert limit > app.config["MAX_CONTENT_LENGTH"]
    assert "location ~ ^/(metrics|readyz)$" in site
    rules = {rule.rule for rule in app.url_map.iter_rules()}
    assert {"/metrics", "/readyz", "/healthz", "/login"} <= rules
