"""Settings: nothing needed, everything named when it is wrong, keys made once and kept private."""

import stat

import pytest

from portal import create_app
from portal.config import BadSettings, key, load_settings, prepare_instance


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch):
    for name in ("PORTAL_INSTANCE", "PORTAL_DATABASE_URL", "PORTAL_BASE_URL", "PORTAL_TODAY"):
        monkeypatch.delenv(name, raising=False)


def test_with_nothing_set_everything_lies_in_the_instance(tmp_path):
    settings = load_settings({"instance": tmp_path})
    assert settings.database == f"sqlite:///{tmp_path / 'portal.db'}"
    assert settings.evidence_store == str(tmp_path / "evidence")
    assert not settings.secure


def test_the_environment_wins_over_the_file(tmp_path, monkeypatch):
    (tmp_path / "portal.toml").write_text('school = "甲大学"\nbase_url = "https://hours.example"\n', "utf-8")
    assert load_settings({"instance": tmp_path}).school == "甲大学"
    monkeypatch.setenv("PORTAL_SCHOOL", "乙大学")
    settings = load_settings({"instance": tmp_path})
    assert (settings.school, settings.secure) == ("乙大学", True)


@pytest.mark.parametrize(
    ("written", "named"),
    [
        ("proxy_hops = 9", "PORTAL_PROXY_HOPS"),
        ('base_url = "ftp://x"', "PORTAL_BASE_URL"),
        ('databse_url = "x"', "PORTAL_DATABSE_URL"),
        ("school = ", "portal.toml"),
    ],
)
def test_a_bad_setting_is_named(tmp_path, written, named):
    (tmp_path / "portal.toml").write_text(written, "utf-8")
    with pytest.raises(BadSettings, match=named):
        load_settings({"instance": tmp_path})


def test_a_key_is_made_once_and_readable_by_its_owner_only(tmp_path):
    settings = load_settings({"instance": tmp_path / "new"})
    prepare_instance(settings)
    made = key(settings, "secret")
    file = settings.instance / "secret.key"
    assert len(made) == 32
    assert key(settings, "secret") == made
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(settings.instance.stat().st_mode) == 0o700


def test_a_short_key_stops_the_portal(tmp_path):
    (tmp_path / "secret.key").write_bytes(b"short")
    with pytest.raises(BadSettings, match="32"):
        create_app(load_settings({"instance": tmp_path}))


def test_a_real_instance_only_knows_the_real_clock(tmp_path, monkeypatch):
    monkeypatch.setenv("PORTAL_TODAY", "2001-02-03")
    real = create_app(load_settings({"instance": tmp_path})).extensions["portal.clock"]
    demo = create_app(load_settings({"instance": tmp_path, "demo": True})).extensions["portal.clock"]
    assert not real.shifted
    assert real.today().year >= 2025
    assert demo.today().isoformat() == "2001-02-03"


def test_a_real_instance_answers_to_its_own_name_only(tmp_path):
    app = create_app(load_settings({"instance": tmp_path, "base_url": "http://hours.example"}))
    client = app.test_client()
    assert client.get("/healthz", headers={"Host": "hours.example"}).status_code == 200
    assert client.get("/healthz", headers={"Host": "evil.example"}).status_code == 400
