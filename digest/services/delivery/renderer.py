"""From a delivery to the parts that a channel sends: papers are fetched here, rendering is pure."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import assert_never

from digest.model import Announcement, Channel, Delivery, Digest, Paper, SignupConfirmation, Target, VerificationCode
from digest.model.links import LinkBuilder
from digest.model.message import RenderedEmail, TelegramMessage
from digest.render.email.renderer import EmailRenderer
from digest.render.telegram.renderer import TelegramRenderer
from digest.services.archive import Archive
from digest.services.email_links import EmailLinkService


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRenderer:
    """Renders deliveries for both channels; ``links`` lead to the pages, ``sign`` signs mail.

    ``bot_username`` gives the bot's username, None where there is no bot or it cannot be asked.
    """

    archive: Archive
    email_links: EmailLinkService
    links: LinkBuilder
    email_renderer: EmailRenderer
    telegram_renderer: TelegramRenderer
    sign: Callable[[bytes], bytes] | None = None
    bot_username: Callable[[], Awaitable[str | None]] | None = None

    async def render(self, delivery: Delivery) -> Sequence[RenderedEmail | TelegramMessage]:
        """Return the messages of a delivery on its channel."""
        match delivery.target.channel:
            case Channel.EMAIL:
                return await self.render_email(delivery)
            case Channel.TELEGRAM:
                return await self.render_telegram(delivery)

    async def render_email(self, delivery: Delivery) -> Sequence[RenderedEmail]:
        """Return the one email of a delivery, signed where the operator has a key."""
        part = await self._build_email(delivery)
        if self.sign is None:
            return (part,)
        return (replace(part, raw=await asyncio.to_thread(self.sign, part.raw)),)

    async def _build_email(self, delivery: Delivery) -> RenderedEmail:
        match delivery.content:
            case Digest() as digest:
                links = await self.email_links.links_for(delivery)
                return self.email_renderer.render_digest(delivery, digest, await self._load_papers(digest), links)
            case Announcement() as announcement:
                links = None if announcement.is_system else await self.email_links.links_for(delivery)
                return self.email_renderer.render_announcement(delivery, announcement, links)
            case VerificationCode() as code:
                return self.email_renderer.render_verification_code(delivery, code)
            case SignupConfirmation() as question:
                return self.email_renderer.render_signup_confirmation(
                    delivery, question, self.links.confirm_url(question.nonce)
                )
            case forgotten:
                assert_never(forgotten)

    async def render_telegram(self, delivery: Delivery) -> Sequence[TelegramMessage]:
        """Return the Telegram messages of a delivery."""
        match delivery.content:
            case Digest() as digest:
                bot = await self.bot_username() if self.bot_username and is_group_target(delivery.target) else None
                return self.telegram_renderer.render_digest(digest, await self._load_papers(digest), bot_username=bot)
            case Announcement() as announcement:
                return self.telegram_renderer.render_announcement(announcement)
            case VerificationCode() | SignupConfirmation():
                raise AssertionError("what proves an email address goes there alone")
            case forgotten:
                assert_never(forgotten)

    async def _load_papers(self, digest: Digest) -> Mapping[str, Paper]:
        return await self.archive.get_many([pick.paper_id for pick in digest.papers])


def is_group_target(target: Target) -> bool:
    """Return whether a Telegram target is a group or a channel: their ids are negative."""
    return target.address.startswith("-")
