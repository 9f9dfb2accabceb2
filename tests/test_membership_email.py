"""Linking an email address by a code, on the real store."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest

from digest.clock import SetClock
from digest.membership import CODE_LIFE, CODE_TRIES, CODES_A_DAY, Linked, LinkEnd, Membership
from digest.model import AddressCode, Channel, EndpointState, Locale, Target
from digest.store import Store
from tests.support.stores import membership_on

CHAT = Target.telegram(42)
OTHER = Target.telegram(43)
ANN = "ann@example.org"


@pytest.fixture
def people(store: Store, clock: SetClock) -> Membership:
    """Give membership on the store."""
    return membership_on(store, clock)


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


async def ask_and_answer(people: Membership, store: Store, clock: SetClock, chat: Target) -> Linked:
    """Link Ann's address to a chat, as its owner would."""
    await people.ask_email(chat, ANN)
    (code,) = await codes(store, clock)
    return await people.confirm_email(chat, code.code)


async def test_the_right_code_links_the_address(people: Membership, store: Store, clock: SetClock) -> None:
    asked = await people.ask_email(CHAT, " Ann@Example.org ", locale=Locale.ZH)
    (code,) = await codes(store, clock)
    before = await people.reader(CHAT)

    linked = await people.confirm_email(CHAT, code.code)

    assert asked == Linked(end=LinkEnd.CODE_SENT, address=ANN)
    assert linked == Linked(end=LinkEnd.LINKED, address=ANN)
    assert (len(code.code), code.minutes, code.locale) == (6, 15, Locale.ZH)
    assert before is not None
    assert before.addresses(Channel.EMAIL) == ()
    reader = await people.reader(Target.email(ANN))
    assert reader is not None
    assert reader == await people.reader(CHAT)


async def test_the_code_goes_to_the_address_and_only_there(people: Membership, store: Store) -> None:
    await people.ask_email(CHAT, ANN)

    (row,) = await store.outbox.rows()

    assert row.target == Target.email(ANN)


async def test_no_code_stands_in_the_database_but_in_its_mail(
    people: Membership, store: Store, clock: SetClock
) -> None:
    await people.ask_email(CHAT, ANN)
    (code,) = await codes(store, clock)

    record = await store.people.try_code(1)

    assert record is not None
    assert code.code not in record.code_hash


async def test_a_wrong_code_says_how_many_tries_are_left_and_the_right_one_still_works(
    people: Membership, store: Store, clock: SetClock
) -> None:
    await people.ask_email(CHAT, ANN)
    (code,) = await codes(store, clock)

    first = await people.confirm_email(CHAT, wrong(code.code))
    second = await people.confirm_email(CHAT, code.code)

    assert first == Linked(end=LinkEnd.WRONG_CODE, address=ANN, tries_left=CODE_TRIES - 1)
    assert second.end is LinkEnd.LINKED


async def test_after_five_wrong_codes_the_right_one_is_worth_nothing(
    people: Membership, store: Store, clock: SetClock
) -> None:
    await people.ask_email(CHAT, ANN)
    (code,) = await codes(store, clock)

    ends = [await people.confirm_email(CHAT, wrong(code.code)) for _ in range(CODE_TRIES)]
    late = await people.confirm_email(CHAT, code.code)

    assert [end.tries_left for end in ends] == [4, 3, 2, 1, 0]
    assert late.end is LinkEnd.NO_CODE


async def test_guesses_at_once_are_counted_like_guesses_in_a_row(
    people: Membership, store: Store, clock: SetClock
) -> None:
    await people.ask_email(CHAT, ANN)
    (code,) = await codes(store, clock)

    ends = await asyncio.gather(*(people.confirm_email(CHAT, wrong(code.code)) for _ in range(50)))

    assert [end.end for end in ends].count(LinkEnd.WRONG_CODE) == CODE_TRIES


async def test_a_code_expires(people: Membership, store: Store, clock: SetClock) -> None:
    await people.ask_email(CHAT, ANN)
    (code,) = await codes(store, clock)
    clock.forward(CODE_LIFE)

    late = await people.confirm_email(CHAT, code.code)

    assert late == Linked(end=LinkEnd.NO_CODE, address=ANN)


async def test_a_code_works_once_and_for_its_reader_alone(
    people: Membership, store: Store, clock: SetClock
) -> None:
    await people.ask_email(CHAT, ANN)
    (code,) = await codes(store, clock)
    await people.ask_email(OTHER, "bob@example.org")

    stolen = await people.confirm_email(OTHER, code.code)
    own = await people.confirm_email(CHAT, code.code)
    again = await people.confirm_email(CHAT, code.code)

    assert stolen.end is LinkEnd.WRONG_CODE
    assert own.end is LinkEnd.LINKED
    assert again.end is LinkEnd.NO_CODE


async def test_a_new_code_ends_the_one_before(people: Membership, store: Store, clock: SetClock) -> None:
    await people.ask_email(CHAT, ANN)
    (first,) = await codes(store, clock)
    await people.ask_email(CHAT, "bob@example.org")

    old = await people.confirm_email(CHAT, first.code)

    assert old.end is LinkEnd.WRONG_CODE


async def test_a_reader_gets_three_codes_a_day_even_across_forgetting(
    people: Membership, clock: SetClock
) -> None:
    ends = []
    for number in range(CODES_A_DAY + 1):
        ends.append((await people.ask_email(CHAT, f"ann{number}@example.org")).end)
        await people.forget(CHAT)
    clock.forward(timedelta(days=1))
    tomorrow = await people.ask_email(CHAT, ANN)

    assert ends == [LinkEnd.CODE_SENT] * CODES_A_DAY + [LinkEnd.TOO_MANY_CODES]
    assert tomorrow.end is LinkEnd.CODE_SENT


async def test_an_address_gets_three_codes_a_day_whoever_asks(people: Membership, store: Store) -> None:
    chats = [Target.telegram(number) for number in range(1, 40)]

    ends = await asyncio.gather(*(people.ask_email(chat, ANN) for chat in chats))

    assert [end.end for end in ends].count(LinkEnd.CODE_SENT) == CODES_A_DAY
    assert len(await store.outbox.rows()) == CODES_A_DAY


async def test_an_address_of_somebody_else_moves_to_who_proves_it(
    people: Membership, store: Store, clock: SetClock
) -> None:
    await people.enrol([Target.email(ANN)], ["vision"])
    await people.subscribe(CHAT, ["speech"])

    linked = await ask_and_answer(people, store, clock, CHAT)

    reader = await people.reader(Target.email(ANN))
    assert linked.end is LinkEnd.LINKED
    assert reader is not None
    assert reader.preferences.domains == ("speech",)
    assert (await store.overview.numbers()).subscribers == 1


async def test_a_reader_whose_only_address_moves_is_gone_though_another_waits_for_its_proof(
    people: Membership, store: Store, clock: SetClock
) -> None:
    mail = Target.email(ANN)
    await people.enrol([mail], ["vision"])
    await people.ask_email(mail, "never-proved@example.org")
    await codes(store, clock)

    await ask_and_answer(people, store, clock, CHAT)

    assert (await store.overview.numbers()).subscribers == 1


async def test_a_reader_who_keeps_a_chat_stays_when_their_address_moves(
    people: Membership, store: Store, clock: SetClock
) -> None:
    await people.enrol([OTHER, Target.email(ANN)], ["vision"])

    await ask_and_answer(people, store, clock, CHAT)

    before = await people.reader(OTHER)
    assert before is not None
    assert before.addresses(Channel.EMAIL) == ()
    assert before.subscriber.next_at is not None


async def test_an_address_that_is_linked_needs_no_code(people: Membership, store: Store) -> None:
    await people.enrol([CHAT, Target.email(ANN)], None)

    asked = await people.ask_email(CHAT, ANN)

    assert asked == Linked(end=LinkEnd.ALREADY_LINKED, address=ANN)
    assert await store.outbox.rows() == []


async def test_an_unlinked_address_can_be_linked_again(
    people: Membership, store: Store, clock: SetClock
) -> None:
    await ask_and_answer(people, store, clock, CHAT)
    await people.drop_email(CHAT)

    again = await ask_and_answer(people, store, clock, CHAT)

    assert again.end is LinkEnd.LINKED


async def test_an_address_that_went_away_receives_again_after_a_new_proof(
    people: Membership, store: Store, clock: SetClock
) -> None:
    await people.enrol([CHAT, Target.email(ANN)], None)
    await people.left(Target.email(ANN), "user unknown")

    linked = await ask_and_answer(people, store, clock, CHAT)

    reader = await people.reader(CHAT)
    assert linked.end is LinkEnd.LINKED
    assert reader is not None
    assert {endpoint.state for endpoint in reader.endpoints} == {EndpointState.ACTIVE}


async def test_what_is_no_address_gets_no_code_and_makes_no_reader(people: Membership) -> None:
    asked = await people.ask_email(CHAT, "not an address")

    assert asked == Linked(end=LinkEnd.NOT_AN_ADDRESS)
    assert await people.reader(CHAT) is None


async def test_a_code_nobody_asked_for_is_none(people: Membership) -> None:
    stranger = await people.confirm_email(CHAT, "123456")
    await people.join(CHAT)
    reader = await people.confirm_email(CHAT, "123456")

    assert stranger == reader == Linked(end=LinkEnd.NO_CODE)


async def test_forgetting_ends_a_pending_code(people: Membership, store: Store, clock: SetClock) -> None:
    await people.ask_email(CHAT, ANN)
    (code,) = await codes(store, clock)
    await people.forget(CHAT)
    await people.join(CHAT)

    late = await people.confirm_email(CHAT, code.code)

    assert late.end is LinkEnd.NO_CODE
