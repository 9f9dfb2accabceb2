"""Linking an email address by a code, on the real store."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest

from digest.model import Channel, DeliveryState, EndpointState, Locale, Target, VerificationCode
from digest.model.clock import FixedClock
from digest.model.reasons import Reason, ReasonCode
from digest.services.editions import EditionService
from digest.services.email_linking import (
    CODE_LIFETIME,
    MAX_CODE_TRIES,
    MAX_CODES_PER_DAY,
    EmailLinkingService,
    LinkResult,
    LinkStep,
)
from digest.services.subscriptions import SubscriptionService
from digest.storage import Store
from tests.support.database import TODAY, email_linking_service, make_paper, save_report, subscription_service

CHAT = Target.telegram(42)
OTHER = Target.telegram(43)
ANN = "ann@example.org"


@pytest.fixture
def subscriptions(store: Store, clock: FixedClock) -> SubscriptionService:
    """Return membership on the store."""
    return subscription_service(store, clock)


@pytest.fixture
def email_linking(store: Store, clock: FixedClock) -> EmailLinkingService:
    """Return linking on the store."""
    return email_linking_service(store, clock)


async def queued_codes(store: Store, clock: FixedClock) -> Sequence[VerificationCode]:
    """Take the codes that wait to be mailed."""
    at = clock()
    claimed = await store.outbox.claim(
        Channel.EMAIL, "the mail", due_at=at, now=at, until=at + timedelta(days=9), limit=100
    )
    return [one.content for one in claimed if isinstance(one.content, VerificationCode)]


def wrong_code(code: str) -> str:
    """Return another code."""
    return f"{(int(code) + 1) % 10**6:06}"


async def link_address(email_linking: EmailLinkingService, store: Store, clock: FixedClock, chat: Target) -> LinkStep:
    """Link Ann's address to a chat, as its owner would."""
    await email_linking.send_code(chat, ANN)
    (code,) = await queued_codes(store, clock)
    return await email_linking.confirm(chat, code.code)


async def test_the_right_code_links_the_address(
    subscriptions: SubscriptionService, email_linking: EmailLinkingService, store: Store, clock: FixedClock
) -> None:
    asked = await email_linking.send_code(CHAT, " Ann@Example.org ", locale=Locale.ZH)
    (code,) = await queued_codes(store, clock)
    before = await subscriptions.find_profile(CHAT)

    linked = await email_linking.confirm(CHAT, code.code)

    assert asked == LinkStep(result=LinkResult.CODE_SENT, address=ANN)
    assert linked == LinkStep(result=LinkResult.LINKED, address=ANN)
    assert (len(code.code), code.valid_minutes, code.locale) == (6, 15, Locale.ZH)
    assert before is not None
    assert before.active_addresses(Channel.EMAIL) == ()
    reader = await subscriptions.find_profile(Target.email(ANN))
    assert reader is not None
    assert reader == await subscriptions.find_profile(CHAT)


async def test_the_code_goes_to_the_address_and_only_there(email_linking: EmailLinkingService, store: Store) -> None:
    await email_linking.send_code(CHAT, ANN)

    (row,) = await store.outbox.list_deliveries()

    assert row.target == Target.email(ANN)


async def test_no_code_stands_in_the_database_but_in_its_mail(
    email_linking: EmailLinkingService, store: Store, clock: FixedClock
) -> None:
    await email_linking.send_code(CHAT, ANN)
    (code,) = await queued_codes(store, clock)

    record = await store.email_verification.count_try(1)

    assert record is not None
    assert code.code not in record.code_hash


async def test_a_wrong_code_says_how_many_tries_are_left_and_the_right_one_still_works(
    email_linking: EmailLinkingService, store: Store, clock: FixedClock
) -> None:
    await email_linking.send_code(CHAT, ANN)
    (code,) = await queued_codes(store, clock)

    first = await email_linking.confirm(CHAT, wrong_code(code.code))
    second = await email_linking.confirm(CHAT, code.code)

    assert first == LinkStep(result=LinkResult.WRONG_CODE, address=ANN, tries_left=MAX_CODE_TRIES - 1)
    assert second.result is LinkResult.LINKED


async def test_after_five_wrong_codes_the_right_one_is_worth_nothing(
    email_linking: EmailLinkingService, store: Store, clock: FixedClock
) -> None:
    await email_linking.send_code(CHAT, ANN)
    (code,) = await queued_codes(store, clock)

    ends = [await email_linking.confirm(CHAT, wrong_code(code.code)) for _ in range(MAX_CODE_TRIES)]
    late = await email_linking.confirm(CHAT, code.code)

    assert [end.tries_left for end in ends] == [4, 3, 2, 1, 0]
    assert late.result is LinkResult.NO_PENDING_CODE


async def test_guesses_at_once_are_counted_like_guesses_in_a_row(
    email_linking: EmailLinkingService, store: Store, clock: FixedClock
) -> None:
    await email_linking.send_code(CHAT, ANN)
    (code,) = await queued_codes(store, clock)

    ends = await asyncio.gather(*(email_linking.confirm(CHAT, wrong_code(code.code)) for _ in range(50)))

    assert [end.result for end in ends].count(LinkResult.WRONG_CODE) == MAX_CODE_TRIES


async def test_a_code_expires(email_linking: EmailLinkingService, store: Store, clock: FixedClock) -> None:
    await email_linking.send_code(CHAT, ANN)
    (code,) = await queued_codes(store, clock)
    clock.advance(CODE_LIFETIME)

    late = await email_linking.confirm(CHAT, code.code)

    assert late == LinkStep(result=LinkResult.NO_PENDING_CODE, address=ANN)


async def test_a_code_works_once_and_for_its_reader_alone(
    email_linking: EmailLinkingService, store: Store, clock: FixedClock
) -> None:
    await email_linking.send_code(CHAT, ANN)
    (code,) = await queued_codes(store, clock)
    await email_linking.send_code(OTHER, "bob@example.org")

    stolen = await email_linking.confirm(OTHER, code.code)
    own = await email_linking.confirm(CHAT, code.code)
    again = await email_linking.confirm(CHAT, code.code)

    assert stolen.result is LinkResult.WRONG_CODE
    assert own.result is LinkResult.LINKED
    assert again.result is LinkResult.NO_PENDING_CODE


async def test_a_new_code_ends_the_one_before(
    email_linking: EmailLinkingService, store: Store, clock: FixedClock
) -> None:
    await email_linking.send_code(CHAT, ANN)
    (first,) = await queued_codes(store, clock)
    await email_linking.send_code(CHAT, "bob@example.org")

    old = await email_linking.confirm(CHAT, first.code)

    assert old.result is LinkResult.WRONG_CODE


async def test_a_reader_gets_three_codes_a_day_even_across_forgetting(
    subscriptions: SubscriptionService, email_linking: EmailLinkingService, clock: FixedClock
) -> None:
    ends = []
    for number in range(MAX_CODES_PER_DAY + 1):
        ends.append((await email_linking.send_code(CHAT, f"ann{number}@example.org")).result)
        await subscriptions.erase(CHAT)
    clock.advance(timedelta(days=1))
    tomorrow = await email_linking.send_code(CHAT, ANN)

    assert ends == [LinkResult.CODE_SENT] * MAX_CODES_PER_DAY + [LinkResult.TOO_MANY_CODES]
    assert tomorrow.result is LinkResult.CODE_SENT


async def test_an_address_gets_three_codes_a_day_whoever_asks(email_linking: EmailLinkingService, store: Store) -> None:
    chats = [Target.telegram(number) for number in range(1, 40)]

    ends = await asyncio.gather(*(email_linking.send_code(chat, ANN) for chat in chats))

    assert [end.result for end in ends].count(LinkResult.CODE_SENT) == MAX_CODES_PER_DAY
    assert len(await store.outbox.list_deliveries()) == MAX_CODES_PER_DAY


async def test_an_address_of_somebody_else_moves_to_who_proves_it(
    subscriptions: SubscriptionService, email_linking: EmailLinkingService, store: Store, clock: FixedClock
) -> None:
    await subscriptions.add_subscriber([Target.email(ANN)], ["vision"])
    await subscriptions.subscribe(CHAT, ["speech"])

    linked = await link_address(email_linking, store, clock, CHAT)

    reader = await subscriptions.find_profile(Target.email(ANN))
    assert linked.result is LinkResult.LINKED
    assert reader is not None
    assert reader.preferences.domains == ("speech",)
    assert (await store.stats.load_stats()).subscribers == 1


async def test_a_reader_whose_only_address_moves_is_gone_though_another_waits_for_its_proof(
    subscriptions: SubscriptionService, email_linking: EmailLinkingService, store: Store, clock: FixedClock
) -> None:
    mail = Target.email(ANN)
    await subscriptions.add_subscriber([mail], ["vision"])
    await email_linking.send_code(mail, "never-proved@example.org")
    await queued_codes(store, clock)

    await link_address(email_linking, store, clock, CHAT)

    assert (await store.stats.load_stats()).subscribers == 1


async def test_a_reader_who_keeps_a_chat_stays_when_their_address_moves(
    subscriptions: SubscriptionService, email_linking: EmailLinkingService, store: Store, clock: FixedClock
) -> None:
    await subscriptions.add_subscriber([OTHER, Target.email(ANN)], ["vision"])

    await link_address(email_linking, store, clock, CHAT)

    before = await subscriptions.find_profile(OTHER)
    assert before is not None
    assert before.active_addresses(Channel.EMAIL) == ()
    assert before.subscriber.next_digest_at is not None


async def test_an_address_that_is_linked_needs_no_code(
    subscriptions: SubscriptionService, email_linking: EmailLinkingService, store: Store
) -> None:
    await subscriptions.add_subscriber([CHAT, Target.email(ANN)], None)

    asked = await email_linking.send_code(CHAT, ANN)

    assert asked == LinkStep(result=LinkResult.ALREADY_LINKED, address=ANN)
    assert await store.outbox.list_deliveries() == []


async def test_an_unlinked_address_can_be_linked_again(
    email_linking: EmailLinkingService, store: Store, clock: FixedClock
) -> None:
    await link_address(email_linking, store, clock, CHAT)
    await email_linking.unlink(CHAT)

    again = await link_address(email_linking, store, clock, CHAT)

    assert again.result is LinkResult.LINKED


async def test_an_address_that_went_away_receives_again_after_a_new_proof(
    subscriptions: SubscriptionService, email_linking: EmailLinkingService, store: Store, clock: FixedClock
) -> None:
    await subscriptions.add_subscriber([CHAT, Target.email(ANN)], None)
    await subscriptions.mark_unreachable(Target.email(ANN), Reason(ReasonCode.BOT_BLOCKED))

    linked = await link_address(email_linking, store, clock, CHAT)

    reader = await subscriptions.find_profile(CHAT)
    assert linked.result is LinkResult.LINKED
    assert reader is not None
    assert {endpoint.state for endpoint in reader.endpoints} == {EndpointState.ACTIVE}


async def test_what_is_no_address_gets_no_code_and_makes_no_reader(
    subscriptions: SubscriptionService, email_linking: EmailLinkingService
) -> None:
    asked = await email_linking.send_code(CHAT, "not an address")

    assert asked == LinkStep(result=LinkResult.INVALID_ADDRESS)
    assert await subscriptions.find_profile(CHAT) is None


async def test_a_code_nobody_asked_for_is_none(
    subscriptions: SubscriptionService, email_linking: EmailLinkingService
) -> None:
    stranger = await email_linking.confirm(CHAT, "123456")
    await subscriptions.get_or_create(CHAT)
    reader = await email_linking.confirm(CHAT, "123456")

    assert stranger == reader == LinkStep(result=LinkResult.NO_PENDING_CODE)


async def test_forgetting_ends_a_pending_code(
    subscriptions: SubscriptionService, email_linking: EmailLinkingService, store: Store, clock: FixedClock
) -> None:
    await email_linking.send_code(CHAT, ANN)
    (code,) = await queued_codes(store, clock)
    await subscriptions.erase(CHAT)
    await subscriptions.get_or_create(CHAT)

    late = await email_linking.confirm(CHAT, code.code)

    assert late.result is LinkResult.NO_PENDING_CODE


async def test_a_stranger_has_nothing_to_unlink(email_linking: EmailLinkingService) -> None:
    assert await email_linking.unlink(CHAT) == ()


async def test_unlinking_takes_one_address_or_all(
    subscriptions: SubscriptionService, email_linking: EmailLinkingService, store: Store
) -> None:
    addresses = [Target.email(f"{name}@example.org") for name in ("ann", "bob", "cat")]
    await subscriptions.add_subscriber([CHAT, *addresses], None)

    one = await email_linking.unlink(CHAT, " Bob@Example.org ")
    none = await email_linking.unlink(CHAT, "not an address")
    rest = await email_linking.unlink(CHAT)

    reader = await subscriptions.find_profile(CHAT)
    assert one == ["bob@example.org"]
    assert none == ()
    assert rest == ["ann@example.org", "cat@example.org"]
    assert reader is not None
    assert reader.active_addresses(Channel.EMAIL) == ()
    assert (await store.stats.load_stats()).endpoints == {Channel.TELEGRAM: 1}


async def test_unlinking_reaches_what_is_queued(
    subscriptions: SubscriptionService, email_linking: EmailLinkingService, store: Store, clock: FixedClock
) -> None:
    await save_report(store, TODAY, make_paper(1))
    await subscriptions.add_subscriber([CHAT, Target.email("ann@example.org")], None)
    clock.advance(timedelta(hours=1))
    await EditionService(store=store.editions, clock=clock).queue_due_digests()

    await email_linking.unlink(CHAT)

    states = {row.target.channel: row.state for row in await store.outbox.list_deliveries()}
    assert states == {Channel.EMAIL: DeliveryState.CANCELLED, Channel.TELEGRAM: DeliveryState.DUE}
