"""Reading the mailbox of mail that came back: every minute in the service, once in a ``tick``."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from digest.alerts import Alarm, Alerts, Cause
from digest.app.core import Core
from digest.app.trust import trust
from digest.bounces import Verdict, read_return
from digest.clock import Clock
from digest.errors import MailboxAway, StoreDamaged, StoreError
from digest.returns import Kept, Returns, Taken
from digest.settings import Settings
from digest.source.imap import ImapAccount, ImapMailbox
from digest.source.mail_folder import MailFolder
from digest.source.mailbox import Letter, Mailbox, Visit
from digest.store.returns import StoredReturns

log = structlog.get_logger(__name__)

EVERY_SECONDS = 60.0
LONGEST_WAIT = 900.0
PATIENCE = timedelta(hours=1)
"""How long a mailbox may be away until admins are told."""


@dataclass(slots=True, kw_only=True)
class Reading:
    """Takes what came back out of its mailboxes."""

    returns: Returns
    mailboxes: Sequence[Mailbox]
    alerts: Alerts
    clock: Clock
    every: float = EVERY_SECONDS
    _away_since: datetime | None = field(default=None)

    async def run(self) -> None:
        """Read again and again until cancelled; what cannot be read is tried again, less and less often.

        Raises ``StoreDamaged``, which ends the service.
        """
        wait = self.every
        while True:
            try:
                whole = await self.once()
            except StoreDamaged:
                raise
            except Exception:
                log.exception("returns: a round failed; the next one tries again")
                whole = False
            wait = self.every if whole else min(wait * 2, LONGEST_WAIT)
            await asyncio.sleep(wait)

    async def once(self) -> bool:
        """Read every mailbox to its end; False where one was away, or the store was."""
        whole = True
        for mailbox in self.mailboxes:
            try:
                counts = await self._read(mailbox)
            except (MailboxAway, StoreError) as error:
                log.warning("returns: not read; tried again later", why=str(error))
                await self._missed(error)
                whole = False
            else:
                if counts:
                    log.info("returns: read", mailbox=str(mailbox), **counts)
        if whole:
            self._away_since = None
        return whole

    async def _read(self, mailbox: Mailbox) -> Mapping[str, int]:
        """Take every letter that is new, and count them by what they say."""
        taken: list[Taken] = []
        try:
            async with mailbox.visit() as visit:
                while letters := await visit.next():
                    await self._take(visit, letters, taken)
        finally:
            await self._tell_of([one for one in taken if one.kept is not Kept.KNOWN])
        return Counter(_counted(one) for one in taken)

    async def _take(self, visit: Visit, letters: Sequence[Letter], taken: list[Taken]) -> None:
        """Take a batch, and add what became of it; letters share a commit, and are marked once it is done."""
        ends = await asyncio.gather(*(self.returns.take(one.raw) for one in letters), return_exceptions=True)
        done = [(one, end) for one, end in zip(letters, ends, strict=True) if isinstance(end, Taken)]
        taken += [end for _, end in done]
        await visit.done([letter for letter, end in done if not end.needs_person])
        await visit.done([letter for letter, end in done if end.needs_person], for_person=True)
        for _, one in done:
            _log(one)
        for end in ends:
            if isinstance(end, BaseException):
                raise end

    async def _tell_of(self, taken: Sequence[Taken]) -> None:
        """Tell the admins what needs them: who asks to leave without a key, and what speaks of our server.

        Anybody can write to the address of returns; only what shows a key is passed on to admins.
        """
        if asked := sum(one.needs_person for one in taken):
            await self._tell(Alarm(cause=Cause.UNSUBSCRIBE_ASKED, n=asked))
        back = [one for one in taken if one.verdict is Verdict.BLAMELESS and one.endpoint is not None]
        if back:
            await self._tell(Alarm(cause=Cause.MAIL_SENT_BACK, n=len(back), detail=back[0].detail))

    async def _missed(self, error: Exception) -> None:
        """Tell the admins of a mailbox that stays away."""
        now = self.clock()
        self._away_since = self._away_since or now
        if isinstance(error, MailboxAway) and now - self._away_since >= PATIENCE:
            await self._tell(Alarm(cause=Cause.RETURNS_UNREAD, detail=str(error)))

    async def _tell(self, alarm: Alarm) -> None:
        try:
            await self.alerts.tell(alarm)
        except StoreError as error:
            log.warning("admins not told", cause=alarm.cause.value, why=str(error))


def reading_of(core: Core) -> Reading | None:
    """Give what reads mail that came back; None where the settings name no mailbox."""
    verp, settings = core.verp, core.settings
    if verp is None:
        return None
    book = StoredReturns(core.store.database)
    returns = Returns(
        book=book, read=read_return, verp=verp, clock=core.clock, threshold=settings.bounce_threshold
    )
    return Reading(returns=returns, mailboxes=_mailboxes(settings), alerts=core.alerts, clock=core.clock)


def _mailboxes(settings: Settings) -> Sequence[Mailbox]:
    found: list[Mailbox] = []
    if settings.bounce_dir:
        found.append(MailFolder(root=settings.bounce_dir))
    if settings.bounce_imap_host and settings.bounce_imap_username and settings.bounce_imap_password:
        account = ImapAccount(
            host=settings.bounce_imap_host,
            port=settings.bounce_imap_port,
            security=settings.bounce_imap_security,
            username=settings.bounce_imap_username,
            password=settings.bounce_imap_password.get_secret_value(),
            folder=settings.bounce_imap_folder,
            context=trust("BOUNCE_IMAP_CA_FILE", settings.bounce_imap_ca_file),
        )
        found.append(ImapMailbox(account=account))
    return found


def _counted(taken: Taken) -> str:
    if taken.kept is Kept.KNOWN:
        return "known"
    return taken.verdict + (" without key" if taken.needs_person else "")


def _log(taken: Taken) -> None:
    """Say what one mail meant; nobody's address stands in it."""
    if taken.kept is Kept.KNOWN:
        return
    whose = "nobody" if taken.endpoint is None else taken.endpoint
    line = log.warning if taken.needs_person or taken.kept is Kept.STOPPED else log.info
    line(
        "mail came back", verdict=taken.verdict.value, endpoint=whose, end=taken.kept.value, why=taken.detail
    )
