"""Two languages: every text has its English, everybody reads their own, and nothing a person typed becomes markup."""

import re

import pytest
from markupsafe import Markup

from dispatch import translations
from dispatch.said import say
from dispatch.services.plan_shapes import ViolationView
from dispatch.services.plan_words import Named, violation_words
from dispatch.words import _, english

ENGLISH = {"Accept-Language": "en-GB,en;q=0.9"}
PLACES = re.compile(r"%\((\w+)\)s")


def in_english(app):
    return app.test_request_context("/", headers=ENGLISH)


def test_every_text_has_its_english():
    """`make words` names what is missing; the English goes into translations/en/LC_MESSAGES/messages.po."""
    assert translations.missing() == []


def test_every_english_text_names_what_the_indonesian_names():
    wrong = [text for text, said in english().items() if set(PLACES.findall(text)) != set(PLACES.findall(said))]

    assert wrong == []


def test_no_text_carries_markup():
    """Texts are escaped wherever they appear: a tag in one would be read aloud."""
    assert [text for text in [*translations.texts(), *english().values()] if re.search(r"</?[a-z]+>|&\w+;", text)] == []


def test_the_catalogue_is_as_make_words_leaves_it():
    """No text that nobody uses, one order, no dates: a change of a text is one changed line."""
    assert translations.ENGLISH.read_bytes() == translations.up_to_date()


def test_outside_of_a_request_everything_is_indonesian():
    assert _("Setujui rencana") == "Setujui rencana"
    assert _("%(n)s batch", n=3) == "3 batch"


@pytest.mark.parametrize(
    ("number", "words"), [(0, "0 batches"), (1, "1 batch"), (2, "2 batches"), ("1.000", "1.000 batches")]
)
def test_english_counts(app, number, words):
    with in_english(app):
        assert _("%(batches)s batch", batches=number) == words


def test_a_service_says_it_once_and_both_languages_read_it(app):
    """What is stored and sent is plain Indonesian text; the page in English looks the pattern up."""
    rule = say("isi %(what)s, paling panjang %(most)s huruf", what=say("alasan"), most=120)

    assert rule == "isi alasan, paling panjang 120 huruf"
    with in_english(app):
        assert _(rule) == "fill in: reason, 120 letters at most"


def test_what_is_put_into_a_text_stays_text(app):
    with in_english(app):
        page = app.jinja_env.from_string('{{ _("Pilih %(name)s", name=name) }}{{ _(name) }}').render(name="<b>Sari</b>")

    assert page == "Choose &lt;b&gt;Sari&lt;/b&gt;&lt;b&gt;Sari&lt;/b&gt;"


def test_markup_put_into_a_text_stays_markup(app):
    with in_english(app):
        assert _("Pilih %(name)s", name=Markup("<b>Sari</b>")) == Markup("Choose <b>Sari</b>")


def test_a_choice_is_kept_and_leads_back_to_the_page(app):
    client = app.test_client()

    answer = client.post(
        "/language", data={"language": "en"}, headers={"Referer": "http://localhost/login?next=/plans"}
    )
    page = client.get("/login")

    assert (answer.status_code, answer.headers["Location"]) == (303, "/login?next=/plans")
    assert '<html lang="en">' in page.text
    assert "User name" in page.text


@pytest.mark.parametrize("came_from", ["https://elsewhere.example/login", "http://localhost//elsewhere.example", ""])
def test_choosing_a_language_leads_nowhere_else(app, came_from):
    answer = app.test_client().post("/language", data={"language": "en"}, headers={"Referer": came_from})

    assert answer.headers["Location"] == "/"


def test_a_language_that_is_not_spoken_changes_nothing(app):
    answer = app.test_client().post("/language", data={"language": "nl"})

    assert answer.status_code == 303
    assert "Set-Cookie" not in answer.headers


def test_before_anybody_chose_the_door_follows_the_browser(app):
    assert '<html lang="en">' in app.test_client().get("/login", headers=ENGLISH).text
    assert '<html lang="id">' in app.test_client().get("/login").text
    assert '<html lang="id">' in app.test_client().get("/login", headers={"Accept-Language": "nl"}).text


def test_an_address_that_is_none_is_a_page_in_the_reader_s_language(app):
    page = app.test_client().get("/nowhere", headers={**ENGLISH, "Accept": "text/html,*/*;q=0.8"})

    assert page.status_code == 404
    assert '<html lang="en">' in page.text
    assert "Not found." in page.text


def test_a_broken_limit_is_read_in_english_where_the_plan_is_seen_in_english(app):
    words = Named(places={"s": "Kantor Desa Rejosari"}, riders={"v": "Bu Siti"})
    limit = {"code": "over_capacity", "vehicle_id": "v", "stop_id": "s", "found": 12, "expected": 9}
    seen = ViolationView(
        code="over_capacity", sentence=violation_words(limit, words), route=1, stop_id=None, is_allowed=False
    )

    assert seen.model_dump()["sentence"] == "Bu Siti membawa 12 dokumen, tasnya memuat 9"
    with in_english(app):
        assert _(seen.sentence) == "Bu Siti carries 12 documents, the bag holds 9"
