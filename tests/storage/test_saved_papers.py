"""Saved papers and votes in the store."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from digest.model import PaperFeedback, Target, Vote
from digest.model.clock import FixedClock
from digest.storage import Store
from digest.storage.subscriber_details import collect_data
from digest.storage.tables import saved_papers, votes
from tests.support.database import NOW, TODAY, make_paper, save_report, subscription_service

CHAT = Target.telegram(42)
FIRST_ID, SECOND_ID = "2601.00001", "2601.00002"


@pytest.fixture
async def ann_id(store: Store, clock: FixedClock) -> int:
    """Return the number of a reader, in a store with two papers."""
    await save_report(store, TODAY, make_paper(1), make_paper(2))
    return (await subscription_service(store, clock).get_or_create(CHAT)).subscriber.id


async def row_counts(store: Store) -> tuple[int, int]:
    """Count the rows of both tables."""
    async with store.database.read_only() as connection:
        kept = (await connection.execute(select(func.count()).select_from(saved_papers))).scalar_one()
        voted = (await connection.execute(select(func.count()).select_from(votes))).scalar_one()
    return kept, voted


async def test_the_newest_saved_paper_comes_first(store: Store, ann_id: int) -> None:
    await store.saved_papers.save(ann_id, SECOND_ID, NOW, limit=9)
    await store.saved_papers.save(ann_id, FIRST_ID, NOW + timedelta(seconds=1), limit=9)

    assert await store.saved_papers.saved_ids(ann_id) == [FIRST_ID, SECOND_ID]


async def test_of_two_papers_saved_at_once_the_newer_paper_comes_first(store: Store, ann_id: int) -> None:
    await store.saved_papers.save(ann_id, SECOND_ID, NOW, limit=9)
    await store.saved_papers.save(ann_id, FIRST_ID, NOW, limit=9)

    assert await store.saved_papers.saved_ids(ann_id) == [SECOND_ID, FIRST_ID]


async def test_fifty_racing_presses_have_one_effect(store: Store, ann_id: int) -> None:
    presses = [store.saved_papers.save(ann_id, FIRST_ID, NOW + timedelta(seconds=n), limit=9) for n in range(50)]
    likes = [store.saved_papers.vote(ann_id, FIRST_ID, Vote.UP, NOW) for _ in range(50)]

    done = await asyncio.gather(*presses)
    await asyncio.gather(*likes)

    assert sum(done) == 1
    assert await row_counts(store) == (1, 1)


async def test_racing_saves_never_pass_the_bound(store: Store, ann_id: int) -> None:
    done = await asyncio.gather(*(store.saved_papers.save(ann_id, id_, NOW, limit=1) for id_ in (FIRST_ID, SECOND_ID)))

    assert sum(done) == 1
    assert len(await store.saved_papers.saved_ids(ann_id)) == 1


async def test_a_paper_is_taken_off_once(store: Store, ann_id: int) -> None:
    await store.saved_papers.save(ann_id, FIRST_ID, NOW, limit=9)

    first, again = (
        await store.saved_papers.remove(ann_id, FIRST_ID),
        await store.saved_papers.remove(ann_id, FIRST_ID),
    )

    assert (first, again) == (True, False)
    assert await store.saved_papers.saved_ids(ann_id) == []


async def test_a_vote_replaces_the_one_before_and_goes_again(store: Store, ann_id: int) -> None:
    await store.saved_papers.vote(ann_id, FIRST_ID, Vote.UP, NOW)
    up = await store.saved_papers.feedback(ann_id, FIRST_ID)
    await store.saved_papers.vote(ann_id, FIRST_ID, Vote.DOWN, NOW)
    down = await store.saved_papers.feedback(ann_id, FIRST_ID)
    await store.saved_papers.vote(ann_id, FIRST_ID, None, NOW)
    none = await store.saved_papers.feedback(ann_id, FIRST_ID)

    assert [up, down, none] == [PaperFeedback(vote=Vote.UP), PaperFeedback(vote=Vote.DOWN), PaperFeedback()]
    assert await row_counts(store) == (0, 0)


async def test_a_mark_is_one_readers_and_one_papers(store: Store, clock: FixedClock, ann_id: int) -> None:
    bob = (await subscription_service(store, clock).get_or_create(Target.telegram(43))).subscriber.id
    await store.saved_papers.save(ann_id, FIRST_ID, NOW, limit=9)
    await store.saved_papers.vote(ann_id, FIRST_ID, Vote.UP, NOW)

    marks = [
        await store.saved_papers.feedback(who, what)
        for who, what in ((ann_id, FIRST_ID), (ann_id, SECOND_ID), (bob, FIRST_ID))
    ]

    assert marks == [PaperFeedback(saved=True, vote=Vote.UP), PaperFeedback(), PaperFeedback()]


async def test_what_is_not_there_is_neither_saved_nor_voted_on(store: Store, ann_id: int) -> None:
    done = [
        await store.saved_papers.save(ann_id, "2601.99999", NOW, limit=9),
        await store.saved_papers.save(10**6, FIRST_ID, NOW, limit=9),
    ]
    await store.saved_papers.vote(ann_id, "2601.99999", Vote.UP, NOW)
    await store.saved_papers.vote(10**6, FIRST_ID, Vote.UP, NOW)

    assert done == [False, False]
    assert await row_counts(store) == (0, 0)
    assert await store.saved_papers.feedback(ann_id, "2601.99999") is None


async def test_what_a_reader_kept_goes_with_them(store: Store, clock: FixedClock, ann_id: int) -> None:
    await store.saved_papers.save(ann_id, FIRST_ID, NOW, limit=9)
    await store.saved_papers.vote(ann_id, SECOND_ID, Vote.DOWN, NOW)

    await subscription_service(store, clock).erase(CHAT)

    assert await row_counts(store) == (0, 0)


async def test_what_a_reader_kept_stands_in_their_record(store: Store, ann_id: int) -> None:
    await store.saved_papers.save(ann_id, FIRST_ID, NOW, limit=9)
    await store.saved_papers.vote(ann_id, SECOND_ID, Vote.DOWN, NOW)

    async with store.database.read_only() as connection:
        record = await collect_data(connection, ann_id)

    assert record["saved"] == [{"paper": FIRST_ID, "at": NOW.isoformat()}]
    assert record["votes"] == [{"paper": SECOND_ID, "vote": -1, "at": NOW.isoformat()}]
