"""Signing in and out, and changing one's password. A failed try is counted even though nothing else happens."""

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from dispatch.auth import ABSOLUTE, cookie_name, csrf_token, visitor
from dispatch.errors import Invalid, TooMany
from dispatch.runtime import runtime
from dispatch.services import accounts, links
from dispatch.store.models import User
from dispatch.store.privacy import token_hash
from dispatch.web.blueprint import web
from dispatch.web.format import local_path
from dispatch.web.page import door, refusal, with_word
from dispatch.words import _, say

_WRONG = say("Nama pengguna atau kata sandi salah.")


@web.get("/login")
def login() -> Response:
    """The form to sign in with."""
    return door("login.html", next=local_path(request.args.get("next", "/")))


@web.post("/login")
def log_in() -> Response | BaseResponse:
    """Sign in: a new session each time, and the browser's old one ends."""
    username = request.form.get("username", "").strip()[:60]
    going_to = local_path(request.form.get("next", "/"))
    try:
        # committed whether or not the password is right: the try counts
        with runtime().db.transaction() as session:
            signed_in = accounts.log_in(
                session,
                username=username,
                password=request.form.get("password", ""),
                place=links.address_block(request.remote_addr),
            )
            old = request.cookies.get(cookie_name(runtime(), "antar"))
            if signed_in is not None and old:
                accounts.log_out(session, token_hash(old))
    except TooMany as error:
        minutes = -(-(error.retry_after_s or 60) // 60)
        wrong = _("Terlalu banyak percobaan. Coba lagi dalam %(minutes)s menit.", minutes=minutes)
        answer = door("login.html", status=429, next=going_to, username=username, wrong=wrong)
        answer.headers["Retry-After"] = str(error.retry_after_s or 60)
        return answer
    if signed_in is None:
        return door("login.html", status=403, next=going_to, username=username, wrong=_WRONG)
    to = url_for("web.password") if signed_in.user.must_change_password else going_to
    return with_session(redirect(to, 303), signed_in.token)


@web.post("/logout")
def log_out() -> BaseResponse:
    """End this login on the server and in the browser."""
    with runtime().db.transaction() as session:
        accounts.log_out(session, visitor().login_hash)
    answer = redirect(url_for("web.login"), 303)
    answer.delete_cookie(
        cookie_name(runtime(), "antar"), httponly=True, samesite="Lax", secure=runtime().settings.https
    )
    return with_word(answer, _("Anda sudah keluar."))


@web.get("/password")
def password() -> Response:
    """The form to change one's password with."""
    return _password_form()


@web.post("/password")
def change_password() -> Response | BaseResponse:
    """A new password ends every login of this user; this browser gets a fresh one."""
    old, new = request.form.get("old", ""), request.form.get("new", "")
    if new != request.form.get("again", ""):
        return _password_form(wrong={"again": _("ketik ulang sama persis")})
    try:
        with runtime().db.transaction() as session:
            user = session.get_one(User, visitor().actor.id)
            accounts.change_password(session, user.id, old=old, new=new)
            signed_in = accounts.log_in(
                session, username=user.username, password=new, place=links.address_block(request.remote_addr)
            )
    except Invalid as error:
        return _password_form(wrong={field.field: field.reason for field in error.fields})
    except TooMany as error:
        return _password_form(wrong={"old": refusal(error)})
    assert signed_in is not None, "the password was just set"
    return with_word(with_session(redirect("/", 303), signed_in.token), _("Kata sandi sudah diganti."))


def with_session[R: BaseResponse](response: R, token: str) -> R:
    """Give the browser its session cookie."""
    rt = runtime()
    response.set_cookie(
        cookie_name(rt, "antar"),
        token,
        max_age=int(ABSOLUTE.total_seconds()),
        httponly=True,
        samesite="Lax",
        secure=rt.settings.https,
        path="/",
    )
    return response


def _password_form(wrong: dict[str, str] | None = None) -> Response:
    me = visitor()
    return door("password.html", me=me, csrf_token=csrf_token(), wrong=wrong or {}, status=422 if wrong else 200)
