"""Release policies: fifteen practices as tables of what may happen, what follows, and what is asked for."""

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from dispatch.errors import Invalid
from dispatch.services.calendar import Calendar
from dispatch.services.kinds import KINDS
from dispatch.services.policies import ReleasePolicy, at_destination, may_receive, next_step, strictest
from dispatch.services.practices import default_for, practice_named, practices
from dispatch.services.proof_rules import Evidence, gaps
from dispatch.services.reasons import REASONS, reasons_at
from dispatch.services.receivers import RECEIVERS, receiver_of

TUESDAY = date(2026, 11, 24)
WORKING_DAYS = Calendar(ZoneInfo("Asia/Jakarta"), {})

# practice, kind, why it failed, how many attempts that count (this one too), where → what follows
FAILURES = [
    # nobody at home: another route until the policy's attempts are used up, then it waits where the policy says
    ("trenggalek_blojek", "ktp_el", "TIDAK_DI_RUMAH", 1, "home", "retry"),
    ("trenggalek_blojek", "ktp_el", "TIDAK_DI_RUMAH", 2, "home", "wait village_office 2026-12-22"),
    ("blitar_pos", "ktp_el", "TIDAK_DI_RUMAH", 2, "home", "wait district_office 2026-12-22"),
    ("jombang_door", "ktp_el", "TIDAK_DI_RUMAH", 1, "home", "retry"),
    ("jombang_door", "ktp_el", "TIDAK_DI_RUMAH", 2, "home", "wait village_office 2026-12-08"),
    ("jombang_door", "kia", "TIDAK_DI_RUMAH", 3, "home", "wait village_office 2026-12-08"),
    ("nganjuk_cod", "kk", "TIDAK_DI_RUMAH", 2, "home", "wait office 2026-12-22"),
    ("mojokerto_pos", "kk", "TIDAK_DI_RUMAH", 1, "home", "retry"),
    ("mojokerto_pos", "kk", "TIDAK_DI_RUMAH", 2, "home", "wait office 2026-12-22"),
    ("banjarnegara_cod", "ktp_el", "TIDAK_DI_RUMAH", 1, "home", "retry"),
    ("banjarnegara_cod", "ktp_el", "TIDAK_DI_RUMAH", 2, "home", "wait post_office 2026-11-26"),
    ("lubuk_linggau_pos", "akta_kelahiran", "TIDAK_DI_RUMAH", 2, "home", "wait office 2026-12-22"),
    ("garut_pos", "ktp_el", "TIDAK_DI_RUMAH", 1, "home", "retry"),
    ("garut_pos", "ktp_el", "TIDAK_DI_RUMAH", 2, "home", "wait office 2026-12-22"),
    ("pati_pos", "ktp_el", "TIDAK_DI_RUMAH", 1, "home", "wait village_office 2026-12-02"),
    ("oki_pos", "ktp_el", "TIDAK_DI_RUMAH", 2, "home", "wait village_office 2026-12-22"),
    ("tangsel_sianduk", "ktp_el", "TIDAK_DI_RUMAH", 1, "home", "wait office 2026-12-22"),
    ("balikpapan_gosend", "skpwni", "TIDAK_DI_RUMAH", 1, "home", "wait office 2026-12-22"),
    ("malang_post_points", "ktp_el", "TIDAK_DI_RUMAH", 1, "home", "wait post_office 2026-12-08"),
    ("pringapus_hall", "ktp_el", "TIDAK_DI_RUMAH", 1, "home", "wait village_office 2026-12-22"),
    ("blitar_salam", "ktp_el", "TIDAK_DI_RUMAH", 2, "home", "wait village_office 2026-12-22"),
    # what is nobody's fault is no attempt, however often it happens
    ("pati_pos", "ktp_el", "CUACA_AKSES", 1, "home", "retry"),
    ("banjarnegara_cod", "ktp_el", "CUACA_AKSES", 9, "home", "retry"),
    ("banjarnegara_cod", "ktp_el", "BELUM_DIKUNJUNGI", 9, "home", "retry"),
    ("trenggalek_blojek", "ktp_el", "CUACA_AKSES", 5, "village_office", "retry"),
    # a closed office is no absent citizen: the office rings it up in the end
    ("trenggalek_blojek", "ktp_el", "KANTOR_DESA_TUTUP", 1, "village_office", "retry"),
    ("trenggalek_blojek", "ktp_el", "KANTOR_DESA_TUTUP", 2, "village_office", "hold"),
    ("blitar_pos", "ktp_el", "KANTOR_DESA_TUTUP", 2, "district_office", "hold"),
    ("blitar_pos", "ktp_el", "DIRETUR_MITRA", 1, "village_office", "retry"),
    ("blitar_pos", "ktp_el", "DIRETUR_MITRA", 2, "village_office", "hold"),
    ("banjarnegara_cod", "ktp_el", "DIRETUR_MITRA", 2, "home", "wait post_office 2026-11-26"),
    # the old card: without it no new one where it is swapped; the citizen brings it to where the new one waits
    ("nganjuk_cod", "ktp_el", "KTP_LAMA_TIDAK_DISERAHKAN", 1, "home", "wait office 2026-12-22"),
    ("nganjuk_cod", "kia", "KTP_LAMA_TIDAK_DISERAHKAN", 1, "home", "retry"),
    ("mojokerto_pos", "ktp_el", "KTP_LAMA_TIDAK_DISERAHKAN", 1, "home", "retry"),
    ("mojokerto_pos", "ktp_el", "KTP_LAMA_TIDAK_DISERAHKAN", 2, "home", "wait office 2026-12-22"),
    # a person has to look first, at the very first time
    ("jombang_door", "ktp_el", "PINDAH", 1, "home", "hold"),
    ("jombang_door", "ktp_el", "ALAMAT_TIDAK_DITEMUKAN", 1, "home", "hold"),
    ("jombang_door", "ktp_el", "DI_LUAR_NEGERI", 1, "home", "hold"),
    ("garut_pos", "ktp_el", "IDENTITAS_TIDAK_COCOK", 1, "home", "hold"),
    ("nganjuk_cod", "ktp_el", "MENOLAK", 1, "home", "hold"),
    ("trenggalek_blojek", "ktp_el", "MENOLAK", 1, "village_office", "hold"),
    ("oki_pos", "kk", "DOKUMEN_HILANG", 1, "home", "hold"),
    ("pati_pos", "ktp_el", "MENINGGAL", 1, "home", "return"),
    # this print is of no use to anybody
    ("jombang_door", "ktp_el", "DATA_SALAH_CETAK", 1, "home", "reprint"),
    ("trenggalek_blojek", "kk", "DOKUMEN_RUSAK", 1, "village_office", "reprint"),
    ("balikpapan_gosend", "kia", "DOKUMEN_RUSAK", 1, "home", "reprint"),
]


@pytest.mark.parametrize(("practice", "kind", "reason", "attempts", "where", "follows"), FAILURES)
def test_what_follows_a_failure(practice, kind, reason, attempts, where, follows):
    step = next_step(practice_named(practice).for_kind(kind), reason, attempts, where)

    until = step.until(WORKING_DAYS, TUESDAY)
    assert " ".join(filter(None, [step.action, step.place, until and until.isoformat()])) == follows


# practice, kind, who stands at the door → may they take it?
RECEPTIONS = [
    ("trenggalek_blojek", "ktp_el", "Orangnya sendiri", True),
    ("trenggalek_blojek", "ktp_el", "Keluarga satu KK", True),
    ("trenggalek_blojek", "ktp_el", "Ketua RT", True),
    ("trenggalek_blojek", "ktp_el", "Tetangga", False),
    ("trenggalek_blojek", "kia", "Orangnya sendiri", False),
    ("trenggalek_blojek", "kia", "Orang tua atau wali", True),
    ("trenggalek_blojek", "kia", "Ketua RT", False),
    ("blitar_pos", "kk", "Membawa surat kuasa", True),
    ("blitar_pos", "kk", "Ketua RT", False),
    ("jombang_door", "ktp_el", "Keluarga serumah", True),
    ("jombang_door", "ktp_el", "Perangkat desa", False),
    ("nganjuk_cod", "ktp_el", "Tetangga", False),
    ("garut_pos", "ktp_el", "Orangnya sendiri", True),
    ("garut_pos", "ktp_el", "Keluarga satu KK", False),
    ("garut_pos", "kia", "Keluarga satu KK", True),
    ("pati_pos", "ktp_el", "Kepala desa", True),
    ("pati_pos", "ktp_el", "Ketua RT", False),
    ("oki_pos", "ktp_el", "Kepala desa", True),
    ("oki_pos", "kia", "Sekretaris desa", True),
    ("tangsel_sianduk", "ktp_el", "Membawa surat kuasa", True),
    ("balikpapan_gosend", "skpwni", "Keluarga serumah", True),
    ("malang_post_points", "ktp_el", "Ketua RW", False),
    ("pringapus_hall", "ktp_el", "Perangkat desa", True),
    ("blitar_salam", "ktp_el", "village_officer", True),
    ("blitar_salam", "ktp_el", "Lainnya", False),
    ("blitar_salam", "ktp_el", "", False),
]


@pytest.mark.parametrize(("practice", "kind", "relation", "allowed"), RECEPTIONS)
def test_who_may_receive(practice, kind, relation, allowed):
    assert may_receive(practice_named(practice).for_kind(kind), relation) is allowed


# practice, kind, old cards due, what was shown at the home → the fields that are missing
SHOWN = [
    ("blitar_salam", "ktp_el", 0, Evidence(relation="holder"), []),
    ("jombang_door", "ktp_el", 0, Evidence(relation="holder"), ["signature"]),
    ("jombang_door", "ktp_el", 0, Evidence(relation="holder", signature=True), []),
    ("jombang_door", "ktp_el", 0, Evidence(relation="Tetangga"), ["relation", "signature"]),
    ("nganjuk_cod", "ktp_el", 1, Evidence(relation="family", signature=True), ["old_cards"]),
    ("nganjuk_cod", "ktp_el", 1, Evidence(relation="family", signature=True, old_cards=1), []),
    ("nganjuk_cod", "ktp_el", 2, Evidence(relation="family", signature=True, old_cards=1), ["old_cards"]),
    ("nganjuk_cod", "ktp_el", 1, Evidence(relation="family", signature=True, note="KTP lama hilang"), []),
    ("nganjuk_cod", "kk", 0, Evidence(relation="family", signature=True), []),
    ("garut_pos", "ktp_el", 0, Evidence(relation="family", signature=True), ["relation"]),
    ("balikpapan_gosend", "ktp_el", 0, Evidence(relation="family"), ["photo"]),
    ("balikpapan_gosend", "ktp_el", 0, Evidence(relation="family", photo=True), []),
    ("tangsel_sianduk", "ktp_el", 0, Evidence(relation="proxy", code=True), []),
]


@pytest.mark.parametrize(("practice", "kind", "due", "shown", "missing"), SHOWN)
def test_what_a_hand_over_lacks(practice, kind, due, shown, missing):
    found = gaps(practice_named(practice).for_kind(kind), shown, cards_due=due)

    assert [error.field for error in found] == missing


def policy(practice: str, kind: str) -> ReleasePolicy:
    terms = practice_named(practice).for_kind(kind)
    return ReleasePolicy(kind=kind, **{name: getattr(terms, name) for name in terms.__dataclass_fields__})


# what lies in one envelope together → receivers, attempts, where it waits and how long, old cards, fee, signature
ENVELOPES = [
    ([("nganjuk_cod", "ktp_el"), ("nganjuk_cod", "kk")], "family holder", 2, "office", 20, True, 20_000, "required"),
    ([("oki_pos", "ktp_el"), ("jombang_door", "kia")], "family holder", 2, "village_office", 10, False, 0, "required"),
    ([("garut_pos", "ktp_el"), ("garut_pos", "kia")], "holder", 2, "office", 20, False, 0, "required"),
    ([("jombang_door", "kia"), ("garut_pos", "kia")], "family", 2, "office", 10, False, 0, "required"),
    ([("banjarnegara_cod", "kk"), ("pati_pos", "kk")], "family holder", 1, "post_office", 2, False, 10_000, "optional"),
]  # fmt: skip


@pytest.mark.parametrize(("kinds", "receivers", "attempts", "place", "days", "swaps", "fee", "signature"), ENVELOPES)
def test_one_envelope_obeys_the_strictest_of_its_documents(
    kinds, receivers, attempts, place, days, swaps, fee, signature
):
    """Who holds one of the documents is family to the child whose card lies beside it."""
    both = strictest([policy(practice, kind) for practice, kind in kinds])

    assert " ".join(sorted(both.receivers)) == receivers
    assert (both.attempts, both.waiting_place, both.waiting_days) == (attempts, place, days)
    assert (both.swap_old_card, both.fee_rupiah, both.proofs["signature"]) == (swaps, fee, signature)


def test_at_an_office_its_people_receive_and_no_card_is_swapped():
    desk = at_destination(policy("nganjuk_cod", "ktp_el"), "village_office")

    assert may_receive(desk, "Sekretaris desa")
    assert may_receive(desk, "Operator kecamatan")
    assert not may_receive(desk, "Ketua RT")
    assert not desk.swap_old_card


def test_there_are_fifteen_practices_and_every_pilot_office_starts_with_its_own():
    assert len(practices()) == 15
    assert [default_for(office).name for office in ("35.03", "35.05", "35.17", "11.01")] == [
        "trenggalek_blojek", "blitar_salam", "jombang_door", "blitar_salam",
    ]  # fmt: skip
    assert all("holder" not in practice.for_kind("kia").receivers for practice in practices().values())


def test_every_failure_leads_somewhere_in_every_practice():
    """Whatever a rider taps, at whatever attempt, somebody knows what to do next."""
    for practice in practices().values():
        for kind in KINDS:
            terms = practice.for_kind(kind.code)
            for where in ("home", "village_office", "district_office"):
                for reason in REASONS:
                    step = next_step(terms, reason, terms.attempts, where)
                    assert (step.action == "wait") == (step.until(WORKING_DAYS, TUESDAY) is not None)
    assert {reason.code for reason in reasons_at("village_office")} < {reason.code for reason in reasons_at("home")}


def test_everybody_has_one_name_in_the_rules_and_many_at_the_door():
    assert receiver_of("keluarga SATU kk") == receiver_of("family") == "family"
    assert receiver_of("Lurah") == "village_officer"
    assert receiver_of("Paman dari kota") == ""
    assert all(receiver_of(receiver.words) == code for code, receiver in RECEIVERS.items())


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"receivers": frozenset()}, "receivers"),
        ({"receivers": frozenset({"kucing"})}, "receivers"),
        ({"attempts": 0}, "attempts"),
        ({"waiting_place": "rumah"}, "waiting_place"),
        ({"waiting_days": -1}, "waiting_days"),
        ({"fee_rupiah": -1}, "fee_rupiah"),
        ({"payer": "kurir"}, "payer"),
        ({"proofs": {"photo": "required"}}, "proofs"),
        ({"proofs": {"photo": "selalu", "signature": "off", "code": "off", "scan": "off"}}, "proofs.photo"),
    ],
)
def test_terms_without_sense_are_refused_by_field(change, field):
    terms = practice_named("pati_pos").terms
    given = {name: getattr(terms, name) for name in terms.__dataclass_fields__}

    with pytest.raises(Invalid) as refused:
        type(terms)(**{**given, **change})

    assert [error.field for error in refused.value.fields] == [field]


def test_no_waiting_days_means_back_to_the_office():
    terms = practice_named("pati_pos").terms
    given = {name: getattr(terms, name) for name in terms.__dataclass_fields__}

    assert next_step(type(terms)(**{**given, "waiting_days": 0}), "TIDAK_DI_RUMAH", 1).action == "return"
