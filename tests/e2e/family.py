"""The real processes of `antar serve` for tests: web, workers, sweeper, Valkey, started in a folder of their own."""

import dataclasses
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from dispatch.embedded import Family
from dispatch.runtime import Runtime
from dispatch.services import offices
from dispatch.settings import Settings
from dispatch.store.privacy import KeyRing, token_hash
from tests.databases import OFFICE


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def wait_for[T](ask: Callable[[], T | None], what: str, seconds: float = 60.0) -> T:
    """Ask again and again until there is an answer; fail saying what was awaited."""
    end = time.monotonic() + seconds
    pause = threading.Event()
    while True:
        answer = ask()
        if answer:
            return answer
        if time.monotonic() > end:
            raise AssertionError(f"after {seconds:.0f} s still waiting for {what}")
        pause.wait(0.1)


@contextmanager
def running(home: Path, database_url: str, **changes: object) -> Iterator[tuple[Family, str]]:
    """A family at work, and the address of its web server. The dead are revived."""
    port = free_port()
    KeyRing.new().save(home / "keys.json")
    settings = Settings(home=home, database_url=database_url, public_url=f"http://127.0.0.1:{port}")
    settings = dataclasses.replace(settings, **{"workers": 1, "lease_s": 3, "sweep_every_s": 1, **changes})
    family = Family(settings, "127.0.0.1", port)
    family.start()
    watcher = threading.Thread(target=family.watch, daemon=True)
    watcher.start()
    try:
        wait_for(lambda: answers(settings.public_url), "the web server")
        yield family, settings.public_url
    finally:
        family.stopping.set()
        watcher.join()
        family.stop()


def answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/healthz").status_code == 200
    except httpx.TransportError:
        return False


def runtime_of(family: Family) -> Runtime:
    """A look from outside at what the processes work on."""
    return Runtime.from_settings(family.settings)


def dispatcher(family: Family) -> httpx.Client:
    """A dispatcher who signed in through the real page."""
    runtime = runtime_of(family)
    with runtime.db.transaction() as session:
        new = offices.add_user(session, OFFICE, username=f"sari{os.getpid()}", name="Sari", role="supervisor")
        new.user.must_change_password = False
    runtime.db.close()
    url = family.settings.public_url
    client = httpx.Client(base_url=url, headers={"Origin": url}, timeout=30)
    answer = client.post("/login", data={"username": new.user.username, "password": new.password})
    assert answer.status_code == 303, answer.text
    token = answer.cookies.get("antar")
    assert token is not None
    client.headers["X-CSRF-Token"] = KeyRing.load(family.settings.key_file).match(token_hash(token), "csrf")
    return client
