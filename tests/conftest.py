"""What the tests share: still time, a fresh office on either database, people who sign in, a real browser."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from dispatch.app import create_app
from dispatch.clock import SetClock
from dispatch.runtime import Runtime
from dispatch.services import accounts, offices
from dispatch.settings import Settings
from dispatch.store.db import new_id
from dispatch.store.models import User
from dispatch.store.privacy import KeyRing, token_hash
from tests.browser import browser
from tests.databases import OFFICE, TODAY, _postgresql, _sqlite, database_url

__all__ = ["_postgresql", "_sqlite", "browser", "database_url"]


@pytest.fixture
def clock() -> SetClock:
    """Tuesday 24 November 2026, 08:00 in Blitar, until a test moves it."""
    return SetClock(TODAY)


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    """A fresh database and keys of its own, without Redis."""
    KeyRing.new().save(tmp_path / "keys.json")
    return Settings(home=tmp_path, database_url=database_url, public_url="http://localhost")


@pytest.fixture
def app(settings: Settings, clock: SetClock) -> Iterator[APIFlask]:
    """The real application on a fresh database."""
    made = create_app(settings, clock)
    yield made
    made.extensions["antar"].db.close()


@pytest.fixture
def runtime(app: APIFlask) -> Runtime:
    """What the application of this test works with."""
    return app.extensions["antar"]


@pytest.fixture
def session(runtime: Runtime) -> Iterator[Session]:
    """One open transaction for tests of services; rolled back when the test ends."""
    with runtime.db.transaction() as session:
        yield session
        session.rollback()
        session.info.pop("changes", None)  # what was rolled back is told to nobody


@pytest.fixture
def sign_in(app: APIFlask, runtime: Runtime) -> Callable[..., FlaskClient]:
    """`sign_in("dispatcher")` gives a browser-like client that is signed in and sends the page's token."""

    def sign_in(role: str, office: str = OFFICE) -> FlaskClient:
        with runtime.db.transaction() as session:
            # no password: hashing one for each of a thousand tests would take minutes
            user = User(office=office, username=f"{role}-{new_id()}", name=role.title(), role=role, password_hash="!")
            session.add(user)
            session.flush()
            login = accounts.open_session(session, user)
        client = app.test_client()
        client.set_cookie("antar", login.token, domain="localhost")
        client.environ_base["HTTP_X_CSRF_TOKEN"] = runtime.keys.match(token_hash(login.token), "csrf")
        return client

    return sign_in


@pytest.fixture
def api_client(app: APIFlask, runtime: Runtime) -> Callable[..., FlaskClient]:
    """`api_client("documents:write")` gives a client that sends a bearer key with these scopes."""

    def api_client(*scopes: str, office: str = OFFICE) -> FlaskClient:
        with runtime.db.transaction() as session:
            _, key = offices.add_client(session, office, name=new_id(), scopes=list(scopes))
        client = app.test_client()
        client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {key}"
        return client

    return api_client
