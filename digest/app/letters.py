"""From a delivery to the parts that a channel sends: papers are fetched here, rendering is pure."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import assert_never

from digest.access import Access
from digest.archive import Archive
from digest.links import LinkMaker
from digest.message import ChatPart, MailPart
from digest.model import AddressCode, Announcement, Delivery, Digest, OptIn, Paper, Target
from digest.render.email import MailRenderer
from digest.render.telegram import TelegramRenderer


@dataclass(frozen=True, slots=True, kw_only=True)
class Letters:
    """Renders deliveries for both channels; ``links`` lead to the pages, ``sign`` signs mail.

    ``bot`` gives the bot's username, None where there is no bot or it cannot be asked.
    """

    archive: Archive
    access: Access
    links: LinkMaker
    mail: MailRenderer
    chat: TelegramRenderer
    sign: Callable[[bytes], bytes] | None = None
    bot: Callable[[], Awaitable[str | None]] | None = None

    async def as_mail(self, delivery: Delivery) -> Sequence[MailPart]:
        """Give the one email of a delivery, signed where the operator has a key."""
        part = await self._mail(delivery)
        if self.sign is None:
            return (part,)
        return (replace(part, raw=await asyncio.to_thread(self.sign, part.raw)),)

    async def _mail(self, delivery: Delivery) -> MailPart:
        match delivery.content:
            case Digest() as digest:
                links = await self.access.mail_links(delivery)
                return self.mail.digest(delivery, digest, await self._papers(digest), links)
            case Announcement() as announcement:
                links = None if announcement.notice else await self.access.mail_links(delivery)
                return self.mail.announcement(delivery, announcement, links)
            case AddressCode() as code:
                return self.mail.address_code(delivery, code)
            case OptIn() as question:
                return self.mail.opt_in(delivery, question, self.links.confirm(question.nonce))
            case forgotten:
                assert_never(forgotten)

    async def as_chat(self, delivery: Delivery) -> Sequence[ChatPart]:
        """Give the Telegram messages of a delivery."""
        match delivery.content:
            case Digest() as digest:
                bot = await self.bot() if self.bot and in_a_group(delivery.target) else None
                return self.chat.digest(digest, await self._papers(digest), bot=bot)
            case Announcement() as announcement:
                return self.chat.announcement(announcement)
            case AddressCode() | OptIn():
                raise AssertionError("what proves an email address goes there alone")
            case forgotten:
                assert_never(forgotten)

    async def _papers(self, digest: Digest) -> Mapping[str, Paper]:
        return await self.archive.several([pick.paper for pick in digest.picks])


def in_a_group(target: Target) -> bool:
    """Tell whether a Telegram target is a group or a channel: their ids are negative."""
    return target.address.startswith("-")
