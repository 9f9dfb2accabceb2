"""A reader's own shelf: who comes to have one, and how keeping a paper can end."""

import pytest

from digest import shelf as module
from digest.clock import SetClock
from digest.model import EndpointState, Locale, Mark, Target, Vote
from digest.reasons import Reason, ReasonCode
from digest.shelf import Kept, Shelf
from digest.store import Store
from tests.support.stores import TODAY, a_paper, membership_on, take_in

CHAT = Target.telegram(42)
ONE, TWO = "2601.00001", "2601.00002"


@pytest.fixture
async def shelf(store: Store, clock: SetClock) -> Shelf:
    """Give shelves in a store with two papers."""
    await take_in(store, TODAY, a_paper(1), a_paper(2))
    return Shelf(shelves=store.shelves, membership=membership_on(store, clock), clock=clock)


async def test_who_saves_a_paper_becomes_known_and_gets_nothing_unasked(shelf: Shelf) -> None:
    end = await shelf.save(CHAT, ONE, locale=Locale.ZH)

    reader = await shelf.membership.reader(CHAT)
    assert end is Kept.KEPT
    assert reader is not None
    assert reader.preferences.locale is Locale.ZH
    assert reader.preferences.domains == ()
    assert reader.subscriber.next_at is None
    assert await shelf.saved(reader) == (ONE,)


async def test_saving_does_not_switch_a_chat_on_that_its_reader_switched_off(
    shelf: Shelf, store: Store
) -> None:
    reader = await shelf.membership.subscribe(CHAT, ["robotics"])
    await store.keys.stop(reader.endpoints[0].id, Reason(ReasonCode.BOT_BLOCKED), shelf.clock())

    await shelf.save(CHAT, ONE, locale=Locale.EN)

    after = await shelf.membership.reader(CHAT)
    assert after is not None
    assert after.endpoints[0].state is EndpointState.UNSUBSCRIBED


async def test_saving_again_says_so(shelf: Shelf) -> None:
    await shelf.save(CHAT, ONE, locale=Locale.EN)

    assert await shelf.save(CHAT, ONE, locale=Locale.EN) is Kept.ALREADY


async def test_a_paper_that_no_report_told_of_is_unknown(shelf: Shelf) -> None:
    assert await shelf.save(CHAT, "2601.99999", locale=Locale.EN) is Kept.UNKNOWN
    assert await shelf.vote(CHAT, "2601.99999", Vote.UP, locale=Locale.EN) is None


async def test_a_full_shelf_says_so_and_takes_more_once_there_is_room(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST", 1)
    await shelf.save(CHAT, ONE, locale=Locale.EN)

    full = await shelf.save(CHAT, TWO, locale=Locale.EN)
    await shelf.remove(CHAT, ONE)
    then = await shelf.save(CHAT, TWO, locale=Locale.EN)

    assert (full, then) == (Kept.FULL, Kept.KEPT)


async def test_a_vote_says_how_it_stands(shelf: Shelf) -> None:
    up = await shelf.vote(CHAT, ONE, Vote.UP, locale=Locale.EN)
    back = await shelf.vote(CHAT, ONE, None, locale=Locale.EN)

    assert (up, back) == (Mark(vote=Vote.UP), Mark())


async def test_who_is_not_known_has_an_empty_shelf(shelf: Shelf) -> None:
    assert await shelf.saved(None) == ()
    assert await shelf.mark(None, ONE) == Mark()
    assert not await shelf.remove(CHAT, ONE)
    assert await shelf.membership.reader(CHAT) is None
