"""`antar village`: which village an address means, one address or a whole file of them."""

import csv
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

import click

from dispatch.errors import Invalid
from maps.matching import Match, match

UNCLEAR = 1
"""How the command ends when a person has to choose, so that a script can tell."""


@click.command(help="Find the village a text means: its code, name and confidence, or the candidates to choose from.")
@click.argument("text", required=False)
@click.option("--office", default="", help="Kemendagri code of the regency, for example 35.05.")
@click.option(
    "--file",
    "source",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A CSV with the columns office,text; the answer is a CSV with office,text,code,confidence.",
)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Where the CSV goes (default: here).")
def village(text: str | None, office: str, source: Path | None, out: Path | None) -> None:
    if source is not None and text is None:
        _answer_file(source, out, office)
        return
    if text is None or source is not None:
        raise click.UsageError("Give either a TEXT or --file.")
    if not office:
        raise click.UsageError("Say which regency with --office, for example --office 35.05.")
    found = _match(text, office, "--office")
    click.echo(_words(found))
    if found.code is None:
        sys.exit(UNCLEAR)


def _words(found: Match) -> str:
    if found.code is not None:
        return f"{found.code}  {found.candidates[0].label}  {found.confidence:.3f}"
    lines = [found.reason]
    lines += [f"  {one.code}  {one.label}  {one.confidence:.3f}" for one in found.candidates]
    return "\n".join(lines)


def _answer_file(source: Path, out: Path | None, office: str) -> None:
    with source.open(encoding="utf-8-sig", newline="") as lines:
        answers = _answers(csv.DictReader(lines), source.name, office)
        if out is None:
            _write(answers, sys.stdout)
            return
        with out.open("w", encoding="utf-8", newline="") as written:
            _write(answers, written)


def _answers(lines: "csv.DictReader[str]", name: str, office: str) -> Iterator[tuple[str, str, str, str]]:
    """One answer a line, in the order of the file; the code stays empty where a person has to choose."""
    missing = {"text"} if office else {"office", "text"}
    missing -= set(lines.fieldnames or ())
    if missing:
        raise Invalid(f"{name} lacks the column {' and '.join(sorted(missing))}")
    for number, line in enumerate(lines, start=2):
        of, text = line.get("office") or office, line["text"] or ""
        found = _match(text, of, f"{name} line {number}")
        yield of, text, found.code or "", f"{found.confidence:.4f}"


def _write(answers: Iterator[tuple[str, str, str, str]], into: TextIO) -> None:
    writer = csv.writer(into, lineterminator="\n")
    writer.writerow(("office", "text", "code", "confidence"))
    writer.writerows(answers)


def _match(text: str, office: str, where: str) -> Match:
    try:
        return match(text, office)
    except ValueError as error:
        raise Invalid(f"{where}: {error}") from None
