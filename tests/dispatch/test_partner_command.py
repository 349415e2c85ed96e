"""Courier companies are set up from the shell, with clear words for whatever is wrong."""

import pytest
from click.testing import CliRunner

from dispatch.commands.partner import partner
from dispatch.commands.simulate import simulate
from dispatch.services import partner_accounts
from dispatch.services.partner_setups import SETUPS
from dispatch.store.models import PartnerRegion
from partners.simulator.kiriminaja import KiriminAjaSimulator
from tests.databases import OFFICE
from tests.dispatch.stories import rows

PHONE = ["--set", "sender_phone=081234567890"]


@pytest.fixture
def shell(runtime, monkeypatch):
    monkeypatch.setenv("ANTAR_HOME", str(runtime.settings.home))
    monkeypatch.setenv("ANTAR_DATABASE_URL", runtime.settings.database_url)

    def typed(*words: str, answers: str = "kunci-rahasia\n"):
        return CliRunner().invoke(partner, words, input=answers)

    return typed


@pytest.mark.parametrize("name", sorted(set(SETUPS) - {"reference"}))
def test_what_a_partner_needs_is_told_and_is_enough(shell, runtime, name):
    told = shell("needs", name).output
    needed = {"origin": "5484/61010", "api_secret": "rahasia", "client_id": "antar"}
    fields = [
        word
        for need in SETUPS[name].needs
        if need.name in needed
        for word in ("--set", f"{need.name}={needed[need.name]}")
    ]
    secret = ["--callback-secret", "kata-rahasia-yang-panjang"] if name == "borzo" else []

    done = shell("set", name, "--office", OFFICE, *PHONE, *fields, *secret)

    assert "sender_phone" in told
    assert done.exit_code == 0, done.output
    assert f"/callbacks/{OFFICE}/{name}" in done.output
    assert "kunci-rahasia" not in done.output
    with runtime.db.reading() as session:
        adapter = partner_accounts.adapter_for(session, runtime.keys, OFFICE, name, runtime.clock.now)
    assert adapter.name == name


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["lalamove", *PHONE], "needs api_secret"),
        (["lalamove", *PHONE, "--set", "api_secret=x", "--set", "colour=red"], "no field colour"),
        (["lalamove", *PHONE, "--set", "api_secret=x", "--url", "https://elsewhere.example"], "is reached at"),
        (["kiriminaja", *PHONE, "--set", "origin=Blitar"], "kecamatan and kelurahan number"),
        (["reference"], "needs --url"),
        (["borzo", *PHONE], "exactly one secret"),
    ],
)
def test_what_is_wrong_is_said(shell, words, said):
    answer = shell("set", words[0], "--office", OFFICE, *words[1:])

    assert answer.exit_code != 0
    assert said in answer.output


def test_regions_are_matched_by_name(shell, runtime):
    with KiriminAjaSimulator(api_key="kunci-rahasia") as simulator:
        given = ["--office", OFFICE, "--url", simulator.base_url, *PHONE, "--set", "origin=5484/61010"]
        assert shell("set", "kiriminaja", *given).exit_code == 0
        answer = shell("regions", "kiriminaja", "--office", OFFICE)

    assert "4 villages at kiriminaja" in answer.output
    assert {row.partner for row in rows(runtime, PartnerRegion)} <= {"kiriminaja"}
    assert "kiriminaja" in shell("list", "--office", OFFICE).output
    assert "counts again" in shell("thaw", "kiriminaja", "--office", OFFICE).output


def test_a_fault_nobody_knows_is_refused_before_anything_starts():
    answer = CliRunner().invoke(simulate, ["kiriminaja", "--faults", "earthquake=1"])

    assert answer.exit_code == 2
    assert "no fault is called earthquake" in answer.output
