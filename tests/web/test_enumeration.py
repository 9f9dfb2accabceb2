"""Nobody finds out by signing up who reads here: same answer and same work, whatever an address is."""

import asyncio
import re
from datetime import timedelta

import httpx
from sqlalchemy import update

from digest.model import EndpointState, Target
from digest.model.links import TokenPurpose
from digest.services.signup import SignupResponse
from digest.storage.tables import endpoints
from tests.web.recorded_statements import record_statements
from tests.web.running_site import RunningSite

ADDRESSES_PER_KIND = 4
MANY, SOME = 320, 80
KINDS = ("unknown", "known", "unsubscribed", "suppressed", "erased", "asked")


def address_of(kind: str, number: int) -> str:
    """Return an address; all are of the same length."""
    return f"{kind:x<12}{number:04}@example.org"


async def create_addresses(site: RunningSite, each: int) -> None:
    """Make so many addresses of every kind."""
    site.clock.now = site.clock().replace(year=2027)
    for number in range(each):
        for kind in ("known", "unsubscribed", "suppressed", "erased"):
            await site.deps.subscriptions.add_subscriber([Target.email(address_of(kind, number))], None)
        await site.client.post(
            await site.page_path(TokenPurpose.UNSUBSCRIBE, Target.email(address_of("unsubscribed", number)))
        )
        await site.deps.subscriptions.erase(Target.email(address_of("erased", number)))
        await site.deps.signups.request_confirmation(address_of("asked", number), {}, network=f"before {number}")
    await site.store.database.write(
        lambda db: db.execute(
            update(endpoints).where(endpoints.c.address.like("suppressed%")).values(state=EndpointState.SUPPRESSED)
        )
    )


def visible_response(answer: httpx.Response) -> tuple[int, bytes, tuple[tuple[str, str], ...]]:
    """Return what a visitor sees of an answer, but for its date and the stamp of the form."""
    headers = tuple((name, value) for name, value in answer.headers.items() if name != "date")
    return answer.status_code, re.sub(rb'name="form" value="[^"]*"', b"", answer.content), headers


async def test_every_kind_of_address_gets_the_same_bytes_for_the_same_work(site: RunningSite) -> None:
    await create_addresses(site, ADDRESSES_PER_KIND)
    hidden = await site.hidden_fields()
    answers, work = dict[str, set[object]](), dict[str, set[tuple[str, ...]]]()

    for number in range(ADDRESSES_PER_KIND):
        for at, kind in enumerate(KINDS):
            with record_statements() as told:
                answer = await site.client.post(
                    "/",
                    data={**hidden, "scope": "all", "email": address_of(kind, number)},
                    headers={"X-Forwarded-For": f"198.{at}.{number}.1"},
                )
            answers.setdefault(kind, set()).add(visible_response(answer))
            work.setdefault(kind, set()).add(tuple(told))

    assert set(map(len, answers.values())) == {1}
    assert [kind for kind in KINDS if answers[kind] != answers["unknown"]] == []
    assert answers["unknown"].copy().pop()[0] == 200  # type: ignore[index]
    assert [kind for kind in KINDS if work[kind] != work["unknown"]] == []


async def test_known_and_unknown_addresses_meet_the_limits_at_the_same_place(site: RunningSite) -> None:
    for number in range(SOME):
        await site.deps.subscriptions.add_subscriber([Target.email(address_of("known", number))], None)
    heard = {}

    for kind in ("unknown", "known"):
        site.clock.now += timedelta(hours=2)
        heard[kind] = await asyncio.gather(
            *(
                site.deps.signups.request_confirmation(address_of(kind, number % SOME), {}, network=f"{number // 40}")
                for number in range(MANY)
            )
        )

    assert len(heard["known"]) == MANY
    assert set(heard["known"]) == {SignupResponse.CONFIRMATION_SENT, SignupResponse.TOO_MANY}
    assert heard["known"] == heard["unknown"]


async def test_links_that_lead_nowhere_say_the_same_whatever_they_miss(site: RunningSite) -> None:
    token = "B" * 22
    other = (await site.page_path(TokenPurpose.UNSUBSCRIBE)).rpartition("/")[2]

    for path in ("/u/", "/p/", "/d/1/"):
        wrong = [token, token[:-1], f"{token}B", "x", "ü" * 22, other if path != "/u/" else token]
        answers = await asyncio.gather(*(site.client.get(f"{path}{one}") for one in wrong))

        assert len({visible_response(one) for one in answers}) == 1
        assert answers[0].status_code == 404
