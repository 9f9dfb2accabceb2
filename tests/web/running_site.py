"""The pages on a real store, served on loopback: what the tests of this folder talk to."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import httpx

from digest.model import Delivery, Digest, Locale, Paper, SelectedPaper, SignupConfirmation, Target
from digest.model.clock import FixedClock
from digest.model.links import EmailLinks, LinkBuilder, TokenPurpose
from digest.papers.report import parse_report
from digest.render.email.context import EmailContext
from digest.services.archive import Archive
from digest.services.email_links import EmailLinkService
from digest.services.signup import SignupService
from digest.storage import Store
from digest.storage.outbox_claims import load_deliveries
from digest.web import HealthStatus, TelegramWebhook, WebDependencies, WebServer, build_web_app, open_listen_socket
from digest.web.server import MAX_CONNECTIONS
from tests.render.email.sample_emails import IDENTITY, seed_taxonomy
from tests.support.database import subscription_service
from tests.support.plain_http import NO_TLS
from tests.support.report_parsing import parse_in_process

SECRET = b"a key of the pages' tests alone"
PUBLIC_URL = "https://digest.example.org"
SEED = Path("seeds/2026-01-24.md")
ANN_TARGET = Target.email("ann@example.org")


@dataclass(slots=True, kw_only=True)
class RunningSite:
    """The pages as they run, with everything behind them."""

    store: Store
    clock: FixedClock
    deps: WebDependencies
    server: WebServer
    client: httpx.AsyncClient

    @property
    def url(self) -> str:
        """Where they are served."""
        return f"http://127.0.0.1:{self.server.port}"

    async def email_links(self, target: Target = ANN_TARGET) -> EmailLinks:
        """Return the links of a mail to a target that is there."""
        reader = await self.store.subscribers.find_profile(target)
        assert reader is not None
        endpoint = next(one for one in reader.endpoints if one.target == target)
        delivery = Delivery(
            id=1,
            key="a key",
            endpoint_id=endpoint.id,
            subscriber_id=reader.subscriber.id,
            target=target,
            content=Digest(
                date=date(2026, 1, 24), locale=Locale.EN, papers=(SelectedPaper(paper_id="1"),), candidate_count=1
            ),
            created_at=self.clock(),
        )
        links = await self.deps.email_links.links_for(delivery)
        assert links is not None
        return links

    async def page_path(self, purpose: TokenPurpose, target: Target = ANN_TARGET) -> str:
        """Return the path of a target's page."""
        links = await self.email_links(target)
        link = links.unsubscribe if purpose is TokenPurpose.UNSUBSCRIBE else links.preferences
        return str(link).removeprefix(self.deps.public_url)

    async def hidden_fields(self, path: str = "/", **headers: str) -> dict[str, str]:
        """Return the hidden fields of a page's first form, as a browser would send them back."""
        page = await self.client.get(path, headers=headers)
        return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page.text))

    async def sign_up(self, address: str, **fields: str) -> httpx.Response:
        """Sign up as a person does: fetch the form, fill it, send it."""
        hidden = await self.hidden_fields()
        return await self.client.post("/", data={**hidden, "scope": "all", "email": address, **fields})

    async def pending_confirmations(self) -> list[tuple[str, str]]:
        """Return what waits to be sent to sign-ups: address and the path of the link that says yes."""
        found = []
        for row in reversed(await self.store.outbox.list_deliveries()):
            delivery = await _load_delivery(self.store, row.id)
            if isinstance(delivery.content, SignupConfirmation) and delivery.content.nonce:
                link = LinkBuilder(public_url="", secret=SECRET).confirm_url(delivery.content.nonce)
                found.append((row.target.address, link))
        return found


async def _load_delivery(store: Store, number: int) -> Delivery:
    async with store.database.read_only() as connection:
        (found,) = await load_deliveries(connection, [number], store.subscribers.clock())
    return found


@asynccontextmanager
async def run_site(
    store: Store,
    clock: FixedClock,
    *,
    public_url: str = PUBLIC_URL,
    max_connections: int = MAX_CONNECTIONS,
    proxies: Sequence[str] = ("127.0.0.1",),
    telegram: TelegramWebhook | None = None,
) -> AsyncIterator[RunningSite]:
    """Serve the pages on a store."""
    domains, membership = seed_taxonomy(), subscription_service(store, clock)
    house = WebDependencies(
        email_links=EmailLinkService(
            store=store.link_tokens,
            subscriptions=membership,
            links=LinkBuilder(public_url=public_url, secret=SECRET),
            secret=SECRET,
            clock=clock,
        ),
        signups=SignupService(store=store.signups, subscriptions=membership, secret=SECRET, clock=clock),
        subscriptions=membership,
        archive=Archive(store=store.papers, taxonomy=domains, clock=clock, parse=parse_in_process),
        taxonomy=domains,
        email_context=EmailContext(identity=IDENTITY, domain_names=domains),
        clock=clock,
        public_url=public_url,
        site_name="Paper Digest",
        postal_address=IDENTITY.postal_address,
        default_locale=Locale.EN,
        form_secret=SECRET,
        check_health=_healthy,
        telegram_webhook=telegram,
    )
    server = WebServer(
        build_web_app(house), open_listen_socket("127.0.0.1", 0), proxies=proxies, max_connections=max_connections
    )
    running = asyncio.create_task(server.run())
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}", timeout=60, verify=NO_TLS) as client:
            yield RunningSite(store=store, clock=clock, deps=house, server=server, client=client)
    finally:
        server.stop()
        await running


async def _healthy() -> HealthStatus:
    return HealthStatus(checks={"store": True, "scheduler": True})


def seed_papers() -> Mapping[str, Paper]:
    """Return the seed's papers by id."""
    return {paper.id: paper for paper in parse_report(SEED.read_bytes()).papers}
