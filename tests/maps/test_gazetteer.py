"""The list of villages: what is in it, and how it answers to codes."""

import csv
from collections import Counter

import pytest

from maps.gazetteer import DATA, Gazetteer, dotted_code, gazetteer, time_zone


def test_a_village_is_found_by_its_code_with_or_without_dots():
    dotted = gazetteer().village("35.05.01.2003")

    assert gazetteer().village("3505012003") == dotted
    assert gazetteer().village(" 35.05.01.2003 ") == dotted
    assert (dotted.name, dotted.kind, dotted.district) == ("Rejosari", "desa", "Wonodadi")
    assert (dotted.regency, dotted.province) == ("Kabupaten Blitar", "Jawa Timur")
    assert dotted.own_point


def test_the_last_group_of_the_code_tells_kelurahan_from_desa():
    assert gazetteer().village("35.05.10.1008").kind == "kelurahan"
    assert {v.kind for v in gazetteer().villages("35.05") if v.code[9] == "1"} == {"kelurahan"}


@pytest.mark.parametrize(
    "code", ["", "35.05", "35.05.01.203", "3505.012003.", "35-05-01-2003", "ABCDEFGHIJ", "٣٥٠٥٠١٢٠٠٣"]
)
def test_what_is_not_a_village_code_is_named_in_the_error(code):
    with pytest.raises(ValueError, match="is not a region code such as"):
        gazetteer().village(code)


def test_codes_nobody_has_are_refused():
    with pytest.raises(ValueError, match=r"no village has the code 35\.05\.11\.2003"):
        gazetteer().village("35.05.11.2003")  # Garum never had this one
    with pytest.raises(ValueError, match=r"no village has the code 99\.01\.01\.2001"):
        gazetteer().village("9901012001")
    with pytest.raises(ValueError, match=r"no regency has the code 99\.99"):
        gazetteer().villages("99.99")


def test_the_pilot_regencies_have_the_villages_the_decree_lists():
    counts = {code: Counter(v.kind for v in gazetteer().villages(code)) for code in ("35.05", "35.03", "35.17")}

    assert counts["35.05"] == {"desa": 220, "kelurahan": 28}
    assert counts["35.03"] == {"desa": 152, "kelurahan": 5}
    assert counts["35.17"] == {"desa": 302, "kelurahan": 4}


def test_the_whole_country_is_there_and_lies_in_indonesia():
    regencies = gazetteer().regencies()
    villages = [v for regency in regencies for v in gazetteer().villages(regency.code)]

    assert (len(regencies), len(villages)) == (514, 83_762)
    assert len({v.code for v in villages}) == 83_762
    assert all(-11 < v.lat < 6 and 95 < v.lon < 141 for v in villages)
    assert sum(not v.own_point for v in villages) == 331
    assert all(v.code.startswith(v.district_code) and v.district_code.startswith(v.regency_code) for v in villages)


def test_a_regency_knows_its_name_province_clock_and_kecamatan():
    blitar = gazetteer().regency("3505")

    assert (blitar.code, blitar.name, blitar.province) == ("35.05", "Kabupaten Blitar", "Jawa Timur")
    assert blitar.time_zone == "Asia/Jakarta"
    assert len(blitar.districts) == 22
    assert (blitar.districts[0].code, blitar.districts[0].name) == ("35.05.01", "Wonodadi")
    assert gazetteer().regency_names()["35.05"] == blitar.name
    assert len(gazetteer().regency_names()) == 514


def test_the_village_names_of_a_province_are_those_of_its_regencies():
    names = gazetteer().village_names("35")

    assert {v.name for code in ("35.05", "35.78") for v in gazetteer().villages(code)} <= names
    assert "Keude Bakongan" not in names  # Aceh


@pytest.mark.parametrize(
    ("regency", "zone"),
    [
        ("11.01", "Asia/Jakarta"),  # Aceh
        ("62.01", "Asia/Jakarta"),  # Kalimantan Tengah keeps Jakarta time
        ("51.71", "Asia/Makassar"),  # Denpasar
        ("63.71", "Asia/Makassar"),  # Banjarmasin
        ("73.71", "Asia/Makassar"),
        ("81.71", "Asia/Jayapura"),  # Ambon
        ("91.71", "Asia/Jayapura"),
        ("96.71", "Asia/Jayapura"),  # Sorong
    ],
)
def test_the_clock_follows_the_province(regency, zone):
    assert gazetteer().regency(regency).time_zone == zone
    assert time_zone(regency[:2]) == zone


def test_the_better_points_of_the_pilots_are_applied():
    with (DATA / "pilot_point_overrides.csv").open(encoding="utf-8", newline="") as file:
        overrides = list(csv.DictReader(file))

    assert len(overrides) == 19
    for row in overrides:
        village = gazetteer().village(row["code"])
        assert (village.name, village.lat, village.lon) == (row["name"], float(row["lat"]), float(row["lon"]))


def test_a_known_office_is_suggested_where_it_stands():
    blitar = gazetteer().depot("35.05")

    assert (blitar.lat, blitar.lon) == (-8.12762, 112.21926)
    assert (blitar.estimate, blitar.uncertainty_m) == (False, 1500)


def test_an_unknown_office_is_placed_in_a_village_of_its_regency_and_marked():
    jayawijaya = gazetteer().depot("95.01")

    assert jayawijaya.estimate
    assert jayawijaya.uncertainty_m is None
    assert (jayawijaya.lat, jayawijaya.lon) in {(v.lat, v.lon) for v in gazetteer().villages("95.01")}


def test_the_list_is_read_once():
    assert gazetteer() is gazetteer()
    assert Gazetteer().village("35.05.01.2003") == gazetteer().village("35.05.01.2003")


def test_codes_of_every_level_are_written_with_dots():
    assert dotted_code("35", levels=1) == "35"
    assert dotted_code("3505", levels=2) == "35.05"
    assert dotted_code("350501", levels=3) == "35.05.01"
