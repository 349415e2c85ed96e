"""Signing in, being slowed down, and sessions that end."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from dispatch.auth import ABSOLUTE, IDLE, signed_in
from dispatch.errors import Invalid, TooMany
from dispatch.services import accounts, offices
from dispatch.store.models import User
from tests.databases import OFFICE


@pytest.fixture
def sari(session):
    """A dispatcher and her password."""
    return offices.add_user(session, OFFICE, username="sari", name="Sari", role="dispatcher")


def log_in(session, sari, password=None, place="10.0.0.1"):
    return accounts.log_in(session, username="sari", password=password or sari.password, place=place)


def test_the_right_password_opens_a_session(session, sari):
    login = log_in(session, sari)

    assert signed_in(session, login.token)[0] is sari.user


def test_a_wrong_password_and_a_wrong_name_sound_the_same(session, sari):
    assert log_in(session, sari, "wrong") is None
    assert accounts.log_in(session, username="nobody", password="wrong", place="10.0.0.1") is None


def test_the_sixth_try_in_a_quarter_of_an_hour_must_wait(session, sari, clock):
    for _ in range(5):
        log_in(session, sari, "wrong")

    with pytest.raises(TooMany):
        log_in(session, sari)

    clock.advance(timedelta(minutes=15))
    assert log_in(session, sari) is not None


def test_a_session_ends_idle_and_after_a_working_day(session, sari, clock):
    idle, _ = log_in(session, sari), clock.advance(IDLE)
    assert signed_in(session, idle.token) is None

    login = log_in(session, sari)
    for _ in range(int(ABSOLUTE / timedelta(minutes=20))):
        clock.advance(timedelta(minutes=20))
        found = signed_in(session, login.token)
        if found:
            found[1].seen_at = clock.now()
            session.flush()
    assert signed_in(session, login.token) is None


def test_logging_out_ends_it_on_the_server(session, sari):
    login = log_in(session, sari)

    accounts.log_out(session, accounts.token_hash(login.token))

    assert signed_in(session, login.token) is None


def test_a_new_password_replaces_the_old_and_ends_other_sessions(session, sari):
    other = log_in(session, sari)

    accounts.change_password(session, sari.user.id, old=sari.password, new="panjang-dan-baru")

    assert signed_in(session, other.token) is None
    assert log_in(session, sari) is None
    assert log_in(session, sari, "panjang-dan-baru") is not None
    assert not session.scalars(select(User.must_change_password).where(User.username == "sari")).one()


@pytest.mark.parametrize(("old", "new", "field"), [("wrong", "panjang-dan-baru", "old"), (None, "pendek", "new")])
def test_a_bad_change_names_the_field(session, sari, old, new, field):
    with pytest.raises(Invalid) as refused:
        accounts.change_password(session, sari.user.id, old=old or sari.password, new=new)

    assert [f.field for f in refused.value.fields] == [field]
