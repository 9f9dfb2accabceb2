"""Reading the mailbox of mail that came back: every minute in the service, once in a ``tick``."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from digest.app.container import Container
from digest.app.mail_account import build_imap_account
from digest.app.settings import Settings
from digest.app.tls import load_ca_context
from digest.mail.bounces.parser import parse_bounce
from digest.mail.mailbox import Mailbox, MailboxSession, RawMail
from digest.mail.mailbox.imap import ImapMailbox
from digest.mail.mailbox.maildir import MaildirMailbox
from digest.model.bounce import BounceKind
from digest.model.clock import Clock
from digest.model.errors import DatabaseCorrupted, MailboxUnavailable, StoreError
from digest.services.admin_alerts import Alert, AlertKind, AlertService
from digest.services.bounces import BounceService, ProcessedMail, RecordResult
from digest.storage.bounces import SqlBounces

log = structlog.get_logger(__name__)

POLL_INTERVAL = 60.0
MAX_POLL_INTERVAL = 900.0
UNAVAILABLE_ALERT_DELAY = timedelta(hours=1)
"""How long a mailbox may be away until admins are told."""


@dataclass(slots=True, kw_only=True)
class BouncePoller:
    """Takes what came back out of its mailboxes."""

    bounces: BounceService
    mailboxes: Sequence[Mailbox]
    admin_alerts: AlertService
    clock: Clock
    interval: float = POLL_INTERVAL
    _unavailable_since: datetime | None = field(default=None)

    async def run(self) -> None:
        """Read again and again until cancelled; what cannot be read is tried again, less and less often.

        Raises ``DatabaseCorrupted``, which ends the service.
        """
        wait = self.interval
        while True:
            try:
                whole = await self.poll_once()
            except DatabaseCorrupted:
                raise
            except Exception:
                log.exception("returns: a round failed; the next one tries again")
                whole = False
            wait = self.interval if whole else min(wait * 2, MAX_POLL_INTERVAL)
            await asyncio.sleep(wait)

    async def poll_once(self) -> bool:
        """Read every mailbox to its end; False where one was away, or the store was."""
        whole = True
        for mailbox in self.mailboxes:
            try:
                counts = await self._poll_mailbox(mailbox)
            except (MailboxUnavailable, StoreError) as error:
                log.warning("returns: not read; tried again later", why=str(error))
                await self._handle_unavailable(error)
                whole = False
            else:
                if counts:
                    log.info("returns: read", mailbox=str(mailbox), **counts)
        if whole:
            self._unavailable_since = None
        return whole

    async def _poll_mailbox(self, mailbox: Mailbox) -> Mapping[str, int]:
        """Process every new email, and count them by what they mean."""
        taken: list[ProcessedMail] = []
        try:
            async with mailbox.open_session() as visit:
                while letters := await visit.next_batch():
                    await self._process_batch(visit, letters, taken)
        finally:
            await self._alert_about([one for one in taken if one.result is not RecordResult.DUPLICATE])
        return Counter(_count_label(one) for one in taken)

    async def _process_batch(
        self, session: MailboxSession, mails: Sequence[RawMail], processed: list[ProcessedMail]
    ) -> None:
        """Process a batch and add the results; its emails share a commit, and are marked once it is done."""
        ends = await asyncio.gather(*(self.bounces.process(one.raw) for one in mails), return_exceptions=True)
        done = [(one, end) for one, end in zip(mails, ends, strict=True) if isinstance(end, ProcessedMail)]
        processed += [end for _, end in done]
        await session.mark_processed([letter for letter, end in done if not end.needs_review])
        await session.mark_processed([letter for letter, end in done if end.needs_review], needs_review=True)
        for _, one in done:
            _log_mail(one)
        for end in ends:
            if isinstance(end, BaseException):
                raise end

    async def _alert_about(self, processed: Sequence[ProcessedMail]) -> None:
        """Alert the admins of unsubscribe requests without a token, and of bounces about our server.

        Anybody can write to the address of returns; only what shows a key is passed on to admins.
        """
        if asked := sum(one.needs_review for one in processed):
            await self._send_alert(Alert(kind=AlertKind.UNMATCHED_UNSUBSCRIBE, count=asked))
        back = [one for one in processed if one.kind is BounceKind.BLAMELESS and one.endpoint_id is not None]
        if back:
            await self._send_alert(Alert(kind=AlertKind.BLAMELESS_BOUNCES, count=len(back), detail=back[0].detail))

    async def _handle_unavailable(self, error: Exception) -> None:
        """Alert the admins if a mailbox stays unavailable."""
        now = self.clock()
        self._unavailable_since = self._unavailable_since or now
        if isinstance(error, MailboxUnavailable) and now - self._unavailable_since >= UNAVAILABLE_ALERT_DELAY:
            await self._send_alert(Alert(kind=AlertKind.BOUNCES_UNREAD, detail=str(error)))

    async def _send_alert(self, alert: Alert) -> None:
        try:
            await self.admin_alerts.send(alert)
        except StoreError as error:
            log.warning("admins not told", cause=alert.kind.value, why=str(error))


def build_bounce_poller(container: Container) -> BouncePoller | None:
    """Return what reads mail that came back; None where the settings name no mailbox."""
    verp, settings = container.verp, container.settings
    if verp is None:
        return None
    book = SqlBounces(container.store.database)
    returns = BounceService(
        store=book, read=parse_bounce, verp=verp, clock=container.clock, threshold=settings.bounce_threshold
    )
    return BouncePoller(
        bounces=returns,
        mailboxes=_configured_mailboxes(settings),
        admin_alerts=container.admin_alerts,
        clock=container.clock,
    )


def _configured_mailboxes(settings: Settings) -> Sequence[Mailbox]:
    found: list[Mailbox] = []
    if settings.bounce_dir:
        found.append(MaildirMailbox(root=settings.bounce_dir))
    if settings.bounce_imap_host and settings.bounce_imap_username and settings.bounce_imap_password:
        context = load_ca_context("BOUNCE_IMAP_CA_FILE", settings.bounce_imap_ca_file)
        found.append(ImapMailbox(account=build_imap_account(settings, context)))
    return found


def _count_label(mail: ProcessedMail) -> str:
    if mail.result is RecordResult.DUPLICATE:
        return "known"
    return mail.kind + (" without key" if mail.needs_review else "")


def _log_mail(mail: ProcessedMail) -> None:
    """Log what one email meant, without any address."""
    if mail.result is RecordResult.DUPLICATE:
        return
    whose = "nobody" if mail.endpoint_id is None else mail.endpoint_id
    line = log.warning if mail.needs_review or mail.result is RecordResult.DEACTIVATED else log.info
    line("mail came back", verdict=mail.kind.value, endpoint=whose, end=mail.result.value, why=mail.detail)
