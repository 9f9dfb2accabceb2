"""A mailbox read over IMAP (RFC 3501): what is unseen, in batches, marked as seen once it was taken."""

import imaplib
import re
import socket
import ssl
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from threading import Thread
from typing import Any, Literal, TypeVar

from imap_tools import BaseMailBox, MailBox, MailBoxStartTls, MailBoxUnencrypted
from imap_tools.errors import ImapToolsError, MailboxFolderSelectError, MailboxLoginError

from digest.mail.mailbox import BATCH_SIZE, MAX_MAIL_SIZE, RawMail
from digest.model.daemon_threads import run_in_daemon_thread
from digest.model.errors import MailboxUnavailable

T = TypeVar("T")

SERVER_TIMEOUT = 30.0
"""How long a server may say nothing."""

_UID = re.compile(rb"\bUID (\d+)")
_MAX_ERROR_LENGTH = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class ImapAccount:
    """Where the mailbox is; ``context`` says whose certificates are believed, None: the system's."""

    host: str
    port: int
    security: Literal["tls", "starttls", "none"]
    username: str
    password: str = field(repr=False)
    folder: str = "INBOX"
    context: ssl.SSLContext | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImapMailbox:
    """Implements ``digest.mail.mailbox.Mailbox`` for an account.

    ``timeout`` bounds each silence.
    """

    account: ImapAccount
    timeout: float = SERVER_TIMEOUT

    def __str__(self) -> str:
        """Name the account's server."""
        return f"IMAP {self.account.host}:{self.account.port}"

    @asynccontextmanager
    async def open_session(self) -> AsyncIterator["ImapSession"]:
        """Log in and look what is unseen.

        Raises ``MailboxUnavailable`` in one line where that is not possible.
        """
        box = await run_in_daemon_thread(lambda: self._wrap_errors(lambda: open_folder(self.account, self.timeout)))
        try:
            uids = await run_in_daemon_thread(lambda: self._wrap_errors(lambda: box.uids("UNSEEN", charset=None)))
            yield ImapSession(box=box, wrap_errors=self._wrap_errors, unread=deque(uids))
            with suppress(ImapToolsError, imaplib.IMAP4.error, OSError):
                await run_in_daemon_thread(box.logout)
        finally:
            _disconnect(box)

    def _wrap_errors(self, work: Callable[[], T]) -> T:
        """Do ``work``; its errors become one line that names the server, and never the password."""
        try:
            return work()
        except MailboxLoginError as error:
            what = "refuses the login; check BOUNCE_IMAP_USERNAME and BOUNCE_IMAP_PASSWORD"
            raise MailboxUnavailable(f"{self} {what} ({self._error_text(error)})") from None
        except MailboxFolderSelectError as error:
            what = f"has no folder BOUNCE_IMAP_FOLDER={self.account.folder}"
            raise MailboxUnavailable(f"{self} {what} ({self._error_text(error)})") from error
        except ssl.SSLError as error:
            advice = "check BOUNCE_IMAP_SECURITY, BOUNCE_IMAP_PORT and BOUNCE_IMAP_CA_FILE"
            raise MailboxUnavailable(f"{self}: no safe connection; {advice} ({self._error_text(error)})") from error
        except (ImapToolsError, imaplib.IMAP4.error, OSError, ValueError) as error:
            words = self._error_text(error) or type(error).__name__
            raise MailboxUnavailable(f"{self} cannot be read ({words})") from error

    def _error_text(self, error: Exception) -> str:
        words = " ".join(str(error).split()).replace(self.account.password, "***")
        return words[:_MAX_ERROR_LENGTH]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImapSession:
    """Implements ``digest.mail.mailbox.MailboxSession``."""

    box: BaseMailBox
    wrap_errors: Callable[[Callable[[], Any]], Any]
    unread: deque[str]

    async def next_batch(self) -> Sequence[RawMail]:
        """Return the next emails; one that vanished meanwhile is left out."""
        while self.unread:
            uids = [self.unread.popleft() for _ in range(min(BATCH_SIZE, len(self.unread)))]
            fetch = partial(self._fetch, uids)
            emails: list[RawMail] = await run_in_daemon_thread(partial(self.wrap_errors, fetch))
            if emails:
                return emails
        return ()

    async def mark_processed(self, mails: Sequence[RawMail], *, needs_review: bool = False) -> None:
        r"""Mark emails as ``\Seen``, and as ``\Flagged`` where a person must look."""
        flags = r"(\Seen \Flagged)" if needs_review else r"(\Seen)"
        if places := ",".join(email.id for email in mails):
            await run_in_daemon_thread(
                lambda: self.wrap_errors(lambda: self._command("STORE", places, "+FLAGS.SILENT", flags))
            )

    def _fetch(self, uids: Sequence[str]) -> list[RawMail]:
        answer = self._command("FETCH", ",".join(uids), f"(BODY.PEEK[]<0.{MAX_MAIL_SIZE}>)")
        return list(_parse_fetch(answer))

    def _command(self, *words: str) -> list[Any]:
        status, answer = self.box.client.uid(*words)
        if status != "OK":
            raise imaplib.IMAP4.error(f"{words[0]}: {status} {answer!r}")
        return answer


def open_folder(account: ImapAccount, timeout: float, *, readonly: bool = False) -> BaseMailBox:
    """Log in and select the account's folder; blocks, and raises the errors of imap_tools and imaplib."""
    box = _connect(account, timeout)
    try:
        plain = (account.username + account.password).isascii()
        log_in = box.login if plain else box.login_utf8
        log_in(account.username, account.password, initial_folder=None)
        box.folder.set(account.folder, readonly=readonly)
    except BaseException:
        _disconnect(box)
        raise
    return box


def _connect(account: ImapAccount, timeout: float) -> BaseMailBox:
    context = account.context or ssl.create_default_context()
    match account.security:
        case "tls":
            return MailBox(account.host, account.port, timeout=timeout, ssl_context=context)
        case "starttls":
            return MailBoxStartTls(account.host, account.port, timeout=timeout, ssl_context=context)
        case "none":
            return MailBoxUnencrypted(account.host, account.port, timeout=timeout)


def _parse_fetch(response: Sequence[Any]) -> Iterator[RawMail]:
    """Read a FETCH answer as imaplib gives it: a pair of line and literal, then the rest of that line.

    The number may stand before or behind the literal; an email without one is empty.
    """
    for at, item in enumerate(response):
        line, literal = item if isinstance(item, tuple) else (item, b"")
        if not isinstance(line, bytes):
            continue
        after = response[at + 1] if literal and at + 1 < len(response) else b""
        found = _UID.search(line) or (_UID.search(after) if isinstance(after, bytes) else None)
        if found and (literal or b"BODY[]" in line):
            yield RawMail(id=found.group(1).decode(), raw=literal)


def _disconnect(box: BaseMailBox) -> None:
    """Close the connection under whoever still reads from it: closing its file would wait for them."""
    with suppress(OSError, ValueError):
        box.client.socket().shutdown(socket.SHUT_RDWR)

    def close() -> None:
        with suppress(OSError, ValueError):
            box.client.shutdown()

    Thread(target=close, daemon=True, name="imap close").start()
