"""The stage of a demonstration: a fresh Blitar office on Tuesday 24 November 2026, 08:00, with everything running."""

import base64
import json
import secrets
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import httpx

from dispatch.embedded import Family
from dispatch.runtime import Runtime
from dispatch.services import desks, offices, partner_accounts
from dispatch.settings import Settings
from dispatch.store import schema
from dispatch.store.privacy import KeyRing
from maps.gazetteer import gazetteer
from partners.simulator import ReferenceSimulator

OFFICE = "35.05"
MORNING = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)  # 08:00 in Blitar, the day after the sample file's last full day
MARK = "demo.json"
# the kecamatan office of Talun receives for its small villages; in Gaprang documents go to the door
KECAMATAN, SMALL_VILLAGES = "35.05.14", ("35.05.14.2004", "35.05.14.2006", "35.05.14.2011", "35.05.14.2012")
HOMES = "35.05.10.2006"
RIDERS = ("Slamet", "Bambang", "Yanto", "Agus", "Wahyu", "Eko")


@dataclass(frozen=True, slots=True)
class CompanyAccount:
    """What the office and the courier company share."""

    api_key: str = field(repr=False)
    secret: str = field(repr=False)


@dataclass
class Stage:
    """What the scenario plays on."""

    runtime: Runtime
    family: Family
    courier_company: ReferenceSimulator
    username: str
    password: str

    @property
    def url(self) -> str:
        return self.runtime.settings.public_url


@contextmanager
def stage(home: Path, port: int) -> Iterator[Stage]:
    """Everything started on a fresh office; everything stopped at the end."""
    clear(home)
    url = f"http://127.0.0.1:{port if _is_free(port) else free_port()}"
    shift = timedelta(seconds=round((MORNING - datetime.now(UTC)).total_seconds()))
    settings = Settings(home=home, public_url=url, clock_shift=shift, lease_s=15, sweep_every_s=2)
    KeyRing.new().save(settings.key_file)
    runtime = Runtime.from_settings(settings)
    schema.upgrade(runtime.db)
    with courier_company(runtime) as (company, account):
        username, password = _people(runtime, company.base_url, account)
        family = Family(settings, "127.0.0.1", int(url.rpartition(":")[2]))
        family.start()
        watcher = threading.Thread(target=family.watch, name="revive", daemon=True)
        watcher.start()
        try:
            wait_for(lambda: _answers(url), "the web server")
            yield Stage(runtime, family, company, username, password)
        finally:
            family.stopping.set()
            watcher.join()
            family.stop()
            runtime.db.close()


@contextmanager
def courier_company(runtime: Runtime) -> Iterator[tuple[ReferenceSimulator, CompanyAccount]]:
    """A courier company next door: a real HTTP server that books orders and sends signed callbacks."""
    account = CompanyAccount(secrets.token_urlsafe(24), f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}")
    callback = f"{runtime.settings.public_url}/callbacks/{OFFICE}/{partner_accounts.REFERENCE}"
    with ReferenceSimulator(
        api_key=account.api_key, webhook_secrets=(account.secret,), callback_url=callback, clock=runtime.clock.now
    ) as company:
        yield company, account


def wait_for[T](ask: Callable[[], T | None], what: str, seconds: float = 120.0) -> T:
    """Ask until there is an answer, or end the demonstration with a clear line."""
    end = time.monotonic() + seconds
    pause = threading.Event()
    while not (answer := ask()):
        if time.monotonic() > end:
            raise click.ClickException(f"after {seconds:.0f} seconds still waiting for {what}")
        pause.wait(0.2)
    return answer


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def clear(home: Path) -> None:
    """Begin anew, but never over an office that is not a demonstration's."""
    if home.exists() and any(home.iterdir()) and not (home / MARK).exists():
        raise click.ClickException(f"{home} holds an office of its own; set ANTAR_HOME to another folder for the demo")
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    (home / MARK).write_text(json.dumps({"scenario": "day"}))


def _people(runtime: Runtime, company_url: str, account: CompanyAccount) -> tuple[str, str]:
    with runtime.db.transaction() as session:
        offices.set_up(session, OFFICE, gazetteer())
        new = offices.add_user(session, OFFICE, username="sari", name="Sari", role="supervisor")
        new.user.must_change_password = False  # a demonstration's password need not be changed
        for number, name in enumerate(RIDERS, 1):
            offices.add_courier(session, OFFICE, name=f"Pak {name}", phone=f"08120000100{number}")
        desks.add_district_desk(session, OFFICE, desks.NewDesk(district_code=KECAMATAN, contact_name="Bu Ratna"))
        for village in SMALL_VILLAGES:
            desks.set_default(session, OFFICE, desks.DISTRICT_OFFICE, village_code=village)
        desks.set_default(session, OFFICE, desks.HOME, village_code=HOMES)
        partner_accounts.set_account(
            session,
            runtime.keys,
            OFFICE,
            partner_accounts.REFERENCE,
            base_url=company_url,
            api_key=account.api_key,
            secrets=[account.secret],
        )
    return new.user.username, new.password


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/healthz").status_code == 200
    except httpx.TransportError:
        return False
