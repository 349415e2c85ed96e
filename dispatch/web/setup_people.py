"""Set-up pages for users and programs: one-time passwords and keys are shown on the answer itself and never again."""

from flask import Response, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from dispatch.access import SCOPES, VILLAGE_OFFICER
from dispatch.auth import current_actor, current_office
from dispatch.services import set_up
from dispatch.services import set_up_people as services
from dispatch.services.desks import desk_name
from dispatch.store.models import ApiClient, User, Village
from dispatch.web.blueprint import web
from dispatch.web.page import Done, acts, page, shows
from dispatch.web.setup_forms import Wrong, filled, submit, text, ticked
from dispatch.words import _


@web.get("/setup/users")
@shows
def users(session: Session) -> Response:
    """Everybody who can sign in at the office."""
    rows = session.execute(
        select(User, Village)
        .outerjoin(Village, (Village.office == User.office) & (Village.code == User.village_code))
        .where(User.office == current_office())
        .order_by(User.is_active.desc(), User.name, User.username)
    ).all()
    return page(session, "setup/users.html", place="users", rows=rows, desk_name=desk_name)


@web.get("/setup/users/new")
@shows
def new_user(session: Session) -> Response:
    """The form for a new user."""
    return _user_form(session, "", {})


@web.post("/setup/users")
def add_user() -> BaseResponse:
    """Take in a user; the one-time password is on the answer."""

    def act(session: Session) -> Response:
        new = services.take_in(
            session,
            current_office(),
            username=text("username", _("nama pengguna"), most=40).lower(),
            by=current_actor(),
            **_terms(),
        )
        return _secret(session, new.user.name, new.user.username, new.password, url_for("web.users"))

    return submit(act, lambda session, wrong: _user_form(session, "", wrong))


@web.get("/setup/users/<user_id>")
@shows
def user(session: Session, user_id: str) -> Response:
    """A user's form and what was changed about them."""
    return _user_form(session, user_id, {})


@web.post("/setup/users/<user_id>")
def change_user(user_id: str) -> BaseResponse:
    """Change a user's name, role or desk, or close the door to them."""

    def act(session: Session) -> Done:
        row = services.user_of(session, current_office(), user_id)
        services.change_user(session, row, is_active=ticked("is_active"), by=current_actor(), **_terms())
        return Done(url_for("web.users"), _("%(name)s disimpan.", name=row.name))

    return submit(act, lambda session, wrong: _user_form(session, user_id, wrong))


@web.post("/setup/users/<user_id>/password")
@acts(back="web.user")
def reset_password(session: Session, user_id: str) -> Response:
    """A new one-time password for somebody who forgot theirs."""
    row = services.user_of(session, current_office(), user_id)
    return _secret(
        session,
        row.name,
        row.username,
        services.reset_password(session, row, by=current_actor()),
        url_for("web.users"),
    )


def _terms() -> dict[str, str]:
    role = request.form.get("role", "")
    return {
        "name": text("name", _("nama"), most=80),
        "role": role,
        "village_code": request.form.get("village_code", "").strip()[:13] if role == VILLAGE_OFFICER else "",
    }


def _user_form(session: Session, user_id: str, wrong: Wrong) -> Response:
    office = current_office()
    row = services.user_of(session, office, user_id) if user_id else None
    values = {
        "name": row.name if row else "",
        "username": row.username if row else "",
        "role": row.role if row else "dispatcher",
        "village_code": (row.village_code or "") if row else "",
        "is_active": row.is_active if row else True,
    }
    desks = session.scalars(
        select(Village).where(Village.office == office).order_by(Village.district, Village.name)
    ).all()
    return page(
        session,
        "setup/user.html",
        place="users",
        user=row,
        values=filled(values),
        wrong=wrong,
        desks=desks,
        desk_name=desk_name,
        past=set_up.history(session, office, subject_id=user_id) if user_id else [],
    )


@web.get("/setup/clients")
@shows
def clients(session: Session) -> Response:
    """The programs that use the API."""
    return _clients_page(session, {})


@web.post("/setup/clients")
def add_client() -> BaseResponse:
    """Let a program in; its key is on the answer."""

    def act(session: Session) -> Response:
        client, key = services.let_in(
            session,
            current_office(),
            name=text("name", _("nama program"), most=80),
            scopes=request.form.getlist("scope"),
            by=current_actor(),
        )
        return _secret(session, client.name, "", key, url_for("web.clients"))

    return submit(act, _clients_page)


@web.post("/setup/clients/<client_id>/end")
@acts(back="web.clients")
def end_client(session: Session, client_id: str) -> Done:
    """The program's key opens nothing any more."""
    client = services.client_of(session, current_office(), client_id)
    services.shut_out(session, client, by=current_actor())
    return Done(url_for("web.clients"), _("Kunci %(name)s tidak berlaku lagi.", name=client.name))


def _clients_page(session: Session, wrong: Wrong) -> Response:
    office = current_office()
    rows = session.scalars(
        select(ApiClient).where(ApiClient.office == office).order_by(ApiClient.is_active.desc(), ApiClient.name)
    ).all()
    return page(
        session,
        "setup/clients.html",
        place="clients",
        rows=rows,
        scopes=SCOPES,
        chosen=request.form.getlist("scope"),
        values=filled({"name": ""}),
        wrong=wrong,
        past=set_up.history(session, office, kind="client"),
    )


def _secret(session: Session, name: str, username: str, secret: str, back: str) -> Response:
    return page(session, "setup/secret.html", place="users", name=name, username=username, secret=secret, back=back)
