"""Finished documents for demonstrations longer than the sample day: good rows only, as many a day as asked for."""

from collections.abc import Sequence
from datetime import date
from random import Random

from dispatch.data.sample_day import OFFICE, SampleRow, sample_csv, sample_person
from maps.gazetteer import gazetteer

SEED = 350_511


def month_csvs(days: Sequence[date], per_day: int, *, seed: int = SEED) -> Sequence[bytes]:
    """One file for each day on which the office prints, every row of it without a mistake."""
    rng = Random(seed)  # noqa: S311  repeatable on purpose
    villages = gazetteer().villages(OFFICE)
    # few villages are large and many are small; kelurahan are towns
    weights = [(1.8 if v.kind == "kelurahan" else 1.0) / (0.12 + rng.random()) for v in villages]
    people = sample_person(rng)
    files = []
    for day in days:
        rows = []
        for number in range(per_day):
            village = rng.choices(villages, weights)[0]
            cells = people(number, village, day) | {"kode_desa": village.code}
            cells["nomor_permohonan"] = f"BLT-{day:%y%m%d}-{number + 1:05d}"
            rows.append(SampleRow(cells=cells, village_code=village.code))
        files.append(sample_csv(rows))
    return files
