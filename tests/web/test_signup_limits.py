"""Sign-up bombing: whoever posts addresses of others makes a mailbox ring once, and few mailboxes at all."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default

import pytest
from sqlalchemy import select

from digest.model import Channel, SignupConfirmation, Target
from digest.services.signup import MAX_EMAILS_IN_TOTAL, MAX_EMAILS_PER_NETWORK, SignupResponse, client_network
from digest.storage import Store
from digest.storage.tables import rate_limits
from tests.render.email.sample_emails import make_delivery, make_renderer
from tests.web.all_paths import database_files
from tests.web.recorded_statements import record_statements
from tests.web.running_site import RunningSite, run_site

MANY = 1_000
CHUNK = 500
FAR_FUTURE = datetime(2027, 1, 1, tzinfo=UTC)
LIMITED = {SignupResponse.CONFIRMATION_SENT, SignupResponse.TOO_MANY}


async def request_signups(site: RunningSite, requests: Iterator[tuple[str, str]]) -> list[SignupResponse]:
    """Ask addresses, each from a network, a few hundred at a time."""
    pairs, answers = list(requests), list[SignupResponse]()
    for start in range(0, len(pairs), CHUNK):
        some = pairs[start : start + CHUNK]
        answers += await asyncio.gather(
            *(site.deps.signups.request_confirmation(address, {}, network=network) for address, network in some)
        )
    return answers


async def pending_addresses(store: Store) -> list[str]:
    """Take the mails that wait to be sent; give whom they go to."""
    return [address for address, _ in await pending_confirmations(store)]


async def test_a_thousand_sign_ups_of_one_address_are_one_mail_a_day(site: RunningSite) -> None:
    bob = "bob@example.org"

    answers = await request_signups(site, ((bob, f"network {number}") for number in range(MANY)))

    assert answers == [SignupResponse.CONFIRMATION_SENT] * MANY
    assert await pending_addresses(site.store) == [bob]
    for hours, fresh in ((23, []), (1, [bob]), (1, [])):
        site.clock.now += timedelta(hours=hours)
        await request_signups(site, ((bob, f"later {number}") for number in range(50)))
        assert await pending_addresses(site.store) == fresh


async def test_the_bounds_count_mails_and_not_how_often_somebody_asks(site: RunningSite) -> None:
    again = [("bob@example.org", "one network")] * (2 * MAX_EMAILS_IN_TOTAL)
    others = [(f"a{number}@example.org", "one network") for number in range(MAX_EMAILS_PER_NETWORK)]

    first = await request_signups(site, iter(again))
    answers = await request_signups(site, iter(others))

    assert set(first) == {SignupResponse.CONFIRMATION_SENT}
    assert answers == [SignupResponse.CONFIRMATION_SENT] * (MAX_EMAILS_PER_NETWORK - 1) + [SignupResponse.TOO_MANY]
    assert len(await pending_addresses(site.store)) == MAX_EMAILS_PER_NETWORK


async def test_asking_again_costs_the_database_nothing(site: RunningSite) -> None:
    await request_signups(site, iter([("bob@example.org", "one network")] * 3))

    with record_statements() as told:
        answers = await request_signups(site, iter([("bob@example.org", "one network")] * 20))

    assert set(answers) == {SignupResponse.CONFIRMATION_SENT}
    assert told == []


async def test_labels_capitals_and_blanks_are_the_same_mailbox(site: RunningSite) -> None:
    names = ("bob", "BOB", "bob+1", "bob+2", "bob+", " bob", "Bob+a+b")

    for name in names:
        assert (await site.sign_up(f"{name}@Example.org")).status_code in (200, 422)

    assert len(await site.pending_confirmations()) == 1


async def test_a_thousand_addresses_from_many_networks_are_two_hundred_mails_an_hour(site: RunningSite) -> None:
    answers = await request_signups(
        site,
        ((f"a{number}@example.org", client_network(f"10.{number // 256}.{number % 256}.9")) for number in range(MANY)),
    )

    assert set(answers) == LIMITED
    assert len(await pending_addresses(site.store)) == MAX_EMAILS_IN_TOTAL
    site.clock.now += timedelta(minutes=61)
    await request_signups(
        site, ((f"b{number}@example.org", f"other {number}") for number in range(MAX_EMAILS_IN_TOTAL + 50))
    )
    assert len(await pending_addresses(site.store)) == MAX_EMAILS_IN_TOTAL


FORWARDED = (
    "203.0.113.{n}",
    "2001:db8:77:{n:x}::{n:x}",
    "::ffff:203.0.114.{n}",
    "198.51.100.{n}, 203.0.115.{n}",
    "203.0.116.{n}:4{n:03}",
    "[2001:db8:78:{n:x}::1]:4{n:03}",
    "203.0.117.{n}, 127.0.0.1",
)
"""What a proxy of ours may pass on, each of one network."""


async def test_one_network_has_twenty_in_an_hour_whatever_it_says_of_itself(site: RunningSite) -> None:
    for at, said in enumerate(FORWARDED):
        site.clock.now += timedelta(minutes=61)
        hidden = await site.hidden_fields()

        answers = [
            await site.client.post(
                "/",
                data={**hidden, "scope": "all", "email": f"a{number}.{at}@example.org"},
                headers={"X-Forwarded-For": said.format(n=number + 1)},
            )
            for number in range(MAX_EMAILS_PER_NETWORK + 5)
        ]

        assert [one.status_code for one in answers] == [200] * MAX_EMAILS_PER_NETWORK + [429] * 5, said
        assert len(await pending_addresses(site.store)) == MAX_EMAILS_PER_NETWORK


async def test_who_is_no_proxy_of_ours_chooses_no_network(store: Store, site: RunningSite) -> None:
    async with run_site(store, site.clock, proxies=["192.0.2.1"]) as unproxied:
        hidden = await unproxied.hidden_fields()

        answers = [
            await unproxied.client.post(
                "/",
                data={**hidden, "scope": "all", "email": f"a{number}@example.org"},
                headers={"X-Forwarded-For": f"203.{number}.113.9", "Forwarded": f"for=203.{number}.1.1"},
            )
            for number in range(MAX_EMAILS_PER_NETWORK + 5)
        ]

    assert [one.status_code for one in answers] == [200] * MAX_EMAILS_PER_NETWORK + [429] * 5


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.9", "203.0.113.0/24"),
        ("2001:db8:1:2:3::9", "2001:db8:1::/48"),
        ("::ffff:203.0.113.9", "203.0.113.0/24"),
        ("fe80::1%eth0", "fe80::/48"),
        ("unix:", "unix:"),
        ("", ""),
    ],
)
def test_an_address_counts_under_its_network(address: str, network: str) -> None:
    assert client_network(address) == network


async def test_what_fills_the_field_that_nobody_sees_gets_the_same_answer_and_no_mail(site: RunningSite) -> None:
    person = await site.sign_up("bob@example.org")
    program = [await site.sign_up(f"a{number}@example.org", website="https://spam.example") for number in range(30)]

    assert {(one.status_code, one.text) for one in program} == {(200, person.text)}
    assert [address for address, _ in await site.pending_confirmations()] == ["bob@example.org"]


async def test_whoever_says_nothing_for_two_days_is_erased(site: RunningSite) -> None:
    await site.sign_up("bob@example.org")
    ((_, link),) = await site.pending_confirmations()
    site.clock.now += timedelta(hours=47, minutes=59)
    assert "One press to go" in (await site.client.get(link)).text

    site.clock.now += timedelta(minutes=1)
    late = await site.client.post(link, data={"token": link.rpartition("/")[2]})
    await site.deps.signups.purge_expired()

    assert late.status_code == 404
    assert await site.store.subscribers.find_profile(Target.email("bob@example.org")) is None
    assert b"bob@example.org" not in b"".join(database_files(site.store).values())
    assert await count_rate_limits(site.store) == 0


SPAM_NAMES = (
    "visit.evil.example",
    "http-evil.example-click",
    "you'have'won",
    "free!money",
    "{{7*7}}",
    "%s%n",
    "a=b&c",
    "user/../x",
    "#anchor",
    "win$$$",
    "a*b*c",
    "`id`",
    "^|~",
    "?subject=x",
    "тест",
    "中奖了",
)
"""What may stand before the sign of an address, and would be read as words."""


async def test_no_word_of_whoever_signs_up_stands_in_the_mail(site: RunningSite) -> None:
    await site.sign_up("plain@example.org")
    for number, lure in enumerate(SPAM_NAMES):
        hidden = await site.hidden_fields()
        await site.client.post(
            "/",
            data={
                **hidden,
                "scope": "some",
                "domain": ["robotics", lure, "<b>evil.example</b>"],
                "email": f"{lure}@evil{number}.example",
                "name": "evil.example",
                "subject": "evil.example",
                "message": "evil.example",
                "hour": "07:07",
            },
            headers={
                "User-Agent": "evil.example",
                "Referer": "https://evil.example/",
                "Host": "evil.example",
                "X-Forwarded-For": f"203.0.{number}.9",
                "X-Forwarded-Host": "evil.example",
                "Accept-Language": "evil.example",
            },
        )

    plain, *others = await pending_confirmations(site.store)

    assert len(others) >= len(SPAM_NAMES) - 4
    bodies = {_email_parts(content) for _, content in (plain, *others)}
    assert len(bodies) == 1
    assert "evil" not in "".join(bodies.pop())
    for address, content in others:
        part = make_renderer().render_signup_confirmation(
            make_delivery(content, to=address), content, "https://digest.example.org/c/x"
        )
        parsed = message_from_bytes(part.raw, policy=default)
        said = [name for name, value in parsed.items() if "evil" in str(value)]
        assert said == ["To"], address


def _email_parts(content: SignupConfirmation) -> tuple[str, str, str]:
    part = make_renderer().render_signup_confirmation(make_delivery(content), content, "https://digest.example.org/c/x")
    return part.subject, part.html, part.text


async def pending_confirmations(store: Store) -> list[tuple[str, SignupConfirmation]]:
    """Return the questions that wait to be mailed, the oldest first."""
    claimed = await store.outbox.claim(
        Channel.EMAIL, "a test", due_at=FAR_FUTURE, now=FAR_FUTURE, until=FAR_FUTURE + timedelta(hours=1), limit=1000
    )
    return [(one.target.address, one.content) for one in claimed if isinstance(one.content, SignupConfirmation)]


async def count_rate_limits(store: Store) -> int:
    """Return how many counts are kept."""
    async with store.database.read_only() as connection:
        return len((await connection.execute(select(rate_limits))).all())
