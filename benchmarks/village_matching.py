"""How often the village matcher decides, how often it is right, and how fast it is, on misspelled real addresses.

    python benchmarks/village_matching.py [--lines 4000] [--seed 9001] [--regencies 35.05,35.03] [--show 10]

Every address names a real village and its kecamatan, in one of many forms, with one or two slips in the village's name
and, half the time, one in the kecamatan's. The slips come from five separate models (any letter, neighbouring keys,
spelling of before 1972, sound, cutting of words), so that no single habit of the matcher is rewarded. A second table
asks questions that must go to a person: same names without a kecamatan, a kecamatan only, villages that do not exist.
Lines per second are of processor time on one core. Seeds below 1000 are for tuning the matcher; judge it with others.
"""

import argparse
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from maps.gazetteer import Village, gazetteer
from maps.matching import match, match_fields

REGENCIES = ("35.05", "35.03", "35.17", "32.04", "73.17", "91.03", "11.08", "35.73", "13.06")
KEYS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
HAMLETS: Sequence[str] = (
    "Krajan",
    "Sidomulyo",
    "Ngrejo",
    "Kedungsari",
    "Sumberan",
    "Karangrejo",
    "Tegalsari",
    "Jatisari",
    "Wonosari",
    "Bulusari",
    "Gondanglegi",
    "Dawung",
    "Manggis",
    "Tempuran",
    "Sukorame",
    "Mulyorejo",
    "Ngemplak",
    "Banjarejo",
    "Purwosari",
)
STREETS = ("Raya", "Merdeka", "Diponegoro", "Imam Bonjol", "Melati", "Pahlawan", "Kartini", "Veteran")
LANDMARKS = ("depan masjid", "dekat balai dusun", "sebelah timur SDN 2", "belakang pasar", "selatan makam")

Noise = Callable[[str, random.Random], str]


def dice_for(seed: str) -> random.Random:
    """The same throws for the same seed."""
    return random.Random(seed)  # noqa: S311 - nothing here is secret


def say(line: str) -> None:
    """One line of the report."""
    sys.stdout.write(line + "\n")


def any_letter(name: str, dice: random.Random) -> str:
    """One letter changed, dropped, doubled, put in or swapped with the next."""
    at = dice.randrange(len(name) - 1)
    letter = dice.choice("abcdefghijklmnopqrstuvwxyz")
    return dice.choice(
        (
            name[:at] + letter + name[at + 1 :],
            name[:at] + name[at + 1 :],
            name[:at] + name[at] + name[at:],
            name[:at] + letter + name[at:],
            name[:at] + name[at + 1] + name[at] + name[at + 2 :],
        )
    )


def neighbouring_key(name: str, dice: random.Random) -> str:
    """A finger on the next key."""
    at = dice.randrange(len(name))
    row = next((keys for keys in KEYS if name[at].lower() in keys), None)
    if row is None:
        return name
    place = row.index(name[at].lower()) + dice.choice((-1, 1))
    return name[:at] + row[max(0, min(place, len(row) - 1))] + name[at + 1 :]


def old_spelling(name: str, dice: random.Random) -> str:
    """The spelling of before 1972, sometimes only half of it."""
    changes = [("u", "oe"), ("j", "dj"), ("c", "tj"), ("y", "j"), ("U", "Oe"), ("J", "Dj"), ("C", "Tj"), ("Y", "J")]
    for new, old in changes:
        if dice.random() < 0.8:
            name = name.replace(new, old)
    return name


def by_sound(name: str, dice: random.Random) -> str:
    """Written as heard."""
    swaps = [("k", "g"), ("g", "k"), ("p", "b"), ("b", "p"), ("d", "t"), ("t", "d"), ("o", "a"), ("u", "o"), ("e", "i")]
    swaps += [("w", "u"), ("ng", "n"), ("h", ""), ("i", "ie"), ("a", "aa"), ("y", "i"), ("s", "z"), ("f", "p")]
    usable = [(this, that) for this, that in swaps if this in name[1:]]
    if not usable:
        return name
    this, that = dice.choice(usable)
    at = dice.choice([i for i in range(1, len(name)) if name.startswith(this, i)])
    return name[:at] + that + name[at + len(this) :]


def other_cutting(name: str, dice: random.Random) -> str:
    """Two words for one, or one for two."""
    if " " in name:
        return name.replace(" ", "", 1)
    return f"{name[: (at := dice.randrange(3, len(name) - 2))]} {name[at:]}" if len(name) > 6 else name


NOISES: Sequence[Noise] = (any_letter, neighbouring_key, by_sound, old_spelling, other_cutting)
NOISE_WEIGHTS = (5, 3, 3, 2, 3)


def misspell(name: str, dice: random.Random, slips: int) -> str:
    """The name after so many slips, each of a model drawn anew."""
    for _ in range(slips):
        name = dice.choices(NOISES, NOISE_WEIGHTS)[0](name, dice) if len(name) > 2 else name
    return name


def labelled(village: str, district: str, place: Village, dice: random.Random) -> str:
    """Each part with its label, in one of the usual spellings."""
    ds = dice.choice(("Ds.", "Ds", "Desa", "DS", "ds ", "Kel.", "Kelurahan", "Klr.", "Desa/Kel."))
    kec = dice.choice(("Kec.", "Kec", "Kecamatan", "Kcm.", "KEC ", "kec:"))
    join = dice.choice((" ", ", ", ",", " - "))
    parts = [f"{ds} {village}", f"{kec} {district}"]
    if dice.random() < 0.15:
        parts.reverse()
    ahead = [hamlet(dice)] if dice.random() < 0.6 else []
    return join.join([*ahead, *parts, *tail(place, dice)])


def half_labelled(village: str, district: str, place: Village, dice: random.Random) -> str:
    """Only the village or only the kecamatan with a label."""
    join = dice.choice((" ", ", ", " - "))
    if dice.random() < 0.5:
        return join.join([f"Ds. {village}", district, *tail(place, dice)])
    ahead = [f"RT {dice.randint(1, 9)} RW {dice.randint(1, 5)}"] if dice.random() < 0.5 else []
    return join.join([*ahead, village, f"Kec. {district}", *tail(place, dice)])


def bare(village: str, district: str, place: Village, dice: random.Random) -> str:
    """No labels: hamlet, village, kecamatan one behind the other."""
    join = dice.choice((" ", ", ", " - "))
    ahead = (
        [f"{dice.choice(HAMLETS)} RT {dice.randint(1, 20):02}/{dice.randint(1, 9):02}"] if dice.random() < 0.4 else []
    )
    return join.join([*ahead, village, district])


def hamlet(dice: random.Random) -> str:
    """What stands before the village: hamlet, RT/RW, street or landmark."""
    rt, rw = dice.randint(1, 20), dice.randint(1, 9)
    return dice.choice(
        (
            f"Dsn. {dice.choice(HAMLETS)} RT {rt:02} RW {rw:02}",
            f"dusun {dice.choice(HAMLETS)} rt/rw {rt:03}/{rw:03}",
            f"Dk {dice.choice(HAMLETS)}",
            f"Jl. {dice.choice(STREETS)} No. {rt}",
            f"JL {dice.choice(STREETS)} {rt} RT.{rt}/RW.{rw}",
            f"Dsn {dice.choice(HAMLETS)}, {dice.choice(LANDMARKS)},",
        )
    )


def tail(place: Village, dice: random.Random) -> list[str]:
    """What stands behind the kecamatan."""
    regency = place.regency.replace("Kabupaten ", dice.choice(("Kab. ", "Kabupaten ", "Kab ")))
    return dice.choice(([], [], [regency], [regency, place.postal_code], [regency, place.province]))


def column_match(village: str, district: str, place: Village, dice: random.Random) -> str | None:
    """The same names in columns of their own."""
    return match_fields(village=village, district=district, regency=place.regency_code, address=hamlet(dice)).code


FORMS: Sequence[Callable[[str, str, Village, random.Random], str]] = (labelled, half_labelled, bare)
FORM_WEIGHTS = (5, 2, 2)


def write_address(place: Village, dice: random.Random) -> str:
    """One misspelled address of this village."""
    village = misspell(place.name, dice, dice.choice((1, 1, 2)))
    district = misspell(place.district, dice, dice.choice((0, 1)))
    text = dice.choices(FORMS, FORM_WEIGHTS)[0](village, district, place, dice)
    return dice.choice((text, text, text.upper(), text.lower()))


def report_named(regencies: Sequence[str], lines: int, seed: int, show: int) -> None:
    """Print, per regency, the shares of addresses that name village and kecamatan."""
    say(f"{'regency':36} {'lines':>6} {'decided':>8} {'right of decided':>17} {'review':>7} {'lines/s':>8}")
    totals: Counter[str] = Counter()
    wrong: list[str] = []
    reviewed: list[str] = []
    for code in regencies:
        dice = dice_for(f"{seed} {code}")
        villages = gazetteer().villages(code)
        match("warm up", regency=code)
        cases = [(place, write_address(place, dice)) for place in dice.choices(villages, k=lines)]
        started = time.process_time()
        answers = [match(text, regency=code) for _, text in cases]
        seconds = time.process_time() - started
        counted = Counter(_grade(place, answer.code) for (place, _), answer in zip(cases, answers, strict=True))
        for (place, text), answer in zip(cases, answers, strict=True):
            line = f"{text!r} is {place.name}, {place.district}; read as {answer.name} {answer.confidence} {answer.why}"
            grade = _grade(place, answer.code)
            (wrong if grade == "wrong" else reviewed if grade == "review" else []).append(line)
        totals.update(counted)
        totals["ms"] += round(seconds * 1000)
        _print_row(gazetteer().regency(code).name, counted, seconds)
    _print_row("all", totals, totals["ms"] / 1000)
    for title, examples in (("wrong", wrong), ("to review", reviewed)):
        for line in dice_for(str(seed)).sample(examples, min(show, len(examples))):
            say(f"  {title}: {line}")


def report_columns(regencies: Sequence[str], lines: int, seed: int) -> None:
    """Print the same for names in columns of their own."""
    counted: Counter[str] = Counter()
    started = time.process_time()
    for code in regencies:
        dice = dice_for(f"{seed} columns {code}")
        for place in dice.choices(gazetteer().villages(code), k=lines):
            village = misspell(place.name, dice, dice.choice((1, 1, 2)))
            district = misspell(place.district, dice, dice.choice((0, 1)))
            counted[_grade(place, column_match(village, district, place, dice))] += 1
    _print_row("all, in columns", counted, time.process_time() - started)


def report_questions(regencies: Sequence[str], lines: int, seed: int, show: int) -> None:
    """Print how many of the questions nobody could answer were answered all the same."""
    asked: Counter[str] = Counter()
    answered: Counter[str] = Counter()
    examples: list[str] = []
    for code in regencies:
        dice = dice_for(f"{seed} questions {code}")
        villages = gazetteer().villages(code)
        neighbours = dice.sample([c for c in gazetteer().regency_names() if c[:2] == code[:2] and c != code], k=5)
        elsewhere = [village for other in neighbours for village in gazetteer().villages(other)]
        here = {v.name for v in villages}
        twice = [v for v in villages if sum(other.name == v.name for other in villages) > 1]
        for _ in range(lines):
            place = dice.choice(villages)
            stranger = dice.choice([v for v in dice.choices(elsewhere, k=20) if v.name not in here])
            questions = {
                "same name, no kecamatan": f"Ds. {dice.choice(twice).name}" if twice else "",
                "kecamatan only": f"{hamlet(dice)} Kec. {place.district}",
                "no such village": f"Desa {stranger.name} Kec. {place.district}",
                "no such kecamatan": f"Desa {place.name} Kec. {stranger.district}",
            }
            for kind, text in questions.items():
                if text and stranger.district not in {v.district for v in villages}:
                    asked[kind] += 1
                    answer = match(text, regency=code)
                    answered[kind] += answer.code is not None
                    if answer.code:
                        examples.append(f"{kind}: {text!r} read as {answer.name} {answer.confidence}")
    say("")
    for kind, count in asked.items():
        say(f"{kind:36} asked {count:>6}, answered {answered[kind]:>5} ({answered[kind] / count:.2%}), should be none")
    for line in examples[:show]:
        say(f"  {line}")


def _grade(place: Village, code: str | None) -> str:
    return "review" if code is None else "right" if code == place.code else "wrong"


def _print_row(name: str, counted: Counter[str], seconds: float) -> None:
    decided = counted["right"] + counted["wrong"]
    total = decided + counted["review"]
    right = counted["right"] / max(1, decided)
    say(
        f"{name:36} {total:>6} {decided / total:>8.2%} {right:>17.2%} {counted['review'] / total:>7.2%} "
        f"{total / seconds:>8.0f}"
    )


def main() -> None:
    """Read the options and print the tables."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--lines", type=int, default=2000, help="addresses per regency")
    options.add_argument("--seed", type=int, default=9001)
    options.add_argument("--regencies", default=",".join(REGENCIES))
    options.add_argument("--show", type=int, default=0, help="print so many wrong and reviewed addresses")
    chosen = options.parse_args()
    regencies = chosen.regencies.split(",")
    report_named(regencies, chosen.lines, chosen.seed, chosen.show)
    report_columns(regencies, chosen.lines // 4, chosen.seed)
    report_questions(regencies, chosen.lines // 10, chosen.seed, chosen.show)


if __name__ == "__main__":
    main()
