"""Nobody finds out by signing up who reads here: same answer and same work, whatever an address is."""

import asyncio
import re
from datetime import timedelta

import httpx
from sqlalchemy import update

from digest.links import Purpose
from digest.model import EndpointState, Target
from digest.signup import Asked
from digest.store.tables import endpoints
from tests.web.site import Site
from tests.web.statements import statements

EACH = 10
MANY, SOME = 1_000, 250
KINDS = ("unknown", "known", "unsubscribed", "suppressed", "erased", "asked")


def address(kind: str, number: int) -> str:
    """Give an address; all are of the same length."""
    return f"{kind:x<12}{number:04}@example.org"


async def people(site: Site, each: int) -> None:
    """Make so many addresses of every kind."""
    site.clock.at = site.clock().replace(year=2027)
    for number in range(each):
        for kind in ("known", "unsubscribed", "suppressed", "erased"):
            await site.house.membership.enrol([Target.email(address(kind, number))], None)
        await site.client.post(
            await site.path(Purpose.UNSUBSCRIBE, Target.email(address("unsubscribed", number)))
        )
        await site.house.membership.forget(Target.email(address("erased", number)))
        await site.house.sign_up.ask(address("asked", number), {}, network=f"before {number}")
    await site.store.database.write(
        lambda db: db.execute(
            update(endpoints)
            .where(endpoints.c.address.like("suppressed%"))
            .values(state=EndpointState.SUPPRESSED)
        )
    )


def seen(answer: httpx.Response) -> tuple[int, bytes, tuple[tuple[str, str], ...]]:
    """Give what a visitor sees of an answer, but for its date and the stamp of the form."""
    headers = tuple((name, value) for name, value in answer.headers.items() if name != "date")
    return answer.status_code, re.sub(rb'name="form" value="[^"]*"', b"", answer.content), headers


async def test_every_kind_of_address_gets_the_same_bytes_for_the_same_work(site: Site) -> None:
    await people(site, EACH)
    hidden = await site.form()
    answers, work = dict[str, set[object]](), dict[str, set[tuple[str, ...]]]()

    for number in range(EACH):
        for at, kind in enumerate(KINDS):
            with statements() as told:
                answer = await site.client.post(
                    "/",
                    data={**hidden, "scope": "all", "email": address(kind, number)},
                    headers={"X-Forwarded-For": f"198.{at}.{number}.1"},
                )
            answers.setdefault(kind, set()).add(seen(answer))
            work.setdefault(kind, set()).add(tuple(told))

    assert set(map(len, answers.values())) == {1}
    assert [kind for kind in KINDS if answers[kind] != answers["unknown"]] == []
    assert answers["unknown"].copy().pop()[0] == 200  # type: ignore[index]
    assert [kind for kind in KINDS if work[kind] != work["unknown"]] == []


async def test_a_thousand_known_and_a_thousand_unknown_meet_the_limits_at_the_same_place(site: Site) -> None:
    for number in range(SOME):
        await site.house.membership.enrol([Target.email(address("known", number))], None)
    heard = {}

    for kind in ("unknown", "known"):
        site.clock.at += timedelta(hours=2)
        heard[kind] = await asyncio.gather(
            *(
                site.house.sign_up.ask(address(kind, number % SOME), {}, network=f"{number // 40}")
                for number in range(MANY)
            )
        )

    assert len(heard["known"]) == MANY
    assert set(heard["known"]) == {Asked.LOOK_INTO_YOUR_MAIL, Asked.TOO_MANY}
    assert heard["known"] == heard["unknown"]


async def test_links_that_lead_nowhere_say_the_same_whatever_they_miss(site: Site) -> None:
    token = "B" * 22
    other = (await site.path(Purpose.UNSUBSCRIBE)).rpartition("/")[2]

    for path in ("/u/", "/p/", "/d/1/"):
        wrong = [token, token[:-1], f"{token}B", "x", "ü" * 22, other if path != "/u/" else token]
        answers = await asyncio.gather(*(site.client.get(f"{path}{one}") for one in wrong))

        assert len({seen(one) for one in answers}) == 1
        assert answers[0].status_code == 404
