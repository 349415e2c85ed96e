"""E-mail through the office's own SMTP server, over TLS only; in the clear only to a simulator on this machine."""

import re
import smtplib
import ssl
from dataclasses import dataclass, field
from email.message import EmailMessage

from partners.base import Unreachable
from partners.messages import Outgoing, Refused

_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+", re.ASCII)
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_IMPLICIT_TLS = 465


def is_address(text: str) -> bool:
    """Whether this can be an e-mail address; quoted and international ones are not taken."""
    return len(text) <= 120 and _ADDRESS.fullmatch(text) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class MailSettings:
    """An office's mail account. Port 465 is TLS from the first byte; any other has to offer STARTTLS."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    sender: str
    timeout: float = 20.0

    def __post_init__(self) -> None:
        if not is_address(self.sender):
            raise ValueError("the sender is an e-mail address")
        if not re.fullmatch(r"[A-Za-z0-9.:-]{1,200}", self.host, re.ASCII) or not 0 < self.port < 65536:
            raise ValueError("the mail server is a host and a port")


class Mail:
    """A mail server. Every message gets a connection of its own."""

    name = "email"

    def __init__(self, settings: MailSettings) -> None:
        self._settings = settings

    def send(self, message: Outgoing) -> str:
        """The Message-ID; it is the same for every try, so that a mailbox can tell."""
        given = self._settings
        reference = f"<{message.id}@{given.sender.partition('@')[2]}>"
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = given.sender, message.to, message.subject
        mail["Message-ID"], mail["Auto-Submitted"] = reference, "auto-generated"
        mail.set_content(message.text)
        handed = False
        try:
            with self._connect() as server:
                if given.user:
                    server.login(given.user, given.password)
                handed = True
                server.send_message(mail)
        except smtplib.SMTPAuthenticationError as error:
            raise Refused("account", str(error.smtp_code)) from None
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _ in error.recipients.values()]
            if all(code >= 500 for code in codes):
                raise Refused("person", str(codes[0])) from None
            raise Unreachable("the mail server wants it later", sent=False) from None
        except smtplib.SMTPSenderRefused as error:
            raise Refused("account", str(error.smtp_code)) from None
        except smtplib.SMTPNotSupportedError:
            raise Refused("account", "no TLS") from None
        except smtplib.SMTPDataError as error:
            if error.smtp_code >= 500:
                raise Refused("message", str(error.smtp_code)) from None
            raise Unreachable("the mail server wants it later", sent=False) from None
        except (smtplib.SMTPException, OSError) as error:
            raise Unreachable(f"no answer: {type(error).__name__}", sent=handed) from None
        return reference

    def _connect(self) -> smtplib.SMTP:
        given = self._settings
        if given.port == _IMPLICIT_TLS:
            return smtplib.SMTP_SSL(given.host, given.port, timeout=given.timeout, context=ssl.create_default_context())
        server = smtplib.SMTP(given.host, given.port, timeout=given.timeout)
        if given.host not in _LOOPBACK:
            try:
                server.starttls(context=ssl.create_default_context())
            except BaseException:
                server.close()
                raise
        return server
