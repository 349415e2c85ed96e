"""What a clerk may write in a row, and what he is told when it cannot be used."""

from datetime import date, datetime

import pytest

from dispatch.services.cells import FORMULA
from dispatch.services.intake_rows import Finished, from_plain, read_row

TODAY = date(2026, 11, 24)
SITI = {
    "kind": "KTP-el",
    "nik": "3505015507900003",
    "name": "SITI AMINAH",
    "village_code": "35.05.01.2003",
    "printed_on": "2026-11-18",
}


def taken(**changes: object) -> Finished:
    found = read_row({**SITI, **changes}, today=TODAY)
    assert isinstance(found, Finished), found
    return found


def rules(**changes: object) -> list[tuple[str, str]]:
    found = read_row({field: cell for field, cell in {**SITI, **changes}.items() if cell != ""}, today=TODAY)
    assert isinstance(found, list), found
    assert all(fault.reason for fault in found)
    return [(fault.field, fault.rule) for fault in found]


def test_five_columns_are_enough():
    siti = taken()

    assert (siti.kind, siti.name, siti.printed_on) == ("ktp_el", "SITI AMINAH", date(2026, 11, 18))
    assert (siti.phone, siti.address, siti.is_urgent, siti.channel) == ("", "", False, "walk_in")


def test_everything_wrong_is_told_at_once_and_in_the_order_of_the_columns():
    assert rules(nik="350501", name="", printed_on="2026-13-01", urgent="mungkin") == [
        ("nik", "nik_length"),
        ("name", "required"),
        ("printed_on", "date_shape"),
        ("urgent", "yes_or_no"),
    ]


@pytest.mark.parametrize(
    "text",
    ["2026-11-18", "18/11/2026", "18-11-2026", "2026-11-18 00:00:00", date(2026, 11, 18), datetime(2026, 11, 18, 9)],
)
def test_a_print_date_may_be_written_in_the_usual_ways(text):
    assert taken(printed_on=text).printed_on == date(2026, 11, 18)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("25/11/2026", "date_future"),
        ("18/11/1926", "date_past"),
        ("18/11/26", "date_shape"),
        ("31/02/2026", "date_shape"),
        (46344.0, "date_shape"),
        ("", "required"),
        (FORMULA, "formula"),
    ],
)
def test_a_print_date_is_never_guessed(text, rule):
    assert rules(printed_on=text) == [("printed_on", rule)]


def test_today_counts_as_printed():
    assert taken(printed_on="24/11/2026").printed_on == TODAY


@pytest.mark.parametrize("number", [3505015507900003.0, 3.2e15])
def test_an_nik_stored_as_a_number_is_refused_even_when_its_digits_look_whole(number):
    assert rules(nik=number) == [("nik", "nik_number")]


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("0812-3456-7890", "081234567890"),
        ("+62 812 3456 7890", "081234567890"),
        ("6281234567890", "081234567890"),
        (81234567890.0, "081234567890"),
        ("\u202a+62 812-3456-7890\u202c", "081234567890"),
        ("081234567890 / 085700001111", "081234567890"),
        ("(0342) 801234", "0342801234"),
        ("-", ""),
        ("tidak ada", ""),
    ],
)
def test_a_phone_number_is_brought_into_one_form(text, phone):
    assert taken(phone=text).phone == phone


@pytest.mark.parametrize("text", ["12345", "081", "0812345678901234", "ibu siti"])
def test_a_number_nobody_could_call_is_refused(text):
    assert rules(phone=text) == [("phone", "phone_shape")]


@pytest.mark.parametrize(
    "name", ["SITI\u202eHANIMA", "SITI\u200bAMINAH", "SITI\x07", "SITI\nAMINAH", "SITI\u2066A", "S\u00adI"]
)
def test_a_name_holds_nothing_invisible(name):
    assert rules(name=name) == [("name", "hidden_characters")]


def test_a_name_is_brought_into_one_spelling():
    """Two ways to write é, and a stray double blank."""
    assert taken(name="AMINE\u0301H  S.") == taken(name="AMIN\u00c9H S.".replace("É", "\u00c9"))


def test_a_name_needs_a_letter():
    assert rules(name="12345") == [("name", "no_letters")]


def test_street_hamlet_and_numbers_become_one_line():
    siti = taken(address="Jl. Melati 5\nbelakang", hamlet="Krajan", rt=3.0, rw="2", landmark="selatan masjid")

    assert siti.address == "Jl. Melati 5, belakang, Dsn. Krajan, RT 003/RW 002"
    assert siti.landmark == "selatan masjid"
    assert taken(rt_rw="RT 3 / RW 12").address == "RT 003/RW 012"
    assert taken(rt_rw="003/012").address == "RT 003/RW 012"


@pytest.mark.parametrize(("text", "urgent"), [("ya", True), ("TIDAK", False), (True, True), (1.0, True), ("0", False)])
def test_urgent_is_yes_or_no(text, urgent):
    assert taken(urgent=text).is_urgent is urgent


def test_an_urgent_channel_makes_it_urgent_unless_said_otherwise():
    assert taken(channel="mendesak").is_urgent
    assert not taken(channel="mendesak", urgent="tidak").is_urgent


@pytest.mark.parametrize(
    ("text", "code"),
    [("Datang Langsung", "walk_in"), ("undangan", "invited"), ("keliling", "mobile"), ("walk_in", "walk_in")],
)
def test_channels_are_known_in_both_languages(text, code):
    assert taken(channel=text).channel == code


def test_what_does_not_travel_is_refused():
    assert rules(kind="IKD") == [("kind", "not_carried")]
    assert rules(kind="Kartu Perpustakaan") == [("kind", "unknown_kind")]


def test_a_row_without_any_place_is_refused():
    assert rules(village_code="") == [("village", "required")]


def test_the_templates_example_is_not_taken_in():
    assert rules(request_number="CONTOH-0001") == [("request_number", "example")]


def test_our_own_prefix_cannot_be_borrowed():
    assert rules(request_number="AUTO-12") == [("request_number", "reserved")]


def test_a_number_typed_as_a_number_stays_whole_or_is_refused():
    assert taken(request_number=2026110001.0).request_number == "2026110001"
    assert rules(request_number=1e17) == [("request_number", "not_text")]


def test_a_shifted_row_is_refused():
    found = read_row(SITI, today=TODAY, surplus=True)

    assert isinstance(found, list)
    assert [fault.rule for fault in found] == ["surplus_cells"]


def test_an_apostrophe_of_our_own_exports_is_taken_off_again():
    assert taken(phone="'+6281234567890").phone == "081234567890"


def test_no_fault_and_no_repr_repeats_personal_data():
    found = read_row({**SITI, "nik": "350501550790000", "phone": "12345"}, today=TODAY)

    assert isinstance(found, list)
    assert not any(
        "350501550790000" in fault.reason or "12345" in fault.reason for fault in found if fault.field == "nik"
    )
    assert "SITI" not in repr(taken())
    assert "3505" not in repr(taken())


def test_a_row_can_be_put_away_and_taken_out_again():
    siti = taken(phone="081234567890", urgent="ya")

    assert from_plain(siti.to_plain()) == siti
