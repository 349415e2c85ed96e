"""What an NIK may look like, and that it is never shown whole."""

from datetime import date

import pytest

from dispatch.services.kinds import BY_CODE, KINDS, kind_named
from dispatch.services.nik import NikError, masked, nik_warnings, parse_nik


def test_a_womans_day_carries_forty():
    nik = parse_nik("3505015507900003")

    assert (nik.day, nik.month, nik.year, nik.woman) == (15, 7, 90, True)
    assert nik.district_code == "35.05.01"


def test_spaces_between_the_digits_are_forgiven():
    assert parse_nik(" 350501 150790 0003 ").digits == "3505011507900003"


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("350501150790003", "nik_length"),
        ("35050115079000031", "nik_length"),
        ("3505011507900000", "nik_serial"),
        ("3505013113900003", "nik_date"),
        ("3505013002900003", "nik_date"),
        ("3505017202900003", "nik_date"),
        ("3505010001900003", "nik_date"),
        ("3.2E+15", "nik_number"),
        ("3,50501E+15", "nik_number"),
        ("35050115079O0003", "nik_digits"),
        ("3505011507900003.0", "nik_digits"),
        ("٣٥٠٥٠١١٥٠٧٩٠٠٠٠٣", "nik_digits"),
        ("", "nik_digits"),
    ],
)
def test_what_cannot_be_an_nik_is_refused_without_repeating_it(text, rule):
    with pytest.raises(NikError) as refused:
        parse_nik(text)

    assert refused.value.rule == rule
    assert not text or text not in refused.value.sentence


def test_a_leap_day_counts_when_one_of_the_two_centuries_has_it():
    """1900 had no 29 February, 2000 had one."""
    assert parse_nik("3505012902000003").day == 29


def test_a_person_who_moved_here_or_was_corrected_is_only_a_warning():
    nik = parse_nik("3578011507900003")

    assert nik_warnings(nik, district_code="35.78.01", born_on=date(1990, 7, 15)) == ()
    assert len(nik_warnings(nik, district_code="35.05.01", born_on=date(1990, 7, 16))) == 2


def test_only_the_last_four_digits_are_ever_shown():
    nik = parse_nik("3505011507903456")

    assert masked(nik.digits) == "************3456"
    assert "35050115079" not in f"{nik} {nik!r}"


@pytest.mark.parametrize("text", ["KTP", "e-KTP", "KTP el", "E KTP", "ktp-el", "Kartu Tanda Penduduk", "ktp_el"])
def test_people_write_ktp_in_many_ways(text):
    assert kind_named(text).code == "ktp_el"


@pytest.mark.parametrize(
    ("text", "code"),
    [("Akte Lahir", "akta_kelahiran"), ("KUTIPAN AKTA KELAHIRAN", "akta_kelahiran"), ("surat pindah", "skpwni")],
)
def test_certificates_have_everyday_names(text, code):
    assert kind_named(text).code == code


def test_cards_travel_papers_may_be_printed_at_home_and_digital_ones_do_not_travel():
    assert BY_CODE["ktp_el"].deliverable
    assert not BY_CODE["ktp_el"].self_printable
    assert BY_CODE["kk"].deliverable
    assert BY_CODE["kk"].self_printable
    assert not BY_CODE["ikd"].deliverable


def test_every_kind_is_found_by_its_own_code_and_name():
    assert [kind_named(kind.code) for kind in KINDS] == list(KINDS)
    assert [kind_named(kind.name) for kind in KINDS] == list(KINDS)


def test_an_unknown_kind_is_refused():
    with pytest.raises(ValueError, match="Kartu Perpustakaan"):
        kind_named("Kartu Perpustakaan")
