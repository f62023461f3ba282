"""The `certificates`, `keys` and `sign-ca` commands: print a year, rotate signing keys, make a campus CA."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from flask import Flask

    from portal.rules.access import Actor

INSTANCE = click.option("--instance", type=click.Path(path_type=Path), help="Folder of the instance.")


def _app(instance: Path | None) -> Flask:
    from portal import create_app, lifecycle  # lazy: brings the web in
    from portal.config import BadSettings

    try:
        app = create_app(lifecycle.settings_for(instance))
    except BadSettings as fault:
        raise click.ClickException(str(fault)) from fault
    with app.app_context():
        if not lifecycle.ready():
            raise click.ClickException("数据库不是当前版本，请先运行 portal init 或 portal upgrade。")
    return app


@click.command("certificates")
@click.option("--year", type=int, required=True, help="Year of the certificates.")
@click.option("--unit", default="", help="Name or code of one unit; the whole school without it.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="Target folder.")
@click.option("--issue", is_flag=True, help="Also issue for those who met the year and have none.")
@click.option(
    "--form", type=click.Choice(["zip", "print"]), default="zip", help="Single PDFs or print files."
)
@INSTANCE
def certificates_command(
    year: int, unit: str, out: Path, issue: bool, form: str, instance: Path | None
) -> None:
    """Print the certificates of a year into one zip; run again after a crash, it does nothing twice."""
    from portal.certificate_desk import shop
    from portal.queries.certificate_batches import unit_of
    from portal.rules.refusals import NotFound
    from portal.services import certificate_batches

    app = _app(instance)
    out.mkdir(parents=True, exist_ok=True)
    with app.app_context():
        if year not in app.extensions["portal.policies"].years:
            raise click.ClickException(f"没有 {year} 年度的认定规则。")
        try:
            chosen = str(unit_of(None, unit)[0]) if unit else ""
        except NotFound:
            raise click.ClickException(f"没有名为“{unit}”的单位。") from None
        work = AtTheTerminal(
            {"year": year, "unit": chosen, "issue": issue, "form": form},
            out / f".certificates-{year}",
            app.extensions["portal.clock"].now,
        )
        result = certificate_batches.run(work, shop(app.extensions["portal.policies"]))
        (name,) = result["files"]
        (work.folder / name).replace(out / name)
        shutil.rmtree(work.folder)
    click.echo(f"已打印 {result['printed']} 张，未打印 {result['missing']} 人：{out / name}")
    for one in result["problems"]:
        click.echo(f"  {one['username']} {one['name']}：{one['problem']}")


class AtTheTerminal:
    """A batch that nobody leases: progress goes to the terminal, a new run begins at the beginning."""

    def __init__(self, payload: dict[str, Any], folder: Path, now: Any) -> None:
        self.payload, self.folder, self.now = payload, folder, now
        self.checkpoint: dict[str, Any] = {}
        self.owner: Actor | None = None
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()

    def advance(
        self, session: object, done: int, total: int | None = None, checkpoint: object = None
    ) -> None:
        """One line a piece."""
        self.beat(done, total)

    def beat(self, done: int, total: int | None = None) -> None:
        """The same between transactions."""
        click.echo(f"\r{done} / {total}", nl=done == total, err=True)


@click.group("keys")
def keys_group() -> None:
    """The keys that sign the facts of certificates."""


@keys_group.command("list")
@INSTANCE
def list_keys(instance: Path | None) -> None:
    """Name every key; the one that signs now is marked, public halves are shown."""
    from portal import lifecycle
    from portal.certificate_desk import keyring
    from portal.services.signatures import Ed25519Key

    ring = keyring(lifecycle.settings_for(instance))
    for name, key in ring.keys.items():
        public = f"  公钥 {key.public.hex()}" if isinstance(key, Ed25519Key) else ""
        click.echo(f"{'*' if name == ring.key_id else ' '} {name}{public}")


@keys_group.command("new")
@click.option("--kind", type=click.Choice(["hmac", "ed25519"]), default="hmac")
@INSTANCE
def new_key(kind: str, instance: Path | None) -> None:
    """Make a key and sign with it from now on; the older ones stay, to check what they signed."""
    from portal import lifecycle
    from portal.certificate_desk import add_key

    try:
        made = add_key(lifecycle.settings_for(instance), kind)
    except ImportError as missing:
        raise click.ClickException("Ed25519 需要安装扩展：pip install 'hours-portal[sign]'。") from missing
    click.echo(f"新密钥 {made} 已启用，此后生成的证书由它签名。请重启服务并备份实例文件夹。")


@click.group("sign-ca")
def sign_ca_group() -> None:
    """The campus authority behind the digital signature of PDFs (extra `sign`)."""


@sign_ca_group.command("init")
@INSTANCE
def init_ca(instance: Path | None) -> None:
    """Make the authority and a signing certificate; PDFs made from now on are signed."""
    from datetime import UTC, datetime

    from portal import lifecycle
    from portal.certificate_desk import SIGN_FOLDER
    from portal.pdf import signing

    settings = lifecycle.settings_for(instance)
    folder = settings.instance / SIGN_FOLDER
    try:
        signing.make_authority(folder, school=settings.school, now=datetime.now(UTC))
    except ImportError as missing:
        raise click.ClickException("签名需要安装扩展：pip install 'hours-portal[sign]'。") from missing
    except FileExistsError:
        raise click.ClickException(f"{folder} 中已有签名证书，没有改动。") from None
    click.echo(f"已生成：{folder / 'ca.pem'}（交给各单位电脑信任）、signer.pem 与两把私钥。")
    click.echo("此后生成的 PDF 都带数字签名；ca.key 可移到离线介质保存。")
