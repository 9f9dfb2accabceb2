"""Whom a yes makes of who was asked; what counts as one mailbox; and what signing up refuses."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.model import Frequency, Locale, PreferenceChanges, Preferences, Subscriber, Target
from digest.model.clock import FixedClock
from digest.model.errors import InvalidInput
from digest.services.signup import (
    ConfirmationStatus,
    SignupResponse,
    SignupService,
    accept_signup,
    client_network,
    strip_plus_tag,
)
from digest.services.subscriptions import StartingPoint
from digest.storage import Store
from tests.support.database import subscription_service

NOW = datetime(2026, 1, 26, 7, 0, tzinfo=UTC)
STARTING_POINT = StartingPoint(last_paper_seq=500, papers_since=date(2026, 1, 26))
BOB = "bob@example.org"


def make_subscriber(**changes: object) -> Subscriber:
    """Return a subscriber, with preferences or other values of their own."""
    preferences = {name: changes.pop(name) for name in Preferences.__slots__ if name in changes}
    values = {
        "id": 1,
        "preferences": Preferences(**{"domains": None, **preferences}),  # type: ignore[arg-type]
        "created_at": NOW - timedelta(days=30),
        "next_digest_at": None,
        "last_paper_seq": 0,
        "papers_since": None,
        **changes,
    }
    return Subscriber(**values)  # type: ignore[arg-type]


@pytest.fixture
def signup_service(store: Store, clock: FixedClock) -> SignupService:
    """Return signing up on the store."""
    return SignupService(
        store=store.signups, subscriptions=subscription_service(store, clock), secret=b"tests alone", clock=clock
    )


def test_a_new_reader_begins_with_the_newest_report_and_has_a_turn() -> None:
    reader = accept_signup(None, make_subscriber(send_minute=9 * 60), STARTING_POINT, NOW)

    assert (reader.last_paper_seq, reader.papers_since) == (500, STARTING_POINT.papers_since)
    assert reader.next_digest_at == datetime(2026, 1, 26, 9, 0, tzinfo=UTC)


domains = st.sampled_from([None, (), ("robotics",), ("agents", "nlp")])
choices = st.builds(
    Preferences,
    domains=domains,
    send_minute=st.integers(0, 1439),
    timezone=st.sampled_from(["UTC", "Asia/Tokyo", "America/New_York"]),
    locale=st.sampled_from(Locale),
    frequency=st.sampled_from(Frequency),
    weekday=st.integers(0, 6),
    max_papers=st.sampled_from([None, 5]),
    notify_when_empty=st.booleans(),
    include_keywords=st.sampled_from([(), ("world model",)]),
)


@given(chose=choices, typed=choices, paused=st.booleans(), rests=st.booleans())
def test_a_known_reader_keeps_every_choice_whatever_was_typed_into_the_form(
    chose: Preferences,
    typed: Preferences,
    paused: bool,  # noqa: FBT001 - drawn
    rests: bool,  # noqa: FBT001 - drawn
) -> None:
    before = replace(make_subscriber(paused=paused, next_digest_at=None if rests else NOW), preferences=chose)
    asked = replace(make_subscriber(id=2), preferences=typed)

    after = accept_signup(before, asked, STARTING_POINT, NOW - timedelta(hours=1))

    assert (after.id, after.created_at) == (before.id, before.created_at)
    assert replace(after.preferences, domains=chose.domains) == chose
    assert after.preferences.domains == (typed.domains if chose.is_empty else chose.domains)


def test_a_known_reader_who_receives_misses_nothing_by_signing_up_again() -> None:
    before = make_subscriber(last_paper_seq=100, papers_since=date(2026, 1, 1), next_digest_at=NOW + timedelta(hours=1))

    after = accept_signup(before, make_subscriber(id=2), STARTING_POINT, NOW)

    assert (after.last_paper_seq, after.papers_since) == (100, date(2026, 1, 1))


@pytest.mark.parametrize("paused", [True, False])
def test_who_rested_goes_on_with_the_newest_report(paused: bool) -> None:  # noqa: FBT001 - a case
    before = make_subscriber(last_paper_seq=100, paused=paused, next_digest_at=None)

    after = accept_signup(before, make_subscriber(id=2), STARTING_POINT, NOW)

    assert not after.paused
    assert (after.last_paper_seq, after.papers_since) == (500, STARTING_POINT.papers_since)
    assert after.next_digest_at is not None


def test_a_turn_that_is_due_stays_due() -> None:
    before = make_subscriber(next_digest_at=NOW - timedelta(minutes=1))

    assert (
        accept_signup(before, make_subscriber(id=2, send_minute=23 * 60), STARTING_POINT, NOW).next_digest_at
        == before.next_digest_at
    )


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
    before = make_subscriber(domains=had, paused=paused, next_digest_at=None if resting else NOW + timedelta(hours=3))

    after = accept_signup(before, make_subscriber(id=2, domains=wants, send_minute=minute), STARTING_POINT, NOW)

    assert not after.paused
    assert after.next_digest_at is not None
    assert NOW < after.next_digest_at <= NOW + timedelta(days=1)
    assert after.last_paper_seq >= before.last_paper_seq


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
    assert strip_plus_tag(address) == mailbox


@given(st.ip_addresses())
def test_an_address_is_within_its_network_and_the_network_counts_as_itself(address: object) -> None:
    network = client_network(str(address))

    assert network.endswith(("/24", "/48"))
    assert client_network(network.partition("/")[0]) == network


@given(st.text(max_size=50))
def test_what_is_no_ip_address_counts_as_one_network_and_raises_nothing(text: str) -> None:
    assert client_network(text)[:50] or not text


INVALID_PREFERENCES: tuple[PreferenceChanges, ...] = (
    {"timezone": "Moon/Base"},
    {"send_minute": 1440},
    {"max_papers": 0},
    {"weekday": 7},
)
INVALID_ADDRESSES = ("", "bob", "bob@", "@example.org", "bob@example.org, eve@example.org", "b" * 300)
INVALID_TOKENS = ("", "x", "A" * 22, "A" * 23, "é" * 22, "../../etc/passwd", "\0" * 22)


async def test_a_choice_that_makes_no_sense_is_refused_and_asks_nobody(
    store: Store, signup_service: SignupService
) -> None:
    for choice in INVALID_PREFERENCES:
        with pytest.raises(InvalidInput):
            await signup_service.request_confirmation(BOB, choice, network="n")

    assert await store.outbox.list_deliveries() == []


async def test_what_is_no_address_is_told_so_and_asks_nobody(store: Store, signup_service: SignupService) -> None:
    answers = {
        address: await signup_service.request_confirmation(address, {}, network="n") for address in INVALID_ADDRESSES
    }

    assert answers == dict.fromkeys(INVALID_ADDRESSES, SignupResponse.INVALID_ADDRESS)
    assert await store.outbox.list_deliveries() == []


async def test_whoever_was_only_asked_is_no_reader_and_gets_nothing(
    store: Store, signup_service: SignupService
) -> None:
    await signup_service.request_confirmation(BOB, {"domains": None}, network="n")

    assert await store.subscribers.find_profile(Target.email(BOB)) is None
    assert await store.subscribers.list_profiles() == []
    assert [row.kind for row in await store.outbox.list_deliveries()] == ["opt_in"]


async def test_a_link_that_was_never_mailed_opens_nothing(signup_service: SignupService) -> None:
    for token in INVALID_TOKENS:
        waiting, reader = await signup_service.find_pending(token), await signup_service.confirm(token)

        assert (waiting.status, waiting.subscriber, waiting.address) == (ConfirmationStatus.UNKNOWN, None, "")
        assert reader is None


def test_an_asked_subscriber_is_not_changed_by_saying_yes() -> None:
    asked = make_subscriber(id=2)
    copy = replace(asked)

    accept_signup(None, asked, STARTING_POINT, NOW)

    assert asked == copy
