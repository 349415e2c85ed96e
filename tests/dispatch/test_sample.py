"""The sample file is what its program writes, and as varied as a real week."""

from collections import Counter

import pytest

from dispatch.data.sample_day import FILE, OFFICE, PRINT_DAYS, SampleRow, sample_csv, sample_rows
from dispatch.services.kinds import kind_named
from dispatch.services.nik import NikError, parse_nik
from dispatch.services.tables import read_table
from maps.gazetteer import gazetteer


@pytest.fixture(scope="module")
def rows() -> list[SampleRow]:
    return sample_rows()


@pytest.fixture(scope="module")
def good(rows) -> list[SampleRow]:
    return [row for row in rows if row.wrong is None]


def test_the_program_writes_the_very_file_that_is_shipped(rows):
    assert sample_csv(rows) == FILE.read_bytes()


def test_it_reads_back_as_412_rows():
    table = read_table(FILE.read_bytes())

    assert len(table.rows) == 412
    assert [row.number for row in table.rows] == list(range(2, 414))
    assert table.ignored == []


def test_good_rows_are_good(good):
    assert len(good) == 400
    assert {parse_nik(row.cells["nik"]).digits for row in good} == {row.cells["nik"] for row in good}
    assert all(kind_named(row.cells["jenis"]).deliverable for row in good)
    assert Counter(row.cells["jenis"] for row in good)["KTP-el"] > 150
    assert {gazetteer().village(row.village_code).regency_code for row in good} == {OFFICE}


def test_nobody_real_is_meant(good):
    """No kecamatan registers 7,000 children born on one day."""
    assert all(int(row.cells["nik"][12:]) >= 7000 for row in good)
    digits = [row.cells["telepon"].replace(" ", "").replace("-", "") for row in good if row.cells["telepon"]]
    assert all(phone.replace("+62", "0").startswith("08120000") for phone in digits)


def test_print_days_spread_over_the_working_week(good):
    per_day = Counter(row.cells["tanggal_cetak"] for row in good)

    assert sum(per_day[day.isoformat()] + per_day[f"{day:%d/%m/%Y}"] for day in PRINT_DAYS) == 400
    assert any("/" in text for text in per_day)


def test_villages_are_skewed_as_in_life(good):
    """A fifth of the villages that get anything hold half of the documents, and many villages get nothing."""
    per_village = Counter(row.village_code for row in good).most_common()

    assert 120 <= len(per_village) <= 220
    assert sum(count for _, count in per_village[: len(per_village) // 5]) >= 160


def test_half_name_the_village_by_code_and_some_names_are_misspelled(good):
    by_name = [row for row in good if not row.cells.get("kode_desa") and not row.to_review]
    plain = {village.name.lower() for village in gazetteer().villages(OFFICE)}
    misspelled = [
        row for row in by_name if row.cells["desa"].lower().removeprefix("ds. ").removeprefix("kel. ") not in plain
    ]

    assert 170 <= len(by_name) <= 230
    assert 40 <= len(misspelled) <= 90
    assert all(row.cells["kecamatan"] for row in by_name)


def test_six_name_a_village_of_two_kecamatan_and_no_kecamatan(good):
    names = Counter(village.name for village in gazetteer().villages(OFFICE))
    unclear = [row for row in good if row.to_review]

    assert len(unclear) == 6
    assert all(names[row.cells["desa"]] > 1 and "kecamatan" not in row.cells for row in unclear)


def test_ten_are_urgent(good):
    assert sum(row.cells["mendesak"] == "ya" for row in good) == 10


def test_the_twelve_mistakes_are_there(rows, good):
    bad = [row for row in rows if row.wrong is not None]

    assert Counter(row.wrong for row in bad) == {
        "nik": 4,
        "nama": 2,
        "tanggal_cetak": 2,
        "kode_desa": 2,
        "jenis": 1,
        "nomor_permohonan": 1,
    }
    for row in bad:
        if row.wrong == "nik":
            with pytest.raises(NikError):
                parse_nik(row.cells["nik"])
    (clash,) = [row for row in bad if row.wrong == "nomor_permohonan"]
    (first,) = [row for row in good if row.cells["nomor_permohonan"] == clash.cells["nomor_permohonan"]]
    assert rows.index(first) < rows.index(clash)
    assert first.cells["nik"] != clash.cells["nik"]


def test_any_number_of_rows_can_be_made_for_larger_trials():
    assert len(sample_rows(good=2_000, ambiguous=20, seed=7)) == 2_012
