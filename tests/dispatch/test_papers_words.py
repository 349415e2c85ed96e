"""Numbers and days as an official paper writes them."""

from datetime import date, timedelta

import pytest

from dispatch.papers.words import MOST, day_in_words, day_written, in_words, roman_month


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "nol"),
        (1, "satu"),
        (9, "sembilan"),
        (10, "sepuluh"),
        (11, "sebelas"),
        (12, "dua belas"),
        (18, "delapan belas"),
        (19, "sembilan belas"),
        (20, "dua puluh"),
        (21, "dua puluh satu"),
        (24, "dua puluh empat"),
        (31, "tiga puluh satu"),
        (99, "sembilan puluh sembilan"),
        (100, "seratus"),
        (101, "seratus satu"),
        (110, "seratus sepuluh"),
        (111, "seratus sebelas"),
        (115, "seratus lima belas"),
        (120, "seratus dua puluh"),
        (200, "dua ratus"),
        (411, "empat ratus sebelas"),
        (999, "sembilan ratus sembilan puluh sembilan"),
        (1000, "seribu"),
        (1001, "seribu satu"),
        (1010, "seribu sepuluh"),
        (1100, "seribu seratus"),
        (1111, "seribu seratus sebelas"),
        (1945, "seribu sembilan ratus empat puluh lima"),
        (2000, "dua ribu"),
        (2026, "dua ribu dua puluh enam"),
        (2100, "dua ribu seratus"),
        (9999, "sembilan ribu sembilan ratus sembilan puluh sembilan"),
        (1_482_500, "satu juta empat ratus delapan puluh dua ribu lima ratus"),
        (2_000_000_015, "dua miliar lima belas"),
    ],
)
def test_numbers_in_words(number, words):
    assert in_words(number) == words


def test_every_number_has_words_of_its_own():
    said = [in_words(number) for number in range(10_000)]

    assert len(set(said)) == 10_000
    assert not [words for words in said if "satu puluh" in words or "satu ratus" in words or "satu ribu" in words]


@pytest.mark.parametrize("number", [-1, MOST + 1])
def test_beyond_the_register_nothing_is_guessed(number):
    with pytest.raises(ValueError, match="not between"):
        in_words(number)


def test_a_day_as_a_berita_acara_opens_with_it():
    assert (
        day_in_words(date(2026, 11, 24))
        == "Selasa tanggal dua puluh empat bulan November tahun dua ribu dua puluh enam"
    )
    assert day_in_words(date(2027, 1, 1)) == "Jumat tanggal satu bulan Januari tahun dua ribu dua puluh tujuh"
    assert day_written(date(2026, 8, 17)) == "17 Agustus 2026"


def test_the_days_of_the_week_follow_the_calendar():
    monday = date(2026, 11, 23)
    names = [day_in_words(monday + timedelta(days=n)).split()[0] for n in range(7)]

    assert names == ["Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu"]
    assert [roman_month(month) for month in (1, 4, 9, 11, 12)] == ["I", "IV", "IX", "XI", "XII"]
