"""Saved papers and votes in the store."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from digest.clock import SetClock
from digest.model import Mark, Target, Vote
from digest.store import Store
from digest.store.record import record_of
from digest.store.tables import saved_papers, votes
from tests.support.stores import NOW, TODAY, a_paper, membership_on, take_in

CHAT = Target.telegram(42)
ONE, TWO = "2601.00001", "2601.00002"


@pytest.fixture
async def ann(store: Store, clock: SetClock) -> int:
    """Give the number of a reader, in a store with two papers."""
    await take_in(store, TODAY, a_paper(1), a_paper(2))
    return (await membership_on(store, clock).join(CHAT)).subscriber.id


async def rows(store: Store) -> tuple[int, int]:
    """Count the rows of both tables."""
    async with store.database.reading() as connection:
        kept = (await connection.execute(select(func.count()).select_from(saved_papers))).scalar_one()
        voted = (await connection.execute(select(func.count()).select_from(votes))).scalar_one()
    return kept, voted


async def test_the_newest_saved_paper_comes_first(store: Store, ann: int) -> None:
    await store.shelves.save(ann, TWO, NOW, most=9)
    await store.shelves.save(ann, ONE, NOW + timedelta(seconds=1), most=9)

    assert await store.shelves.saved(ann) == [ONE, TWO]


async def test_of_two_papers_saved_at_once_the_newer_paper_comes_first(store: Store, ann: int) -> None:
    await store.shelves.save(ann, TWO, NOW, most=9)
    await store.shelves.save(ann, ONE, NOW, most=9)

    assert await store.shelves.saved(ann) == [TWO, ONE]


async def test_fifty_racing_presses_have_one_effect(store: Store, ann: int) -> None:
    presses = [store.shelves.save(ann, ONE, NOW + timedelta(seconds=n), most=9) for n in range(50)]
    likes = [store.shelves.vote(ann, ONE, Vote.UP, NOW) for _ in range(50)]

    done = await asyncio.gather(*presses)
    await asyncio.gather(*likes)

    assert sum(done) == 1
    assert await rows(store) == (1, 1)


async def test_racing_saves_never_pass_the_bound(store: Store, ann: int) -> None:
    done = await asyncio.gather(*(store.shelves.save(ann, id_, NOW, most=1) for id_ in (ONE, TWO)))

    assert sum(done) == 1
    assert len(await store.shelves.saved(ann)) == 1


async def test_a_paper_is_taken_off_once(store: Store, ann: int) -> None:
    await store.shelves.save(ann, ONE, NOW, most=9)

    first, again = await store.shelves.remove(ann, ONE), await store.shelves.remove(ann, ONE)

    assert (first, again) == (True, False)
    assert await store.shelves.saved(ann) == []


async def test_a_vote_replaces_the_one_before_and_goes_again(store: Store, ann: int) -> None:
    await store.shelves.vote(ann, ONE, Vote.UP, NOW)
    up = await store.shelves.mark(ann, ONE)
    await store.shelves.vote(ann, ONE, Vote.DOWN, NOW)
    down = await store.shelves.mark(ann, ONE)
    await store.shelves.vote(ann, ONE, None, NOW)
    none = await store.shelves.mark(ann, ONE)

    assert [up, down, none] == [Mark(vote=Vote.UP), Mark(vote=Vote.DOWN), Mark()]
    assert await rows(store) == (0, 0)


async def test_a_mark_is_one_readers_and_one_papers(store: Store, clock: SetClock, ann: int) -> None:
    bob = (await membership_on(store, clock).join(Target.telegram(43))).subscriber.id
    await store.shelves.save(ann, ONE, NOW, most=9)
    await store.shelves.vote(ann, ONE, Vote.UP, NOW)

    marks = [await store.shelves.mark(who, what) for who, what in ((ann, ONE), (ann, TWO), (bob, ONE))]

    assert marks == [Mark(saved=True, vote=Vote.UP), Mark(), Mark()]


async def test_what_is_not_there_is_neither_saved_nor_voted_on(store: Store, ann: int) -> None:
    done = [
        await store.shelves.save(ann, "2601.99999", NOW, most=9),
        await store.shelves.save(10**6, ONE, NOW, most=9),
    ]
    await store.shelves.vote(ann, "2601.99999", Vote.UP, NOW)
    await store.shelves.vote(10**6, ONE, Vote.UP, NOW)

    assert done == [False, False]
    assert await rows(store) == (0, 0)
    assert await store.shelves.mark(ann, "2601.99999") is None


async def test_what_a_reader_kept_goes_with_them(store: Store, clock: SetClock, ann: int) -> None:
    await store.shelves.save(ann, ONE, NOW, most=9)
    await store.shelves.vote(ann, TWO, Vote.DOWN, NOW)

    await membership_on(store, clock).forget(CHAT)

    assert await rows(store) == (0, 0)


async def test_what_a_reader_kept_stands_in_their_record(store: Store, ann: int) -> None:
    await store.shelves.save(ann, ONE, NOW, most=9)
    await store.shelves.vote(ann, TWO, Vote.DOWN, NOW)

    async with store.database.reading() as connection:
        record = await record_of(connection, ann)

    assert record["saved"] == [{"paper": ONE, "at": NOW.isoformat()}]
    assert record["votes"] == [{"paper": TWO, "vote": -1, "at": NOW.isoformat()}]
