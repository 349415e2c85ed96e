"""An NIK is sealed for its place, matched under a key, and survives a change of keys."""

import pytest

from dispatch.store.privacy import KeyFileError, KeyRing

NIK = "3505016708900001"


def test_what_is_sealed_opens_only_in_its_place():
    ring = KeyRing.new()
    sealed = ring.seal(NIK, "35.05:nik")

    assert NIK not in sealed
    assert ring.open(sealed, "35.05:nik") == NIK
    with pytest.raises(KeyFileError):
        ring.open(sealed, "35.03:nik")


def test_old_values_open_after_a_new_key_seals():
    old = KeyRing.new()
    sealed = old.seal(NIK, "35.05:nik")
    new = old.rotated()

    assert new.open(sealed, "35.05:nik") == NIK
    assert new.seal(NIK, "35.05:nik").startswith("k2.")
    assert new.match(NIK, "35.05:nik") == old.match(NIK, "35.05:nik")


def test_matching_differs_between_places_and_installations():
    ring = KeyRing.new()

    assert ring.match(NIK, "35.05:nik") != ring.match(NIK, "35.03:nik")
    assert ring.match(NIK, "35.05:nik") != KeyRing.new().match(NIK, "35.05:nik")


def test_keys_are_kept_for_the_owner_only(tmp_path):
    ring = KeyRing.new()
    ring.save(tmp_path / "keys.json")

    assert (tmp_path / "keys.json").stat().st_mode & 0o077 == 0
    assert KeyRing.load(tmp_path / "keys.json") == ring
    assert "sealing" not in repr(ring)


@pytest.mark.parametrize("text", ["", "{}", '{"current": "k1", "sealing": {"k1": "QQ=="}, "matching": "QQ=="}'])
def test_a_broken_key_file_is_named(tmp_path, text):
    (tmp_path / "keys.json").write_text(text)

    with pytest.raises(KeyFileError, match=r"keys\.json"):
        KeyRing.load(tmp_path / "keys.json")
