"""The office reads its release policies and decides new ones: on the page, over the API, at the shell."""

from datetime import timedelta

import pytest
from click.testing import CliRunner

from dispatch.commands import Commands
from dispatch.store.models import ReleasePolicy
from tests.databases import OFFICE
from tests.dispatch.stories import all_is_well, rows

PAGE = {"Accept": "text/html"}
OWN = {
    "kind": "",
    "valid_from": "2026-11-25",
    "receivers": ["holder", "proxy"],
    "attempts": "3",
    "waiting_place": "office",
    "waiting_days": "5",
    "swap_old_card": "1",
    "fee_rupiah": "12000",
    "payer": "citizen",
    "photo": "off",
    "signature": "required",
    "code": "optional",
    "scan": "off",
}
TERMS = {"receivers": ["holder"], "attempts": 2, "waiting_place": "post_office", "waiting_days": 4}


def decided(runtime) -> list[ReleasePolicy]:
    """What was decided since the office was set up."""
    return [row for row in rows(runtime, ReleasePolicy) if row.office == OFFICE and not row.decided_by.startswith("sy")]


def test_the_page_says_what_holds_and_where_it_comes_from(sign_in):
    page = sign_in("viewer").get("/policies", headers=PAGE)

    assert page.status_code == 200
    assert "Blitar: kantor desa sebagai titik layanan" in page.text
    assert "menunggu 20 hari kerja di kantor desa" in page.text
    assert "Simpan aturan" not in page.text


def test_a_supervisor_takes_over_a_practice_from_a_day_on(sign_in, runtime):
    boss = sign_in("supervisor")
    form = {"practice": "nganjuk_cod", "kind": "", "valid_from": "2026-11-25"}

    answer = boss.post("/policies", data=form, headers=PAGE)

    assert answer.status_code == 303
    assert [(row.kind, row.practice, row.swap_old_card) for row in decided(runtime)] == [
        ("", "nganjuk_cod", False), ("kia", "nganjuk_cod", False), ("ktp_el", "nganjuk_cod", True),
    ]  # fmt: skip
    page = boss.get("/policies", headers=PAGE).text
    assert "mulai Rab 25 Nov 2026" in page
    assert "Rp 20.000, dibayar warga" in page
    assert all_is_well(runtime)


def test_a_supervisor_writes_the_offices_own_rule(sign_in, runtime, clock):
    boss = sign_in("supervisor")

    answer = boss.post("/policies", data=OWN, headers=PAGE)

    assert answer.status_code == 303
    (row,) = decided(runtime)
    assert (row.receivers, row.attempts, row.waiting_days, row.swap_old_card) == (["holder", "proxy"], 3, 5, True)
    assert (row.photo, row.signature, row.code, row.scan) == ("off", "required", "optional", "off")
    clock.advance(timedelta(days=1))
    page = sign_in("supervisor").get("/policies", headers=PAGE).text
    assert "menunggu 5 hari kerja di kantor Dukcapil" in page
    assert "Riwayat" in page


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"valid_from": "2026-11-23"}, "paling cepat mulai hari ini"),
        ({"valid_from": ""}, "tanggal mulai"),
        ({"attempts": "0"}, "1 sampai 9"),
        ({"attempts": "dua"}, "angka"),
        ({"receivers": []}, "satu penerima"),
        ({"photo": "selalu"}, "foto"),
        ({"practice": "jakarta"}, "salah satu praktik"),
    ],
)
def test_a_rule_without_sense_is_refused_on_the_page(sign_in, runtime, change, told):
    boss = sign_in("supervisor")

    boss.post("/policies", data={**OWN, **change}, headers=PAGE)

    assert told in boss.get("/policies", headers=PAGE).text
    assert decided(runtime) == []


def test_a_dispatcher_decides_no_rules(sign_in, runtime):
    assert sign_in("dispatcher").post("/policies", data=OWN, headers=PAGE).status_code == 403
    assert sign_in("dispatcher").post("/api/v1/policies", json={"terms": TERMS}).status_code == 403
    assert decided(runtime) == []


def test_the_api_lists_rules_history_and_practices(sign_in):
    answer = sign_in("viewer").get("/api/v1/policies").json

    assert answer["date"] == "2026-11-24"
    assert [rule["kind"] for rule in answer["in_force"]] == ["", "kia"]
    assert answer["in_force"][0]["proofs"]["photo"] == "optional"
    assert [rule["decided_by"] for rule in answer["history"]] == ["system:antar"] * 2
    nganjuk = next(one for one in answer["practices"] if one["name"] == "nganjuk_cod")
    assert (nganjuk["terms"]["swap_old_card"], nganjuk["kinds"]["ktp_el"]["swap_old_card"]) == (False, True)


def test_the_api_decides_a_rule_once(sign_in, runtime):
    boss, key = sign_in("supervisor"), {"Idempotency-Key": "rule-of-november"}

    first = boss.post("/api/v1/policies", json={"terms": TERMS, "kind": "ktp_el"}, headers=key)
    again = boss.post("/api/v1/policies", json={"terms": TERMS, "kind": "ktp_el"}, headers=key)

    assert first.status_code == 201
    assert first.json == again.json
    assert (first.json["items"][0]["valid_from"], first.json["items"][0]["waiting_place"]) == (
        "2026-11-24",
        "post_office",
    )
    assert len(decided(runtime)) == 1
    other_day = boss.get("/api/v1/policies?date=2026-11-01").json
    assert [rule["kind"] for rule in other_day["in_force"]] == ["", "kia"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "practice"),
        ({"practice": "pati_pos", "terms": TERMS}, "practice"),
        ({"practice": "jakarta"}, "practice"),
        ({"terms": {**TERMS, "attempts": 0}}, "attempts"),
        ({"terms": {**TERMS, "receivers": ["kucing"]}}, "receivers"),
        ({"terms": TERMS, "kind": "ikd"}, "kind"),
        ({"terms": TERMS, "valid_from": "2026-01-01"}, "valid_from"),
    ],
)
def test_the_api_names_the_field_and_its_rule(sign_in, runtime, body, field):
    answer = sign_in("admin").post("/api/v1/policies", json=body)

    assert (answer.status_code, answer.mimetype) == (422, "application/problem+json")
    assert [error["field"] for error in answer.json["errors"]] == [field]
    assert decided(runtime) == []


def test_at_the_shell(runtime, settings, monkeypatch):
    monkeypatch.setenv("ANTAR_HOME", str(settings.home))
    monkeypatch.setenv("ANTAR_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("ANTAR_PUBLIC_URL", settings.public_url)
    antar = Commands(name="antar")

    listed = CliRunner().invoke(antar, ["policies", "list", "--office", OFFICE], catch_exceptions=False)
    done = CliRunner().invoke(
        antar, ["policies", "apply", "garut_pos", "--office", OFFICE, "--from", "2030-01-02"], catch_exceptions=False
    )

    assert "banjarnegara_cod" in listed.output
    assert "all kinds            since 2020-01-01 (blitar_salam)" in listed.output
    assert "garut_pos holds in 35.05 from 2030-01-02 on for all kinds, kia." in done.output
    assert {row.practice for row in rows(runtime, ReleasePolicy) if str(row.valid_from) == "2030-01-02"} == {
        "garut_pos"
    }
