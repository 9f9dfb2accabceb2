"""Fifty at the same moment: one effect, and an answer for everybody."""

import asyncio
from collections.abc import Sequence

import httpx
from sqlalchemy import func, select

from digest.model import EndpointState, Target
from digest.model.links import TokenPurpose
from digest.storage import Store
from digest.storage.tables import endpoints, link_tokens, outbox, pending_signups, subscribers
from tests.support.plain_http import NO_TLS
from tests.web.running_site import ANN_TARGET, RunningSite

PARALLEL_REQUESTS = 50
BOB = Target.email("bob@example.org")
CHAT = Target.telegram(42)

Post = tuple[str, dict[str, str]]


async def post_all(site: RunningSite, posts: Sequence[Post]) -> list[httpx.Response]:
    """Post everything at the same moment, each on a connection of its own."""
    limits = httpx.Limits(max_connections=PARALLEL_REQUESTS, max_keepalive_connections=0)
    async with httpx.AsyncClient(base_url=site.url, limits=limits, timeout=60, verify=NO_TLS) as client:
        return await asyncio.gather(*(client.post(path, data=data) for path, data in posts))


async def row_counts(store: Store) -> dict[str, int]:
    """Count the rows of the tables that hold people."""
    async with store.database.read_only() as connection:
        return {
            table.name: (await connection.execute(select(func.count()).select_from(table))).scalar_one()
            for table in (subscribers, endpoints, pending_signups, outbox, link_tokens)
        }


async def endpoint_states(site: RunningSite, target: Target) -> list[EndpointState]:
    """Return the states of all endpoints of a target's reader."""
    reader = await site.store.subscribers.find_profile(target)
    return [one.state for one in reader.endpoints] if reader else []


async def test_fifty_sign_ups_of_one_address_are_one_mail(site: RunningSite) -> None:
    hidden, before = await site.hidden_fields(), await row_counts(site.store)
    fields = {**hidden, "scope": "all", "email": BOB.address}

    answers = await post_all(site, [("/", fields)] * PARALLEL_REQUESTS)

    after = await row_counts(site.store)
    assert {one.status_code for one in answers} <= {200, 429}
    assert [address for address, _ in await site.pending_confirmations()] == [BOB.address]
    assert {name: after[name] - before[name] for name in ("subscribers", "endpoints", "pending_signups", "outbox")} == {
        "subscribers": 1,
        "endpoints": 1,
        "pending_signups": 1,
        "outbox": 1,
    }


async def test_fifty_who_say_yes_are_one_reader(site: RunningSite) -> None:
    await site.sign_up(BOB.address)
    ((_, path),) = await site.pending_confirmations()
    before = await row_counts(site.store)

    answers = await post_all(site, [(path, {"token": path.rpartition("/")[2]})] * PARALLEL_REQUESTS)

    after = await row_counts(site.store)
    assert {one.status_code for one in answers} == {200}
    assert sum("Subscription confirmed" in one.text for one in answers) == 1
    assert await endpoint_states(site, BOB) == [EndpointState.ACTIVE]
    assert (after["subscribers"], after["endpoints"], after["pending_signups"]) == (
        before["subscribers"],
        before["endpoints"],
        0,
    )


async def test_two_sign_ups_of_an_address_that_say_yes_at_once_are_one_reader(site: RunningSite) -> None:
    await site.sign_up(BOB.address)
    site.clock.now = site.clock().replace(day=site.clock().day + 1, hour=8)
    await site.sign_up(BOB.address)
    paths = [path for _, path in await site.pending_confirmations()]
    assert len(paths) == 2

    answers = await post_all(
        site, [(path, {"token": path.rpartition("/")[2]}) for path in paths * (PARALLEL_REQUESTS // 2)]
    )

    assert {one.status_code for one in answers} == {200}
    assert await endpoint_states(site, BOB) == [EndpointState.ACTIVE]
    assert len(await site.store.subscribers.list_profiles()) == 2


async def test_fifty_who_leave_and_come_back_end_in_one_of_both(site: RunningSite) -> None:
    path = await site.page_path(TokenPurpose.UNSUBSCRIBE)
    token = path.rpartition("/")[2]
    one_click, again = {"List-Unsubscribe": "One-Click"}, {"do": "again", "token": token}

    answers = await post_all(site, [(path, one_click), (path, again)] * (PARALLEL_REQUESTS // 2))
    reader = await site.store.subscribers.find_profile(ANN_TARGET)

    assert {one.status_code for one in answers} == {200}
    assert reader is not None
    (place,) = reader.endpoints
    assert (place.state is EndpointState.ACTIVE) is (reader.subscriber.next_digest_at is not None)
    await site.client.post(path, data=one_click)
    assert await endpoint_states(site, ANN_TARGET) == [EndpointState.UNSUBSCRIBED]


async def test_fifty_switches_leave_one_reader_with_both_channels(site: RunningSite) -> None:
    reader = await site.store.subscribers.find_profile(ANN_TARGET)
    assert reader is not None
    await site.store.email_verification.link(reader.subscriber.id, CHAT)
    path = await site.page_path(TokenPurpose.PREFERENCES)
    token, number = path.rpartition("/")[2], str(reader.endpoints[0].id)
    posts = [(path, {"token": token, "endpoint": number, "do": do}) for do in ("off", "on", "pause", "resume", "save")]

    answers = await post_all(site, posts * (PARALLEL_REQUESTS // 5))
    await site.client.post(path, data={"token": token, "endpoint": number, "do": "off"})

    assert {one.status_code for one in answers} <= {200, 422}
    assert await endpoint_states(site, ANN_TARGET) == [EndpointState.UNSUBSCRIBED, EndpointState.ACTIVE]
    assert len(await site.store.subscribers.list_profiles()) == 1


async def test_fifty_who_erase_while_others_change_leave_nothing(site: RunningSite) -> None:
    await site.sign_up(ANN_TARGET.address)
    path, leave = (await site.page_path(TokenPurpose.PREFERENCES), await site.page_path(TokenPurpose.UNSUBSCRIBE))
    token = path.rpartition("/")[2]
    erase, save = {"token": token, "do": "erase really"}, {"token": token, "do": "save", "scope": "all"}

    answers = await post_all(
        site, [(path, erase), (path, save), (leave, {}), (path, {"token": token, "do": "off"})] * 12
    )

    assert {one.status_code for one in answers} == {200}
    assert await site.store.subscribers.find_profile(ANN_TARGET) is None
    after = await row_counts(site.store)
    assert (after["subscribers"], after["endpoints"], after["pending_signups"], after["outbox"]) == (0, 0, 0, 0)
