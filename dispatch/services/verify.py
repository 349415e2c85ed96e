"""The invariants of custody as questions to the database; every one must come back empty.

Run nightly, after every restore, and whenever somebody doubts. A check answers with ids only, never with a person's
data. The questions stand by subject in `verify_*.py`; here is what asks them, and in which order.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from dispatch.services import (
    verify_batches,
    verify_capacity,
    verify_delivery,
    verify_messages,
    verify_money,
    verify_office,
    verify_plans,
    verify_trail,
)
from dispatch.store.files import FileStore


@dataclass(frozen=True, slots=True)
class Finding:
    """One row that should not be there."""

    check: str
    what: str


@dataclass(frozen=True, slots=True)
class Check:
    """A name, what it promises, and the question. A query's rows, or a function's findings, are the violations."""

    name: str
    promise: str
    query: str = ""
    ask: Callable[[Session, FileStore], Iterator[str]] | None = None


def verify(session: Session, files: FileStore, only: Sequence[str] = ()) -> list[Finding]:
    """Everything that is wrong, in the order of the checks; empty when all is well."""
    findings: list[Finding] = []
    for check in CHECKS:
        if only and check.name not in only:
            continue
        found = check.ask(session, files) if check.ask else (str(row[0]) for row in session.execute(text(check.query)))
        findings += [Finding(check.name, what) for what in found]
    return findings


def _queries(table: Iterable[tuple[str, str, str]]) -> Iterator[Check]:
    return (Check(name, promise, query) for name, promise, query in table)


CHECKS: tuple[Check, ...] = (
    Check("holder", "every document has a known state and a holder that fits it", ask=verify_trail.holders),
    Check("last-event", "the last event says the same as the row", ask=verify_trail.last_events),
    Check(
        "sums", "what each holder has by the trail is what the rows say, document for document", ask=verify_trail.sums
    ),
    Check("allowed", "only moves of the table, with evidence where it is needed", ask=verify_trail.allowed),
    Check("policy-kept", "a release policy is as it was decided", ask=verify_trail.policies_kept),
    Check("set-up-kept", "the history of the set-up is as it was written", ask=verify_trail.set_up_kept),
    *_queries(verify_trail.QUERIES),
    *_queries(verify_batches.QUERIES),
    *_queries(verify_plans.QUERIES),
    *_queries(verify_delivery.QUERIES),
    *_queries(verify_office.QUERIES),
    Check(
        "ledger-balances",
        "each entry moves rupiah from one account of a line to another, and a line holds what its entries say",
        ask=verify_money.ledger_balances,
    ),
    Check("not-overdrawn", "no account of a budget line was ever below zero", ask=verify_money.not_overdrawn),
    Check(
        "ledger-kept", "ledger entries are as they were booked, numbered without a hole", ask=verify_money.ledger_kept
    ),
    Check(
        "orders-booked",
        "committed is the sum of live orders, realised that of finished ones, each from a line",
        ask=verify_money.orders_booked,
    ),
    Check("tariff-kept", "a tariff is as it was decided", ask=verify_money.tariffs_kept),
    Check("announced", "each announced change has exactly one outbox row", ask=verify_messages.announced),
    Check("moves-told", "each moved promise that has to be told has one outbox row", ask=verify_messages.moves_told),
    *_queries(verify_messages.QUERIES),
    *_queries(verify_capacity.QUERIES),
    Check("chain", "the trail of every office recomputes to its head", ask=verify_trail.chain),
    Check("files", "every stored file is there and unchanged", ask=verify_trail.files_kept),
)
