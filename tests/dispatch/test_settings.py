"""A mistake in the environment stops the start with the full list."""

from pathlib import Path

import pytest

from dispatch.settings import Settings, SettingsError


def test_nothing_set_means_one_machine_with_sqlite():
    settings = Settings.from_env({})

    assert settings.database_url == "sqlite:///var/antar.db"
    assert settings.files == Path("var/files")
    assert not settings.https


def test_every_mistake_is_named_at_once():
    with pytest.raises(SettingsError) as refused:
        Settings.from_env({"ANTAR_WORKERS": "many", "ANTAR_DATABSE_URL": "x", "ANTAR_PUBLIC_URL": "antar.go.id"})

    for name in ("ANTAR_WORKERS", "ANTAR_DATABSE_URL", "ANTAR_PUBLIC_URL"):
        assert name in str(refused.value)


def test_addresses_with_passwords_stay_out_of_sight():
    settings = Settings.from_env({"ANTAR_DATABASE_URL": "postgresql+psycopg://antar:rahasia@db/antar"})

    assert "rahasia" not in repr(settings)


def test_a_tile_server_is_named_with_its_credit():
    url = "https://tiles.example/{z}/{x}/{y}.png"

    settings = Settings.from_env({"ANTAR_TILES_URL": url, "ANTAR_TILES_CREDIT": "© OpenStreetMap"})

    assert settings.tiles is not None
    assert settings.tiles.source() == "https://tiles.example"
    assert Settings.from_env({}).tiles is None
    for wrong in ({"ANTAR_TILES_URL": url}, {"ANTAR_TILES_URL": "ftp://x", "ANTAR_TILES_CREDIT": "x"}):
        with pytest.raises(SettingsError, match="ANTAR_TILES"):
            Settings.from_env(wrong)
