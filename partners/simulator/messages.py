"""Message channels to practise on: WhatsApp's Cloud API, an SMS gateway and a mail server, strict and with faults.

with WhatsAppSimulator(token="…", app_secret="…", phone_number_id="…", webhook_url="http://…") as meta:
    meta.sent                                  # every message that was taken
    meta.unknown_numbers.add("6281…")          # nobody there has WhatsApp
    meta.tell(meta.sent[0], "delivered")       # a signed webhook, now
    meta.ask("6281…", "STATUS R-1 7891")       # a person writes to the office
"""

import hashlib
import hmac
import itertools
import socketserver
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import httpx

from partners.simulator.server import Call, Reply, SimulatorServer
from partners.strict_json import Json, read_object, write_json


@dataclass(frozen=True, slots=True)
class Taken:
    """A message a channel took."""

    reference: str
    our_id: str
    to: str
    said: str
    template: str = ""
    parameters: Sequence[str] = ()


class _HttpChannel:
    """What the two HTTP channels share: a server, a lock, and a list of what was taken."""

    def __init__(self) -> None:
        self.sent: list[Taken] = []
        self.unknown_numbers: set[str] = set()
        self._numbers = itertools.count(1)
        self.server = SimulatorServer(self)

    @property
    def base_url(self) -> str:
        return self.server.base_url

    def __enter__(self) -> Self:
        self.server.listen()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.server.close()

    def operation(self, call: Call) -> str:
        return "send"

    def answer(self, call: Call) -> Reply:
        raise NotImplementedError

    def refusal(self, status: int) -> Reply:
        return Reply(status, {"error": {"message": "as asked for", "code": _CODES.get(status, 100)}})

    def with_unknown_word(self, reply: Reply) -> Reply:
        return Reply(reply.status, {"surprise": reply.body}, reply.headers)

    def send_waiting_callbacks(self) -> None:
        """Nothing waits here; statuses are told one by one."""


_CODES = {401: 190, 429: 130429, 500: 131000, 422: 100, 409: 100, 402: 131042, 404: 100}


class WhatsAppSimulator(_HttpChannel):
    """Meta's side: takes approved templates, and text within a day of a person's word; sends signed webhooks."""

    def __init__(
        self,
        *,
        token: str,
        app_secret: str,
        phone_number_id: str,
        templates: Sequence[str] = (),
        webhook_url: str = "",
        now: int = 1_795_000_000,
    ) -> None:
        super().__init__()
        self._token, self._secret, self._number = token, app_secret, phone_number_id
        self.templates = set(templates)
        self.webhook_url = webhook_url
        self.now = now
        self.talking: set[str] = set()
        """Numbers that wrote within the last day, and may be answered in free text."""

    def answer(self, call: Call) -> Reply:
        if call.headers.get("authorization") != f"Bearer {self._token}":
            return self._error(401, 190)
        if (call.method, call.path) != ("POST", f"/{self._number}/messages"):
            return self._error(404, 33)
        try:
            body = dict(read_object(call.body))
        except ValueError:
            return self._error(400, 100)
        to, kind = str(body.get("to", "")), body.get("type")
        if body.get("messaging_product") != "whatsapp" or not to.isdigit():
            return self._error(400, 100)
        if to in self.unknown_numbers:
            return self._error(400, 131026)
        template, parameters, said = "", list[str](), ""
        if kind == "template":
            given = body["template"]
            assert isinstance(given, dict)
            template = str(given["name"])
            if template not in self.templates:
                return self._error(404, 132001)
            parameters = [str(one["text"]) for part in given["components"] for one in part["parameters"]]
            if any(value != " ".join(value.split()) or not value for value in parameters):
                return self._error(400, 132012)
        elif to not in self.talking:
            return self._error(400, 131047)
        else:
            text = body["text"]
            assert isinstance(text, dict)
            said = str(text["body"])
        reference = f"wamid.{next(self._numbers):06}"
        our_id = str(body.get("biz_opaque_callback_data", ""))
        self.sent.append(Taken(reference, our_id, to, said, template, parameters))
        return Reply(200, {"messaging_product": "whatsapp", "messages": [{"id": reference}]})

    def tell(self, message: Taken, status: str, *, code: int = 0, secret: str = "") -> int:
        """Tell the office what became of a message; the answer's status."""
        told: dict[str, Json] = {
            "id": message.reference,
            "status": status,
            "timestamp": str(self.now),
            "recipient_id": message.to,
            "biz_opaque_callback_data": message.our_id,
        }
        if code:
            told["errors"] = [{"code": code, "title": "as asked for"}]
        return self.post({"statuses": [told]}, secret=secret)

    def ask(self, sender: str, text: str, *, message_id: str = "", secret: str = "") -> int:
        """Somebody writes to the office; the answer's status."""
        self.talking.add(sender)
        asked: dict[str, Json] = {
            "id": message_id or f"wamid.in{next(self._numbers):06}",
            "from": sender,
            "timestamp": str(self.now),
            "type": "text",
            "text": {"body": text},
        }
        return self.post({"messages": [asked]}, secret=secret)

    def post(self, value: dict[str, Json], *, secret: str = "") -> int:
        """One webhook with this value, signed."""
        body, signature = self.signed(value, secret=secret)
        headers = {"content-type": "application/json", "x-hub-signature-256": signature}
        with httpx.Client(trust_env=False) as client:
            return client.post(self.webhook_url, content=body, headers=headers).status_code

    def signed(self, value: dict[str, Json], *, secret: str = "") -> tuple[bytes, str]:
        """The bytes of a webhook with this value, and its signature."""
        whole: dict[str, Json] = {
            "messaging_product": "whatsapp",
            "metadata": {"phone_number_id": self._number},
            **value,
        }
        body = write_json(
            {
                "object": "whatsapp_business_account",
                "entry": [{"id": "1", "changes": [{"field": "messages", "value": whole}]}],
            }
        )
        return body, "sha256=" + hmac.new((secret or self._secret).encode(), body, hashlib.sha256).hexdigest()

    def _error(self, status: int, code: int) -> Reply:
        return Reply(status, {"error": {"message": "refused", "type": "OAuthException", "code": code}})


class SmsSimulator(_HttpChannel):
    """A gateway: the same id again is the same message."""

    def __init__(self, *, key: str) -> None:
        super().__init__()
        self._key = key

    def answer(self, call: Call) -> Reply:
        if call.headers.get("authorization") != f"Bearer {self._key}":
            return self.refusal(401)
        body = read_object(call.body)
        if set(body) != {"id", "to", "from", "text"} or str(body["to"]) in self.unknown_numbers:
            return self.refusal(422)
        known = next((one for one in self.sent if one.our_id == body["id"]), None)
        if known is None:
            known = Taken(f"sms-{next(self._numbers)}", str(body["id"]), str(body["to"]), str(body["text"]))
            self.sent.append(known)
        return Reply(202, {"id": known.reference})


@dataclass
class MailSimulator:
    """A mail server on loopback that keeps what it takes. `refuse` answers RCPT, `fail` the data, with that code."""

    mails: list[bytes] = field(default_factory=list)
    refuse: int = 0
    fail: int = 0

    def __enter__(self) -> Self:
        simulator = self

        class Talk(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                simulator._talk(self)

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Talk)
        self._server.daemon_threads = True
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _talk(self, line: socketserver.StreamRequestHandler) -> None:
        def say(text: str) -> None:
            line.wfile.write(text.encode() + b"\r\n")

        say("220 simulator")
        while command := line.rfile.readline(1000):
            word = command[:4].upper()
            if word == b"QUIT":
                say("221 bye")
                return
            if word == b"RCPT" and self.refuse:
                say(f"{self.refuse} no such mailbox")
            elif word == b"DATA":
                say("354 go on")
                body = b""
                while not body.endswith(b"\r\n.\r\n"):
                    body += line.rfile.readline(1000)
                if not self.fail:
                    self.mails.append(body)
                say(f"{self.fail} not now" if self.fail else "250 taken")
            else:
                say("250 simulator")
