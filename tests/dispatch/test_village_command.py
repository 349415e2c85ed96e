"""`antar village` finds the village of an address from the shell, one or a file of them."""

import csv

import pytest
from click.testing import CliRunner, Result

from dispatch.commands.village import village
from dispatch.errors import Invalid


def antar_village(*arguments: object) -> Result:
    return CliRunner().invoke(village, [str(argument) for argument in arguments])


def test_one_address_gets_its_code_name_and_confidence():
    found = antar_village("Dsn. Krajan RT 03 Ds Rejosari Kec. Wonodadi", "--office", "35.05")

    assert found.exit_code == 0
    code, name, confidence = found.output.strip().split("  ")
    assert (code, name) == ("35.05.01.2003", "Rejosari, Kec. Wonodadi")
    assert float(confidence) > 0.9


def test_a_name_of_several_villages_gets_the_candidates_and_a_sign_for_scripts():
    found = antar_village("Ds Sumberagung", "--office", "3505")

    assert found.exit_code == 1
    reason, *candidates = found.output.strip().splitlines()
    assert "kecamatan" in reason
    assert sum("Sumberagung" in line for line in candidates) >= 2


def test_a_file_is_answered_line_by_line(tmp_path):
    """Two offices in one file; what nobody can tell keeps an empty code and its confidence."""
    asked, answered = tmp_path / "in.csv", tmp_path / "out.csv"
    asked.write_text(
        'office,text\n35.05,"Dsn. Krajan, Ds Rejosari, Kec. Wonodadi"\n'
        "35.05,Ds Sumberagung\n35.03,Sumbergedong Trenggalek\n",
        encoding="utf-8-sig",
    )

    here = antar_village("--file", asked)
    there = antar_village("--file", asked, "--out", answered)

    assert (here.exit_code, there.exit_code, there.output) == (0, 0, "")
    assert here.stdout == answered.read_text(encoding="utf-8")
    lines = list(csv.DictReader(here.stdout.splitlines()))
    assert list(lines[0]) == ["office", "text", "code", "confidence"]
    assert [line["code"] for line in lines] == ["35.05.01.2003", "", "35.03.11.1007"]
    assert lines[0]["text"] == "Dsn. Krajan, Ds Rejosari, Kec. Wonodadi"
    assert 0 < float(lines[1]["confidence"]) < 0.9


def test_a_file_of_one_office_needs_no_office_column(tmp_path):
    asked = tmp_path / "in.csv"
    asked.write_text("text\nRejosari Wonodadi\n")

    assert "35.05.01.2003" in antar_village("--file", asked, "--office", "35.05").output
    with pytest.raises(Invalid, match="lacks the column office"):
        CliRunner().invoke(village, ["--file", str(asked)], catch_exceptions=False)


@pytest.mark.parametrize("arguments", [[], ["Rejosari"], ["Rejosari", "--file", __file__, "--office", "35.05"]])
def test_half_a_question_is_explained(arguments):
    asked = antar_village(*arguments)

    assert asked.exit_code == 2
    assert "--" in asked.output


def test_an_office_nobody_knows_is_named():
    with pytest.raises(Invalid, match=r"35\.99"):
        CliRunner().invoke(village, ["Rejosari", "--office", "35.99"], catch_exceptions=False)
