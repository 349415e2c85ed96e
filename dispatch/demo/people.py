"""People who act through the real pages and the real API: a dispatcher, a rider with a phone, a village secretary."""

import html
import io
import re
import secrets
from pathlib import Path
from typing import Any

import httpx
from PIL import Image

_PAGE = {"Accept": "text/html"}


class Person:
    """Somebody with a browser: cookies, pages to read, forms to send."""

    def __init__(self, url: str) -> None:
        self.http = httpx.Client(base_url=url, headers={"Origin": url}, timeout=60)

    def close(self) -> None:
        self.http.close()

    def page(self, path: str) -> str:
        """The page's text; an answer that is no page ends the demonstration."""
        answer = self.http.get(path, headers=_PAGE, follow_redirects=True)
        answer.raise_for_status()
        return answer.text

    def send(self, path: str, **form: Any) -> httpx.Response:
        """Send a form and take whatever is answered that is no error."""
        answer = self.http.post(path, **form)
        if answer.status_code >= 400:
            raise httpx.HTTPStatusError(f"{path}: {answer.text}", request=answer.request, response=answer)
        return answer

    def json(self, path: str) -> Any:
        answer = self.http.get(path)
        answer.raise_for_status()
        return answer.json()


class Dispatcher(Person):
    """Sari, who runs the day from one screen."""

    def sign_in(self, username: str, password: str) -> None:
        self.send("/login", data={"username": username, "password": password})
        self.http.headers["X-CSRF-Token"] = hidden(self.page("/"), "csrf_token")

    def bring(self, file: Path) -> str:
        """Hand a file in; the id of its import."""
        with file.open("rb") as body:
            answer = self.send("/api/v1/imports", files={"file": (file.name, body, "text/csv")})
        return str(answer.json()["id"])

    def do(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """One action of the API, with a key that makes a second try harmless."""
        headers = {"Idempotency-Key": secrets.token_urlsafe(16)}
        return self.send(f"/api/v1{path}", json=body or {}, headers=headers).json()

    def ask(self, path: str) -> Any:
        return self.json(f"/api/v1{path}")

    def count_in(self, courier_id: str) -> tuple[int, int]:
        """Count all that a courier puts on the counter; how many documents and how many old cards."""
        path = f"/returns/courier/{courier_id}"
        page = self.page(path)
        codes = re.findall(r'name="code" value="([^"]+)"', page)
        cards = re.search(r"Tercatat (\d+)\.", page)
        if codes or cards:
            form = {"code": codes, "is_all": "yes", **({"old_cards": cards[1]} if cards else {})}
            self.send(path, data=form)
        return len(codes), int(cards[1]) if cards else 0

    def print_card_records(self) -> list[bytes]:
        """Number the record of every count of old cards that has none yet, and draw it."""
        found = re.findall(r'action="/old-card-counts/([0-9a-z]{16})/record"', self.page("/papers"))
        for count_id in found:
            self.do(f"/old-card-counts/{count_id}/record")
        return [self.file(f"/old-card-counts/{count_id}/record.pdf") for count_id in found]

    def file(self, path: str) -> bytes:
        answer = self.http.get(f"/api/v1{path}")
        answer.raise_for_status()
        return answer.content


class LinkHolder(Person):
    """Somebody who was sent a link and presses the button."""

    def open(self, link: str, start: str) -> None:
        token = hidden(self.page(httpx.URL(link).path), "token")
        self.send(start, data={"token": token})


class Rider(LinkHolder):
    """A courier with an old phone, on the plain pages that need no script."""

    def load_everything(self) -> int:
        """Tick every batch and leave; the number of batches."""
        page = self.page("/c/route")
        batches = re.findall(r'name="taken" value="([0-9a-z]{16})"', page)
        self.send("/c/load", data={"taken": batches, "event_id": hidden(page, "event_id")})
        return len(batches)

    def next_stop(self) -> str | None:
        """The stop the page shows first; None when all are done."""
        found = re.search(r'name="stop_id" value="([0-9a-z]{16})"', self.page("/c/route"))
        return found[1] if found else None

    def arrive(self, stop_id: str) -> None:
        self.send("/c/proofs", data={"stop_id": stop_id, "kind": "arrived", "event_id": secrets.token_hex(16)})

    def hand_over(self, stop_id: str, *, to: str, relation: str, lat: float, lon: float) -> None:
        """Confirm with a name, a photo and a position, twice: the phone is not sure that the first one arrived."""
        form = {
            "stop_id": stop_id,
            "kind": "delivered",
            "event_id": secrets.token_hex(16),
            "received_by": to,
            "relation": relation,
            "lat": f"{lat}",
            "lon": f"{lon}",
            "accuracy_m": "12",
        }
        photo = ("foto.jpg", picture(), "image/jpeg")
        answers = [self.send("/c/proofs", data=form, files={"photo": photo}).json() for _ in range(2)]
        if answers[0] != answers[1]:
            raise RuntimeError("the same confirmation must get the same receipt")


class Desk(LinkHolder):
    """The secretary of a village or kecamatan office."""

    def count(self, batch_id: str, *, name: str, damaged: int = 0) -> dict[str, int]:
        """Count a batch line by line; all of it is there, the first `damaged` of it wet."""
        page = self.page(f"/v/batches/{batch_id}")
        lines = re.findall(r'name="(line_[0-9a-z]{16})" value="received"', page)
        results = {line: "damaged" if number < damaged else "received" for number, line in enumerate(lines)}
        form = {"event_id": hidden(page, "event_id"), "received_by": name, **results}
        counted: dict[str, int] = self.send(f"/v/batches/{batch_id}", data=form).json()["counted"]
        return counted

    def waiting(self) -> list[str]:
        """The documents that wait here for their citizens, by id."""
        found = re.findall(r'class="give" href="/v/documents/([0-9a-z]{16})"', self.page("/v/batches"))
        return list(dict.fromkeys(found))

    def hand_on(self, document_id: str) -> tuple[int, int]:
        """The household fetches its documents; how many, and how many old cards it gave up for them."""
        page = self.page(f"/v/documents/{document_id}?all=1")
        family = re.findall(r'name="with" value="([0-9a-z]{16})"', page)
        form: dict[str, Any] = {
            "event_id": hidden(page, "event_id"),
            "with": family,
            # the first the page offers: the citizen, and for a child's card somebody of the family
            "relation": re.findall(r'name="relation" value="([^"]+)"', page)[0],
            "received_by": hidden(page, "received_by"),
        }
        cards = re.search(r'name="old_cards"', page)
        if cards:
            form["old_cards"] = hidden(page, "old_cards")
        required = [kind for kind in ("photo", "signature") if re.search(rf'name="{kind}"[^>]* required', page)]
        shown = {kind: (f"{kind}.jpg", picture(), "image/jpeg") for kind in required or ["photo"]}
        self.send(f"/v/documents/{document_id}", data=form, files=shown)
        return 1 + len(family), int(form.get("old_cards", 0))

    def give_back(self, document_id: str, reason: str) -> None:
        """It finds nobody here: the courier takes it back."""
        page = self.page(f"/v/documents/{document_id}")
        form = {"event_id": secrets.token_hex(16), "reason": reason}
        if f'value="{reason}"' not in page:
            raise LookupError(f"the page does not offer {reason}")
        self.send(f"/v/documents/{document_id}/return", data=form)

    def give_to_courier(self, route_id: str) -> None:
        """All that goes back, documents and old cards, is handed to the courier who is here; nothing may be too."""
        page = self.page("/v/back")
        if f'value="{route_id}"' in page:
            self.send("/v/back", data={"event_id": hidden(page, "event_id"), "route_id": route_id})


def hidden(page: str, name: str) -> str:
    """The value of a field of a page's form."""
    found = re.search(rf'name="{name}"[^>]*? value="([^"]*)"', page)
    if found is None:
        raise LookupError(f"the page has no field {name}")
    return html.unescape(found[1])


def picture() -> bytes:
    """A photo as a cheap phone takes it."""
    body = io.BytesIO()
    Image.new("RGB", (640, 480), (11, 110, 79)).save(body, "JPEG")
    return body.getvalue()
