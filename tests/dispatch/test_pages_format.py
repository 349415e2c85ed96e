"""How numbers, days and states read."""

from datetime import UTC, date, datetime

import pytest

from dispatch.store.states import MACHINES
from dispatch.web import format as words


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (words.rupiah(1_482_000), "Rp 1.482.000"),
        (words.rupiah(0), "Rp 0"),
        (words.rupiah(-9_000), "−Rp 9.000"),
        (words.rupiah(None), "–"),
        (words.count(20_000), "20.000"),
        (words.km(3_240), "3,2 km"),
        (words.km(99_960), "100 km"),
        (words.km(1_234_000), "1.234 km"),
        (words.duration(7_800), "2 j 10 m"),
        (words.duration(3_600), "1 j"),
        (words.duration(3_599), "1 j"),
        (words.duration(45), "45 d"),
        (words.hour(29_700), "08.15"),
        (words.hour(0), "00.00"),
        (words.day(date(2026, 11, 24)), "Sel 24 Nov"),
        (words.clock(datetime(2026, 11, 24, 1, 15, tzinfo=UTC), "Asia/Jakarta"), "08.15"),
        (words.clock(datetime(2026, 11, 24, 1, 15, tzinfo=UTC), "Asia/Jayapura"), "10.15"),
        (words.moment(datetime(2026, 11, 23, 18, 0, tzinfo=UTC), "Asia/Jakarta"), "Sel 24 Nov 01.00"),
        (words.percent(0.031), "3,1 %"),
        (words.kind_name("ktp_el"), "KTP-el"),
        (words.short_office("Kabupaten Blitar"), "Kab. Blitar"),
        (words.short_office("Kota Kediri"), "Kota Kediri"),
    ],
)
def test_it_reads_as_people_here_write(written, expected):
    assert written == expected


@pytest.mark.parametrize("machine", ["document", "batch", "plan", "route", "stop", "shipment"])
def test_every_state_has_a_word_and_a_colour(machine):
    states = {end for _, end in MACHINES[machine]}

    assert states <= set(words.STATES[machine])
    assert len({word for word, _ in words.STATES[machine].values()}) == len(words.STATES[machine])
