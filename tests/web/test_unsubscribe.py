"""Leaving by a link: at once for a mailbox that posts, with a button for a person, and never by a look."""

import asyncio
from dataclasses import replace

import httpx
import pytest
from sqlalchemy import update

from digest.model import Delivery, DeliveryState, EndpointState, Target
from digest.model.links import TokenPurpose
from digest.services.editions import EditionService
from digest.services.email_links import EmailLinkService
from digest.storage.tables import endpoints
from tests.render.email.sample_emails import make_delivery, whole_seed_digest
from tests.support.database import TODAY, make_paper, save_report
from tests.support.plain_http import NO_TLS
from tests.web.running_site import ANN_TARGET, RunningSite

ONE_CLICK = {"List-Unsubscribe": "One-Click"}
CHAT = Target.telegram(42)


async def load_state(site: RunningSite, target: Target = ANN_TARGET) -> EndpointState:
    """Return the state of a target's endpoint."""
    reader = await site.store.subscribers.find_profile(target)
    assert reader is not None
    return next(one.state for one in reader.endpoints if one.target == target)


@pytest.mark.parametrize(
    "body",
    [
        {"data": ONE_CLICK},
        {"files": {name: (None, value) for name, value in ONE_CLICK.items()}},
        {"content": b""},
        {"content": b"\xff\x00", "headers": {"Content-Type": "multipart/form-data"}},
    ],
    ids=["urlencoded", "multipart", "empty", "broken"],
)
async def test_one_click_unsubscribes_at_once_without_a_redirect(site: RunningSite, body: dict[str, object]) -> None:
    path = await site.page_path(TokenPurpose.UNSUBSCRIBE)

    answer = await site.client.post(path, **body)  # type: ignore[arg-type]

    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers
    assert await load_state(site) is EndpointState.UNSUBSCRIBED


async def test_one_click_again_and_from_any_agent_ends_the_same_way(site: RunningSite) -> None:
    path = await site.page_path(TokenPurpose.UNSUBSCRIBE)
    agents = ("", "Mozilla/5.0", "Google-Read-Aloud", "curl/8")

    answers = [await site.client.post(path, data=ONE_CLICK, headers={"User-Agent": a}) for a in agents]

    assert {(one.status_code, one.text) for one in answers} == {(200, answers[0].text)}
    assert await load_state(site) is EndpointState.UNSUBSCRIBED


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_a_scanner_that_opens_the_link_changes_nothing(site: RunningSite, method: str) -> None:
    path = await site.page_path(TokenPurpose.UNSUBSCRIBE)

    answer = await site.client.request(method, path)

    assert answer.status_code == 200
    assert await load_state(site) is EndpointState.ACTIVE


async def test_what_is_queued_is_cancelled(site: RunningSite) -> None:
    await save_report(site.store, TODAY, make_paper(1, "robotics"))
    path = await site.page_path(TokenPurpose.UNSUBSCRIBE)
    site.clock.now = site.clock().replace(hour=8, minute=1)

    await EditionService(store=site.store.editions, clock=site.clock).queue_due_digests()

    await site.client.post(path, data=ONE_CLICK)

    assert [row.state for row in await site.store.outbox.list_deliveries()] == [DeliveryState.CANCELLED]


async def test_a_link_of_an_earlier_key_still_works_and_new_mails_get_a_new_one(site: RunningSite) -> None:
    old = await site.page_path(TokenPurpose.UNSUBSCRIBE)
    other = replace(site.deps.email_links, secret=b"another key", _cache={})

    new = await other.links_for(await _newest_delivery(site))
    await site.client.post(old, data=ONE_CLICK)

    assert new is not None
    assert not new.unsubscribe.endswith(old)
    assert await load_state(site) is EndpointState.UNSUBSCRIBED
    assert isinstance(other, EmailLinkService)


async def test_who_reads_elsewhere_too_goes_on_there_and_is_told_so(site: RunningSite) -> None:
    reader = await site.store.subscribers.find_profile(ANN_TARGET)
    assert reader is not None
    await site.store.email_verification.link(reader.subscriber.id, CHAT)
    path = await site.page_path(TokenPurpose.UNSUBSCRIBE)

    answer = await site.client.post(path, data=ONE_CLICK)

    assert "other channels" in answer.text
    assert await load_state(site, CHAT) is EndpointState.ACTIVE
    after = await site.store.subscribers.find_profile(CHAT)
    assert after is not None
    assert after.subscriber.next_digest_at is not None


async def test_a_mistake_is_undone_with_a_button_from_the_newest_report_on(site: RunningSite) -> None:
    path = await site.page_path(TokenPurpose.UNSUBSCRIBE)
    await site.client.post(path, data=ONE_CLICK)
    hidden = await site.hidden_fields(path)

    answer = await site.client.post(path, data={**hidden, "do": "again"})

    assert "subscribed again" in answer.text
    assert await load_state(site) is EndpointState.ACTIVE
    reader = await site.store.subscribers.find_profile(ANN_TARGET)
    assert reader is not None
    assert reader.subscriber.next_digest_at is not None


async def test_undoing_needs_the_token_in_the_body(site: RunningSite) -> None:
    path = await site.page_path(TokenPurpose.UNSUBSCRIBE)
    await site.client.post(path, data=ONE_CLICK)

    await site.client.post(path, data={"do": "again"})

    assert await load_state(site) is EndpointState.UNSUBSCRIBED


async def test_a_suppressed_address_does_not_come_back_by_a_button(site: RunningSite) -> None:
    path = await site.page_path(TokenPurpose.UNSUBSCRIBE)
    await site.store.database.write(lambda db: db.execute(update(endpoints).values(state=EndpointState.SUPPRESSED)))
    page = await site.client.get(path)
    token = path.rpartition("/")[2]

    await site.client.post(path, data={"do": "again", "token": token})

    assert "start sending again" not in page.text
    assert await load_state(site) is EndpointState.SUPPRESSED


async def test_the_link_of_an_erased_reader_is_answered_with_200(site: RunningSite) -> None:
    path = await site.page_path(TokenPurpose.UNSUBSCRIBE)
    await site.deps.subscriptions.erase(ANN_TARGET)

    answer = await site.client.post(path, data=ONE_CLICK)

    assert answer.status_code == 200
    assert "erased" in answer.text


async def test_fifty_clicks_at_once_have_one_effect(site: RunningSite) -> None:
    path = await site.page_path(TokenPurpose.UNSUBSCRIBE)
    limits = httpx.Limits(max_connections=50)

    async with httpx.AsyncClient(base_url=site.url, limits=limits, verify=NO_TLS) as client:
        answers = await asyncio.gather(*(client.post(path, data=ONE_CLICK) for _ in range(50)))

    assert {one.status_code for one in answers} == {200}
    assert await load_state(site) is EndpointState.UNSUBSCRIBED


async def test_the_page_shows_a_stranger_little_of_the_address(site: RunningSite) -> None:
    page = await site.client.get(await site.page_path(TokenPurpose.UNSUBSCRIBE))

    assert "a…@example.org" in page.text
    assert ANN_TARGET.address not in page.text


async def _newest_delivery(site: RunningSite) -> Delivery:
    reader = await site.store.subscribers.find_profile(ANN_TARGET)
    assert reader is not None
    return replace(make_delivery(whole_seed_digest()), endpoint_id=reader.endpoints[0].id)
