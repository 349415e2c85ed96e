"""From addresses as people write them to villages: decided where it is clear, asked where it is not."""

import csv
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maps.address import segments_of
from maps.gazetteer import gazetteer
from maps.matching import THRESHOLD, match, match_fields
from maps.spelling import NameIndex

CASES = Path(__file__).parent / "data" / "village_addresses.csv"
REJOSARI = "35.05.01.2003"
KALIBOTO = "35.05.01.2004"


def hard_cases():
    with CASES.open(encoding="utf-8", newline="") as file:
        return [
            pytest.param(row["regency"], row["text"], row["expected"], id=f"{row['what_is_hard']}: {row['text']}")
            for row in csv.DictReader(file)
        ]


def village_of(text, regency="35.05"):
    code = match(text, regency).code
    return gazetteer().village(code).name if code else None


@pytest.mark.parametrize(("regency", "text", "expected"), hard_cases())
def test_an_address_finds_its_village_or_goes_to_a_person(regency, text, expected):
    answer = match(text, regency)

    assert (answer.code or "REVIEW") == expected, answer


def test_there_are_enough_hard_cases_of_both_kinds():
    expected = [case.values[2] for case in hard_cases()]

    assert len(expected) >= 200
    assert expected.count("REVIEW") >= 50


@pytest.mark.parametrize(
    "regency", ["35.05", "35.03", "35.17", "32.04", "73.17", "91.03", "11.08", "35.73", "13.06", "18.04"]
)
def test_every_village_is_found_by_its_own_name_and_kecamatan(regency):
    """In any province; where two villages of a kecamatan share a name nobody can tell, and nobody is told."""
    wrong, asked = [], []
    for village in gazetteer().villages(regency):
        answer = match(f"Ds. {village.name} Kec. {village.district} {village.regency}", regency)
        if answer.code is None:
            asked.append(village.name)
        elif answer.code != village.code:
            wrong.append((village.name, village.district, answer.name))

    assert wrong == []
    assert len(asked) <= len(gazetteer().villages(regency)) // 100, asked


@pytest.mark.parametrize("regency", ["35.05", "35.03", "35.17", "73.17", "11.08"])
def test_a_name_that_two_villages_share_is_never_decided_without_a_kecamatan(regency):
    names = [village.name for village in gazetteer().villages(regency)]
    shared = sorted({name for name in names if names.count(name) > 1})

    assert shared
    for name in shared:
        for text in (
            f"Ds. {name}",
            name,
            f"Desa {name}, {gazetteer().regency(regency).name}",
            f"Dsn Krajan RT 01 Kel. {name}",
        ):
            answer = match(text, regency)
            assert answer.code is None, text
            assert answer.confidence < THRESHOLD


def test_the_candidates_for_a_shared_name_are_all_shown():
    answer = match("Ds. Sumberjo", "35.05")

    assert answer.why == "same_name"
    assert answer.reason == "Ada beberapa desa/kelurahan dengan nama ini; kecamatannya perlu disebut."
    assert [c.label for c in answer.candidates[:3]] == [
        "Sumberjo, Kec. Kademangan",
        "Sumberjo, Kec. Sanankulon",
        "Sumberjo, Kec. Sutojayan",
    ]
    assert {c.confidence for c in answer.candidates[:3]} == {answer.confidence}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "empty"),
        ("- , .", "empty"),
        ("Ds. Xyzzy Kec. Wonodadi", "no_village"),
        ("Wonodadi", "only_district"),
        ("Ds. Sumberjo Kec. Wonodadi", "district_contradicts"),
        ("Ds. Rejosari Kec. Ngunut", "district_unknown"),
        ("Ds. Rejosari Kec. Wonodadi Kab. Kediri", "other_regency"),
        ("Rejosari Kaliboto Wonodadi", "two_villages"),
        ("Ds. Jajan Kec. Wonodadi", "close_call"),
    ],
)
def test_each_question_says_why_it_is_asked(text, why):
    answer = match(text, "35.05")

    assert (answer.code, answer.why) == (None, why)
    assert answer.confidence < THRESHOLD


def test_a_gampong_a_nagari_and_a_kampung_are_villages_where_they_are():
    assert village_of("Gampong Blang Bayu Kec. Syamtalira Bayu", "11.08") == "Blang Bayu"
    assert village_of("Gp. Ulee Gampong, Cot Girek, Aceh Utara", "11.08") == "Ulee Gampong"
    assert village_of("Nagari Sungai Landia, Kec. IV Koto, Kab. Agam", "13.06") == "Sungai Landia"
    assert village_of("Kampung Hatib Distrik Kemtuk Gresi Kab. Jayapura", "91.03") == "Hatib"
    assert village_of("Kel. Kauman, Kec. Klojen, Kota Malang 65119", "35.73") == "Kauman"
    assert village_of("Kel. Kauman, Kec. Klojen, Kab. Malang", "35.73") is None


def test_columns_say_which_name_is_which():
    assert match_fields(regency="35.05", village="Rejosri", district="Wonodai").code == REJOSARI
    assert match_fields(regency="3505", village="DESA REJOSARI", district="KEC. WONODADI").code == REJOSARI
    assert match_fields(regency="35.05", village="Wonodadi", district="Wonodadi").code == "35.05.01.2005"
    assert match_fields(regency="35.05", village="Wonodadi").code == "35.05.01.2005"
    assert match_fields(regency="35.05", village="Sumberjo").code is None
    assert match_fields(regency="35.05", village=REJOSARI).code == REJOSARI
    assert match_fields(regency="35.05").why == "empty"


def test_the_address_adds_what_the_columns_leave_out():
    assert (
        match_fields(regency="35.05", village="Sumberjo", address="Krajan RT 01 Kec. Sanankulon").code
        == "35.05.07.2009"
    )
    assert match_fields(regency="35.05", village="", address="Dsn Krajan Ds Rejosari Kec Wonodadi").code == REJOSARI
    assert match_fields(regency="35.05", village="Rejosari", address="Dsn. Kaliboto RT 02 RW 01").code == REJOSARI


def test_columns_that_contradict_the_address_are_asked_about():
    two = match_fields(regency="35.05", village="Rejosari", district="Wonodadi", address="Ds. Kaliboto RT 01")
    other_district = match_fields(regency="35.05", village="Rejosari", district="Srengat")
    other_regency = match_fields(regency="35.05", village="Rejosari", district="Wonodadi", regency_name="Kab. Kediri")

    assert (two.code, two.why) == (None, "two_villages")
    assert [c.code for c in two.candidates] == [REJOSARI, KALIBOTO]
    assert (other_district.code, other_district.why) == (None, "district_contradicts")
    assert (other_regency.code, other_regency.why) == (None, "other_regency")
    assert match_fields(regency="35.05", village="Rejosari", regency_name="BLITAR").code == REJOSARI


def test_an_office_nobody_has_is_refused():
    with pytest.raises(ValueError, match=r"no regency has the code 99\.99"):
        match("Ds. Rejosari", "99.99")
    with pytest.raises(ValueError, match="is not a region code"):
        match("Ds. Rejosari", "Blitar")


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=80))
def test_any_text_gets_an_answer(text):
    answer = match(text, "35.05")

    assert 0 <= answer.confidence <= 1
    assert answer.code is None or answer.confidence >= THRESHOLD
    assert sum(candidate.confidence for candidate in answer.candidates) <= 1.001


@pytest.mark.parametrize(
    ("written", "slips"),
    [
        ("Sumberkembar", 0),
        ("SUMBER KEMBAR", 0),
        ("Soemberkembar", 0.25),
        ("Sumberkemar", 1),
        ("Sumbrekembar", 1),
        ("Sombirkembar", 1.2),
        ("Sombarkembar", 1.6),
    ],
)
def test_slips_are_counted_by_letter_and_ear(written, slips):
    near = NameIndex(["Sumberkembar", "Rejosari"]).near(tuple(written.lower().split()))

    assert near == {0: pytest.approx(slips)}


def test_an_address_is_cut_where_its_labels_say():
    runs = segments_of("Dsn. Krajan RT 03/RW 1, Jl. Melati 5 DESA: Rejosari KecWonodadi 66155", province="35")

    assert [(run.role, " ".join(run.words)) for run in runs] == [
        ("hamlet", "krajan"),
        ("street", "melati"),
        ("village", "rejosari"),
        ("district", "wonodadi"),
    ]
