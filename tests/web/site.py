"""The pages on a real store, served on loopback: what the tests of this folder talk to."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import httpx

from digest.access import Access
from digest.archive import Archive
from digest.clock import SetClock
from digest.links import LinkMaker, MailLinks, Purpose
from digest.model import Delivery, Digest, Locale, OptIn, Paper, Pick, Target
from digest.parse import parse_report
from digest.render.mail_words import MailWords
from digest.render.web_digest import WebDigest
from digest.signup import SignUp
from digest.store import Store
from digest.store.leases import deliveries
from digest.web import Health, TelegramHook, WebHouse, WebServer, build_site, listening_socket
from digest.web.server import Room
from tests.render.mails import IDENTITY, taxonomy
from tests.support.loopback import NO_TLS
from tests.support.parsing import parsed_here
from tests.support.stores import membership_on

SECRET = b"a key of the pages' tests alone"
PUBLIC_URL = "https://digest.example.org"
SEED = Path("seeds/2026-01-24.md")
ANN = Target.email("ann@example.org")


@dataclass(slots=True, kw_only=True)
class Site:
    """The pages as they run, with everything behind them."""

    store: Store
    clock: SetClock
    house: WebHouse
    server: WebServer
    client: httpx.AsyncClient

    @property
    def url(self) -> str:
        """Where they are served."""
        return f"http://127.0.0.1:{self.server.port}"

    async def links(self, target: Target = ANN) -> MailLinks:
        """Give the links of a mail to a target that is there."""
        reader = await self.store.people.reader(target)
        assert reader is not None
        endpoint = next(one for one in reader.endpoints if one.target == target)
        delivery = Delivery(
            id=1,
            key="a key",
            endpoint=endpoint.id,
            subscriber=reader.subscriber.id,
            target=target,
            content=Digest(date=date(2026, 1, 24), locale=Locale.EN, picks=(Pick(paper="1"),), total=1),
            created_at=self.clock(),
        )
        links = await self.house.access.mail_links(delivery)
        assert links is not None
        return links

    async def path(self, purpose: Purpose, target: Target = ANN) -> str:
        """Give the path of a target's page."""
        links = await self.links(target)
        link = links.unsubscribe if purpose is Purpose.UNSUBSCRIBE else links.preferences
        return str(link).removeprefix(self.house.public_url)

    async def form(self, path: str = "/", **headers: str) -> dict[str, str]:
        """Give the hidden fields of a page's first form, as a browser would send them back."""
        page = await self.client.get(path, headers=headers)
        return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page.text))

    async def sign_up(self, address: str, **fields: str) -> httpx.Response:
        """Sign up as a person does: fetch the form, fill it, send it."""
        hidden = await self.form()
        return await self.client.post("/", data={**hidden, "scope": "all", "email": address, **fields})

    async def asked(self) -> list[tuple[str, str]]:
        """Give what waits to be sent to sign-ups: address and the path of the link that says yes."""
        found = []
        for row in reversed(await self.store.outbox.rows()):
            delivery = await _delivery(self.store, row.id)
            if isinstance(delivery.content, OptIn) and delivery.content.nonce:
                link = LinkMaker(public_url="", secret=SECRET).confirm(delivery.content.nonce)
                found.append((row.target.address, link))
        return found


async def _delivery(store: Store, number: int) -> Delivery:
    async with store.database.reading() as connection:
        (found,) = await deliveries(connection, [number], store.people.clock())
    return found


@asynccontextmanager
async def running_site(
    store: Store,
    clock: SetClock,
    *,
    public_url: str = PUBLIC_URL,
    room: Room | None = None,
    proxies: Sequence[str] = ("127.0.0.1",),
    telegram: TelegramHook | None = None,
) -> AsyncIterator[Site]:
    """Serve the pages on a store."""
    domains, membership = taxonomy(), membership_on(store, clock)
    words = MailWords(identity=IDENTITY, names=domains)
    house = WebHouse(
        access=Access(
            keys=store.keys,
            membership=membership,
            links=LinkMaker(public_url=public_url, secret=SECRET),
            secret=SECRET,
            clock=clock,
        ),
        sign_up=SignUp(sign_ups=store.sign_ups, membership=membership, secret=SECRET, clock=clock),
        membership=membership,
        archive=Archive(papers=store.papers, taxonomy=domains, clock=clock, parse=parsed_here),
        taxonomy=domains,
        digest=WebDigest(words=words, names=domains),
        clock=clock,
        public_url=public_url,
        name="Paper Digest",
        postal=IDENTITY.postal_address,
        locale=Locale.EN,
        secret=SECRET,
        health=_well,
        telegram=telegram,
    )
    server = WebServer(build_site(house), listening_socket("127.0.0.1", 0), proxies=proxies, room=room)
    running = asyncio.create_task(server.run())
    try:
        async with httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{server.port}", timeout=60, verify=NO_TLS
        ) as client:
            yield Site(store=store, clock=clock, house=house, server=server, client=client)
    finally:
        server.stop()
        await running


async def _well() -> Health:
    return Health(parts={"store": True, "scheduler": True})


def seed_papers() -> Mapping[str, Paper]:
    """Give the seed's papers by id."""
    return {paper.id: paper for paper in parse_report(SEED.read_bytes()).papers}
