"""Linking an email address by a code, on the real store."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest

from digest.clock import SetClock
from digest.edition import EditionDesk
from digest.linking import CODE_LIFE, CODE_TRIES, CODES_A_DAY, Linked, LinkEnd, Linking
from digest.membership import Membership
from digest.model import AddressCode, Channel, DeliveryState, EndpointState, Locale, Target
from digest.reasons import Reason, ReasonCode
from digest.store import Store
from tests.support.stores import TODAY, a_paper, linking_on, membership_on, take_in

CHAT = Target.telegram(42)
OTHER = Target.telegram(43)
ANN = "ann@example.org"


@pytest.fixture
def people(store: Store, clock: SetClock) -> Membership:
    """Give membership on the store."""
    return membership_on(store, clock)


@pytest.fixture
def linking(store: Store, clock: SetClock) -> Linking:
    """Give linking on the store."""
    return linking_on(store, clock)


async def codes(store: Store, clock: SetClock) -> Sequence[AddressCode]:
    """Take the codes that wait to be mailed."""
    at = clock()
    claimed = await store.outbox.claim(
        Channel.EMAIL, "the mail", due=at, now=at, until=at + timedelta(days=9), most=100
    )
    return [one.content for one in claimed if isinstance(one.content, AddressCode)]


def wrong(code: str) -> str:
    """Give another code."""
    return f"{(int(code) + 1) % 10**6:06}"


async def ask_and_answer(linking: Linking, store: Store, clock: SetClock, chat: Target) -> Linked:
    """Link Ann's address to a chat, as its owner would."""
    await linking.ask(chat, ANN)
    (code,) = await codes(store, clock)
    return await linking.confirm(chat, code.code)


async def test_the_right_code_links_the_address(
    people: Membership, linking: Linking, store: Store, clock: SetClock
) -> None:
    asked = await linking.ask(CHAT, " Ann@Example.org ", locale=Locale.ZH)
    (code,) = await codes(store, clock)
    before = await people.reader(CHAT)

    linked = await linking.confirm(CHAT, code.code)

    assert asked == Linked(end=LinkEnd.CODE_SENT, address=ANN)
    assert linked == Linked(end=LinkEnd.LINKED, address=ANN)
    assert (len(code.code), code.minutes, code.locale) == (6, 15, Locale.ZH)
    assert before is not None
    assert before.addresses(Channel.EMAIL) == ()
    reader = await people.reader(Target.email(ANN))
    assert reader is not None
    assert reader == await people.reader(CHAT)


async def test_the_code_goes_to_the_address_and_only_there(linking: Linking, store: Store) -> None:
    await linking.ask(CHAT, ANN)

    (row,) = await store.outbox.rows()

    assert row.target == Target.email(ANN)


async def test_no_code_stands_in_the_database_but_in_its_mail(
    linking: Linking, store: Store, clock: SetClock
) -> None:
    await linking.ask(CHAT, ANN)
    (code,) = await codes(store, clock)

    record = await store.addresses.try_code(1)

    assert record is not None
    assert code.code not in record.code_hash


async def test_a_wrong_code_says_how_many_tries_are_left_and_the_right_one_still_works(
    linking: Linking, store: Store, clock: SetClock
) -> None:
    await linking.ask(CHAT, ANN)
    (code,) = await codes(store, clock)

    first = await linking.confirm(CHAT, wrong(code.code))
    second = await linking.confirm(CHAT, code.code)

    assert first == Linked(end=LinkEnd.WRONG_CODE, address=ANN, tries_left=CODE_TRIES - 1)
    assert second.end is LinkEnd.LINKED


async def test_after_five_wrong_codes_the_right_one_is_worth_nothing(
    linking: Linking, store: Store, clock: SetClock
) -> None:
    await linking.ask(CHAT, ANN)
    (code,) = await codes(store, clock)

    ends = [await linking.confirm(CHAT, wrong(code.code)) for _ in range(CODE_TRIES)]
    late = await linking.confirm(CHAT, code.code)

    assert [end.tries_left for end in ends] == [4, 3, 2, 1, 0]
    assert late.end is LinkEnd.NO_CODE


async def test_guesses_at_once_are_counted_like_guesses_in_a_row(
    linking: Linking, store: Store, clock: SetClock
) -> None:
    await linking.ask(CHAT, ANN)
    (code,) = await codes(store, clock)

    ends = await asyncio.gather(*(linking.confirm(CHAT, wrong(code.code)) for _ in range(50)))

    assert [end.end for end in ends].count(LinkEnd.WRONG_CODE) == CODE_TRIES


async def test_a_code_expires(linking: Linking, store: Store, clock: SetClock) -> None:
    await linking.ask(CHAT, ANN)
    (code,) = await codes(store, clock)
    clock.forward(CODE_LIFE)

    late = await linking.confirm(CHAT, code.code)

    assert late == Linked(end=LinkEnd.NO_CODE, address=ANN)


async def test_a_code_works_once_and_for_its_reader_alone(
    linking: Linking, store: Store, clock: SetClock
) -> None:
    await linking.ask(CHAT, ANN)
    (code,) = await codes(store, clock)
    await linking.ask(OTHER, "bob@example.org")

    stolen = await linking.confirm(OTHER, code.code)
    own = await linking.confirm(CHAT, code.code)
    again = await linking.confirm(CHAT, code.code)

    assert stolen.end is LinkEnd.WRONG_CODE
    assert own.end is LinkEnd.LINKED
    assert again.end is LinkEnd.NO_CODE


async def test_a_new_code_ends_the_one_before(linking: Linking, store: Store, clock: SetClock) -> None:
    await linking.ask(CHAT, ANN)
    (first,) = await codes(store, clock)
    await linking.ask(CHAT, "bob@example.org")

    old = await linking.confirm(CHAT, first.code)

    assert old.end is LinkEnd.WRONG_CODE


async def test_a_reader_gets_three_codes_a_day_even_across_forgetting(
    people: Membership, linking: Linking, clock: SetClock
) -> None:
    ends = []
    for number in range(CODES_A_DAY + 1):
        ends.append((await linking.ask(CHAT, f"ann{number}@example.org")).end)
        await people.forget(CHAT)
    clock.forward(timedelta(days=1))
    tomorrow = await linking.ask(CHAT, ANN)

    assert ends == [LinkEnd.CODE_SENT] * CODES_A_DAY + [LinkEnd.TOO_MANY_CODES]
    assert tomorrow.end is LinkEnd.CODE_SENT


async def test_an_address_gets_three_codes_a_day_whoever_asks(linking: Linking, store: Store) -> None:
    chats = [Target.telegram(number) for number in range(1, 40)]

    ends = await asyncio.gather(*(linking.ask(chat, ANN) for chat in chats))

    assert [end.end for end in ends].count(LinkEnd.CODE_SENT) == CODES_A_DAY
    assert len(await store.outbox.rows()) == CODES_A_DAY


async def test_an_address_of_somebody_else_moves_to_who_proves_it(
    people: Membership, linking: Linking, store: Store, clock: SetClock
) -> None:
    await people.enrol([Target.email(ANN)], ["vision"])
    await people.subscribe(CHAT, ["speech"])

    linked = await ask_and_answer(linking, store, clock, CHAT)

    reader = await people.reader(Target.email(ANN))
    assert linked.end is LinkEnd.LINKED
    assert reader is not None
    assert reader.preferences.domains == ("speech",)
    assert (await store.overview.numbers()).subscribers == 1


async def test_a_reader_whose_only_address_moves_is_gone_though_another_waits_for_its_proof(
    people: Membership, linking: Linking, store: Store, clock: SetClock
) -> None:
    mail = Target.email(ANN)
    await people.enrol([mail], ["vision"])
    await linking.ask(mail, "never-proved@example.org")
    await codes(store, clock)

    await ask_and_answer(linking, store, clock, CHAT)

    assert (await store.overview.numbers()).subscribers == 1


async def test_a_reader_who_keeps_a_chat_stays_when_their_address_moves(
    people: Membership, linking: Linking, store: Store, clock: SetClock
) -> None:
    await people.enrol([OTHER, Target.email(ANN)], ["vision"])

    await ask_and_answer(linking, store, clock, CHAT)

    before = await people.reader(OTHER)
    assert before is not None
    assert before.addresses(Channel.EMAIL) == ()
    assert before.subscriber.next_at is not None


async def test_an_address_that_is_linked_needs_no_code(
    people: Membership, linking: Linking, store: Store
) -> None:
    await people.enrol([CHAT, Target.email(ANN)], None)

    asked = await linking.ask(CHAT, ANN)

    assert asked == Linked(end=LinkEnd.ALREADY_LINKED, address=ANN)
    assert await store.outbox.rows() == []


async def test_an_unlinked_address_can_be_linked_again(
    linking: Linking, store: Store, clock: SetClock
) -> None:
    await ask_and_answer(linking, store, clock, CHAT)
    await linking.unlink(CHAT)

    again = await ask_and_answer(linking, store, clock, CHAT)

    assert again.end is LinkEnd.LINKED


async def test_an_address_that_went_away_receives_again_after_a_new_proof(
    people: Membership, linking: Linking, store: Store, clock: SetClock
) -> None:
    await people.enrol([CHAT, Target.email(ANN)], None)
    await people.left(Target.email(ANN), Reason(ReasonCode.BOT_BLOCKED))

    linked = await ask_and_answer(linking, store, clock, CHAT)

    reader = await people.reader(CHAT)
    assert linked.end is LinkEnd.LINKED
    assert reader is not None
    assert {endpoint.state for endpoint in reader.endpoints} == {EndpointState.ACTIVE}


async def test_what_is_no_address_gets_no_code_and_makes_no_reader(
    people: Membership, linking: Linking
) -> None:
    asked = await linking.ask(CHAT, "not an address")

    assert asked == Linked(end=LinkEnd.NOT_AN_ADDRESS)
    assert await people.reader(CHAT) is None


async def test_a_code_nobody_asked_for_is_none(people: Membership, linking: Linking) -> None:
    stranger = await linking.confirm(CHAT, "123456")
    await people.join(CHAT)
    reader = await linking.confirm(CHAT, "123456")

    assert stranger == reader == Linked(end=LinkEnd.NO_CODE)


async def test_forgetting_ends_a_pending_code(
    people: Membership, linking: Linking, store: Store, clock: SetClock
) -> None:
    await linking.ask(CHAT, ANN)
    (code,) = await codes(store, clock)
    await people.forget(CHAT)
    await people.join(CHAT)

    late = await linking.confirm(CHAT, code.code)

    assert late.end is LinkEnd.NO_CODE


async def test_a_stranger_has_nothing_to_unlink(linking: Linking) -> None:
    assert await linking.unlink(CHAT) == ()


async def test_unlinking_takes_one_address_or_all(people: Membership, linking: Linking, store: Store) -> None:
    addresses = [Target.email(f"{name}@example.org") for name in ("ann", "bob", "cat")]
    await people.enrol([CHAT, *addresses], None)

    one = await linking.unlink(CHAT, " Bob@Example.org ")
    none = await linking.unlink(CHAT, "not an address")
    rest = await linking.unlink(CHAT)

    reader = await people.reader(CHAT)
    assert one == ["bob@example.org"]
    assert none == ()
    assert rest == ["ann@example.org", "cat@example.org"]
    assert reader is not None
    assert reader.addresses(Channel.EMAIL) == ()
    assert (await store.overview.numbers()).endpoints == {Channel.TELEGRAM: 1}


async def test_unlinking_reaches_what_is_queued(
    people: Membership, linking: Linking, store: Store, clock: SetClock
) -> None:
    await take_in(store, TODAY, a_paper(1))
    await people.enrol([CHAT, Target.email("ann@example.org")], None)
    clock.forward(timedelta(hours=1))
    await EditionDesk(editions=store.editions, clock=clock).serve()

    await linking.unlink(CHAT)

    states = {row.target.channel: row.state for row in await store.outbox.rows()}
    assert states == {Channel.EMAIL: DeliveryState.CANCELLED, Channel.TELEGRAM: DeliveryState.DUE}
