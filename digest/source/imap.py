"""A mailbox read over IMAP (RFC 3501): what is unseen, in batches, marked as seen once it was taken."""

import imaplib
import re
import socket
import ssl
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from threading import Thread
from typing import Any, Literal, TypeVar

from imap_tools import BaseMailBox, MailBox, MailBoxStartTls, MailBoxUnencrypted
from imap_tools.errors import ImapToolsError, MailboxFolderSelectError, MailboxLoginError

from digest.errors import MailboxAway
from digest.source.aside import aside
from digest.source.mailbox import BATCH, LARGEST, Letter

T = TypeVar("T")

SECONDS = 30.0
"""How long a server may say nothing."""

_UID = re.compile(rb"\bUID (\d+)")
_LONGEST_WORDS = 200


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
    """Implements ``digest.source.mailbox.Mailbox`` for an account; ``seconds`` bounds each silence."""

    account: ImapAccount
    seconds: float = SECONDS

    def __str__(self) -> str:
        """Name the account's server."""
        return f"IMAP {self.account.host}:{self.account.port}"

    @asynccontextmanager
    async def visit(self) -> AsyncIterator["ImapVisit"]:
        """Log in and look what is unseen; raises ``MailboxAway`` in one line where that is not possible."""
        box = await aside(lambda: self._told(self._open))
        try:
            uids = await aside(lambda: self._told(lambda: box.uids("UNSEEN", charset=None)))
            yield ImapVisit(box=box, told=self._told, waiting=deque(uids))
            await aside(lambda: _leave(box))
        finally:
            _cut(box)

    def _open(self) -> BaseMailBox:
        account = self.account
        box = self._connected()
        try:
            plain = (account.username + account.password).isascii()
            log_in = box.login if plain else box.login_utf8
            log_in(account.username, account.password, initial_folder=None)
            box.folder.set(account.folder)
        except BaseException:
            _cut(box)
            raise
        return box

    def _connected(self) -> BaseMailBox:
        account, context = self.account, self.account.context or ssl.create_default_context()
        match account.security:
            case "tls":
                return MailBox(account.host, account.port, timeout=self.seconds, ssl_context=context)
            case "starttls":
                return MailBoxStartTls(account.host, account.port, timeout=self.seconds, ssl_context=context)
            case "none":
                return MailBoxUnencrypted(account.host, account.port, timeout=self.seconds)

    def _told(self, work: Callable[[], T]) -> T:
        """Do ``work``; its errors become one line that names the server, and never the password."""
        try:
            return work()
        except MailboxLoginError as error:
            what = "refuses the login; check BOUNCE_IMAP_USERNAME and BOUNCE_IMAP_PASSWORD"
            raise MailboxAway(f"{self} {what} ({self._words(error)})") from None
        except MailboxFolderSelectError as error:
            what = f"has no folder BOUNCE_IMAP_FOLDER={self.account.folder}"
            raise MailboxAway(f"{self} {what} ({self._words(error)})") from error
        except ssl.SSLError as error:
            advice = "check BOUNCE_IMAP_SECURITY, BOUNCE_IMAP_PORT and BOUNCE_IMAP_CA_FILE"
            raise MailboxAway(f"{self}: no safe connection; {advice} ({self._words(error)})") from error
        except (ImapToolsError, imaplib.IMAP4.error, OSError, ValueError) as error:
            words = self._words(error) or type(error).__name__
            raise MailboxAway(f"{self} cannot be read ({words})") from error

    def _words(self, error: Exception) -> str:
        words = " ".join(str(error).split()).replace(self.account.password, "***")
        return words[:_LONGEST_WORDS]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImapVisit:
    """Implements ``digest.source.mailbox.Visit``."""

    box: BaseMailBox
    told: Callable[[Callable[[], Any]], Any]
    waiting: deque[str]

    async def next(self) -> Sequence[Letter]:
        """Give the next letters; one that vanished meanwhile is left out."""
        while self.waiting:
            uids = [self.waiting.popleft() for _ in range(min(BATCH, len(self.waiting)))]
            letters: list[Letter] = await aside(lambda uids=uids: self.told(lambda: self._fetch(uids)))  # type: ignore[misc]
            if letters:
                return letters
        return ()

    async def done(self, taken: Sequence[Letter], *, for_person: bool = False) -> None:
        r"""Mark letters as ``\Seen``, and as ``\Flagged`` where a person must look."""
        flags = r"(\Seen \Flagged)" if for_person else r"(\Seen)"
        if places := ",".join(letter.place for letter in taken):
            await aside(lambda: self.told(lambda: self._command("STORE", places, "+FLAGS.SILENT", flags)))

    def _fetch(self, uids: Sequence[str]) -> list[Letter]:
        answer = self._command("FETCH", ",".join(uids), f"(BODY.PEEK[]<0.{LARGEST}>)")
        return list(_letters(answer))

    def _command(self, *words: str) -> list[Any]:
        status, answer = self.box.client.uid(*words)
        if status != "OK":
            raise imaplib.IMAP4.error(f"{words[0]}: {status} {answer!r}")
        return answer


def _letters(answer: Sequence[Any]) -> Iterator[Letter]:
    """Read a FETCH answer as imaplib gives it: a pair of line and literal, then the rest of that line.

    The number may stand before or behind the literal; a letter without one is empty.
    """
    for at, item in enumerate(answer):
        line, literal = item if isinstance(item, tuple) else (item, b"")
        if not isinstance(line, bytes):
            continue
        after = answer[at + 1] if literal and at + 1 < len(answer) else b""
        found = _UID.search(line) or (_UID.search(after) if isinstance(after, bytes) else None)
        if found and (literal or b"BODY[]" in line):
            yield Letter(place=found.group(1).decode(), raw=literal)


def _cut(box: BaseMailBox) -> None:
    """Close the connection under whoever still reads from it: closing its file would wait for them."""
    with suppress(OSError, ValueError):
        box.client.socket().shutdown(socket.SHUT_RDWR)
    Thread(target=_close, args=(box,), daemon=True, name="imap close").start()


def _close(box: BaseMailBox) -> None:
    with suppress(OSError, ValueError):
        box.client.shutdown()


def _leave(box: BaseMailBox) -> None:
    with suppress(ImapToolsError, imaplib.IMAP4.error, OSError):
        box.logout()
