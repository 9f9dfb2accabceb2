"""Whom a yes makes of who was asked; what counts as one mailbox; and what signing up refuses."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.clock import SetClock
from digest.errors import BadRequest
from digest.membership import Choice, Start
from digest.model import Locale, Preferences, Rhythm, Subscriber, Target
from digest.signup import Answer, Asked, SignUp, accepted, mailbox_of, network_of
from digest.store import Store
from tests.support.stores import membership_on

NOW = datetime(2026, 1, 26, 7, 0, tzinfo=UTC)
START = Start(watermark=500, since=date(2026, 1, 26))
BOB = "bob@example.org"


def somebody(**changes: object) -> Subscriber:
    """Give a subscriber, with preferences or other values of their own."""
    preferences = {name: changes.pop(name) for name in Preferences.__slots__ if name in changes}
    values = {
        "id": 1,
        "preferences": Preferences(**{"domains": None, **preferences}),  # type: ignore[arg-type]
        "created_at": NOW - timedelta(days=30),
        "next_at": None,
        "watermark": 0,
        "since": None,
        **changes,
    }
    return Subscriber(**values)  # type: ignore[arg-type]


@pytest.fixture
def sign_up(store: Store, clock: SetClock) -> SignUp:
    """Give signing up on the store."""
    return SignUp(
        sign_ups=store.sign_ups, membership=membership_on(store, clock), secret=b"tests alone", clock=clock
    )


def test_a_new_reader_begins_with_the_newest_report_and_has_a_turn() -> None:
    reader = accepted(None, somebody(minute=9 * 60), START, NOW)

    assert (reader.watermark, reader.since) == (500, START.since)
    assert reader.next_at == datetime(2026, 1, 26, 9, 0, tzinfo=UTC)


domains = st.sampled_from([None, (), ("robotics",), ("agents", "nlp")])
choices = st.builds(
    Preferences,
    domains=domains,
    minute=st.integers(0, 1439),
    zone=st.sampled_from(["UTC", "Asia/Tokyo", "America/New_York"]),
    locale=st.sampled_from(Locale),
    rhythm=st.sampled_from(Rhythm),
    weekday=st.integers(0, 6),
    most=st.sampled_from([None, 5]),
    empty_days=st.booleans(),
    include=st.sampled_from([(), ("world model",)]),
)


@given(chose=choices, typed=choices, paused=st.booleans(), rests=st.booleans())
def test_a_known_reader_keeps_every_choice_whatever_was_typed_into_the_form(
    chose: Preferences,
    typed: Preferences,
    paused: bool,  # noqa: FBT001 - drawn
    rests: bool,  # noqa: FBT001 - drawn
) -> None:
    before = replace(somebody(paused=paused, next_at=None if rests else NOW), preferences=chose)
    asked = replace(somebody(id=2), preferences=typed)

    after = accepted(before, asked, START, NOW - timedelta(hours=1))

    assert (after.id, after.created_at) == (before.id, before.created_at)
    assert replace(after.preferences, domains=chose.domains) == chose
    assert after.preferences.domains == (typed.domains if chose.nothing else chose.domains)


def test_a_known_reader_who_receives_misses_nothing_by_signing_up_again() -> None:
    before = somebody(watermark=100, since=date(2026, 1, 1), next_at=NOW + timedelta(hours=1))

    after = accepted(before, somebody(id=2), START, NOW)

    assert (after.watermark, after.since) == (100, date(2026, 1, 1))


@pytest.mark.parametrize("paused", [True, False])
def test_who_rested_goes_on_with_the_newest_report(paused: bool) -> None:  # noqa: FBT001 - a case
    before = somebody(watermark=100, paused=paused, next_at=None)

    after = accepted(before, somebody(id=2), START, NOW)

    assert not after.paused
    assert (after.watermark, after.since) == (500, START.since)
    assert after.next_at is not None


def test_a_turn_that_is_due_stays_due() -> None:
    before = somebody(next_at=NOW - timedelta(minutes=1))

    assert accepted(before, somebody(id=2, minute=23 * 60), START, NOW).next_at == before.next_at


@given(
    paused=st.booleans(),
    rests=st.booleans(),
    had=st.sampled_from([None, (), ("robotics",)]),
    wants=st.sampled_from([None, ("agents",)]),
    minute=st.integers(0, 1439),
)
def test_whoever_says_yes_has_a_turn_within_a_day_or_so(
    paused: bool,  # noqa: FBT001 - drawn
    rests: bool,  # noqa: FBT001 - drawn
    had: tuple[str, ...] | None,
    wants: tuple[str, ...] | None,
    minute: int,
) -> None:
    resting = paused or rests or had == ()
    before = somebody(domains=had, paused=paused, next_at=None if resting else NOW + timedelta(hours=3))

    after = accepted(before, somebody(id=2, domains=wants, minute=minute), START, NOW)

    assert not after.paused
    assert after.next_at is not None
    assert NOW < after.next_at <= NOW + timedelta(days=1)
    assert after.watermark >= before.watermark


@pytest.mark.parametrize(
    ("address", "mailbox"),
    [
        ("bob@example.org", "bob@example.org"),
        ("bob+papers@example.org", "bob@example.org"),
        ("bob+a+b@example.org", "bob@example.org"),
        ("+bob@example.org", "+bob@example.org"),
        ("b.ob@example.org", "b.ob@example.org"),
    ],
)
def test_what_stands_behind_a_plus_is_the_same_mailbox(address: str, mailbox: str) -> None:
    assert mailbox_of(address) == mailbox


@given(st.ip_addresses())
def test_an_address_is_within_its_network_and_the_network_counts_as_itself(address: object) -> None:
    network = network_of(str(address))

    assert network.endswith(("/24", "/48"))
    assert network_of(network.partition("/")[0]) == network


@given(st.text(max_size=50))
def test_what_is_no_ip_address_counts_as_one_network_and_raises_nothing(text: str) -> None:
    assert network_of(text)[:50] or not text


NONSENSE: tuple[Choice, ...] = ({"zone": "Moon/Base"}, {"minute": 1440}, {"most": 0}, {"weekday": 7})
NO_ADDRESSES = ("", "bob", "bob@", "@example.org", "bob@example.org, eve@example.org", "b" * 300)
NO_TOKENS = ("", "x", "A" * 22, "A" * 23, "é" * 22, "../../etc/passwd", "\0" * 22)


async def test_a_choice_that_makes_no_sense_is_refused_and_asks_nobody(store: Store, sign_up: SignUp) -> None:
    for choice in NONSENSE:
        with pytest.raises(BadRequest):
            await sign_up.ask(BOB, choice, network="n")

    assert await store.outbox.rows() == []


async def test_what_is_no_address_is_told_so_and_asks_nobody(store: Store, sign_up: SignUp) -> None:
    answers = {address: await sign_up.ask(address, {}, network="n") for address in NO_ADDRESSES}

    assert answers == dict.fromkeys(NO_ADDRESSES, Asked.NOT_AN_ADDRESS)
    assert await store.outbox.rows() == []


async def test_whoever_was_only_asked_is_no_reader_and_gets_nothing(store: Store, sign_up: SignUp) -> None:
    await sign_up.ask(BOB, {"domains": None}, network="n")

    assert await store.people.reader(Target.email(BOB)) is None
    assert await store.people.readers() == []
    assert [row.kind for row in await store.outbox.rows()] == ["opt_in"]


async def test_a_link_that_was_never_mailed_opens_nothing(sign_up: SignUp) -> None:
    for token in NO_TOKENS:
        waiting, reader = await sign_up.waiting(token), await sign_up.confirm(token)

        assert (waiting.answer, waiting.subscriber, waiting.address) == (Answer.UNKNOWN, None, "")
        assert reader is None


def test_an_asked_subscriber_is_not_changed_by_saying_yes() -> None:
    asked = somebody(id=2)
    copy = replace(asked)

    accepted(None, asked, START, NOW)

    assert asked == copy
