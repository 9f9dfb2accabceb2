"""Kept papers and votes: the face that shelves need."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, delete, exists, func, literal, select
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql import Executable

from digest.model import Mark, Vote
from digest.store.database import Database
from digest.store.tables import papers, saved_papers, subscribers, votes
from digest.store.types import Moment


@dataclass(frozen=True, slots=True)
class StoredShelves:
    """Implements ``digest.shelf.Shelves``."""

    database: Database

    async def save(self, subscriber: int, paper: str, at: datetime, *, most: int) -> bool:
        """Keep a paper; False where it is kept already, ``most`` are, or there is no such paper or reader."""
        kept = select(func.count()).where(saved_papers.c.subscriber_id == subscriber).scalar_subquery()
        row = _pair(subscriber, paper).add_columns(literal(at, Moment())).where(kept < most)
        return await self._changed(
            upsert(saved_papers)
            .from_select(["subscriber_id", "paper_seq", "saved_at"], row)
            .on_conflict_do_nothing()
            .returning(saved_papers.c.paper_seq)
        )

    async def remove(self, subscriber: int, paper: str) -> bool:
        """Keep a paper no more; False where it was not kept."""
        number = select(papers.c.seq).where(papers.c.id == paper).scalar_subquery()
        return await self._changed(
            delete(saved_papers)
            .where(saved_papers.c.subscriber_id == subscriber, saved_papers.c.paper_seq == number)
            .returning(saved_papers.c.paper_seq)
        )

    async def vote(self, subscriber: int, paper: str, vote: Vote | None, at: datetime) -> None:
        """Note what a reader thinks of a paper, None to think nothing; nothing without paper or reader."""
        if vote is None:
            number = select(papers.c.seq).where(papers.c.id == paper).scalar_subquery()
            await self._changed(
                delete(votes)
                .where(votes.c.subscriber_id == subscriber, votes.c.paper_seq == number)
                .returning(votes.c.paper_seq)
            )
            return
        row = _pair(subscriber, paper).add_columns(literal(int(vote)), literal(at, Moment()))
        await self._changed(
            upsert(votes)
            .from_select(["subscriber_id", "paper_seq", "vote", "voted_at"], row)
            .on_conflict_do_update(
                index_elements=["subscriber_id", "paper_seq"], set_={"vote": int(vote), "voted_at": at}
            )
            .returning(votes.c.paper_seq)
        )

    async def mark(self, subscriber: int, paper: str) -> Mark | None:
        """Give what a reader did with a paper, None where there is no such paper."""
        keeps = exists().where(
            saved_papers.c.subscriber_id == subscriber, saved_papers.c.paper_seq == papers.c.seq
        )
        thinks = (
            select(votes.c.vote)
            .where(votes.c.subscriber_id == subscriber, votes.c.paper_seq == papers.c.seq)
            .scalar_subquery()
        )
        query = select(keeps.label("saved"), thinks.label("vote")).where(papers.c.id == paper)
        async with self.database.reading() as connection:
            row = (await connection.execute(query)).one_or_none()
        return Mark(saved=bool(row.saved), vote=Vote(row.vote) if row.vote else None) if row else None

    async def saved(self, subscriber: int) -> Sequence[str]:
        """Give the ids of the kept papers, the newest kept first."""
        query = (
            select(papers.c.id)
            .join(saved_papers, saved_papers.c.paper_seq == papers.c.seq)
            .where(saved_papers.c.subscriber_id == subscriber)
            .order_by(saved_papers.c.saved_at.desc(), saved_papers.c.paper_seq.desc())
        )
        async with self.database.reading() as connection:
            return (await connection.execute(query)).scalars().all()

    async def _changed(self, statement: Executable) -> bool:
        """Run one statement; tell whether it changed a row."""

        async def work(connection: AsyncConnection) -> bool:
            return (await connection.execute(statement)).first() is not None

        return await self.database.write(work)


def _pair(subscriber: int, paper: str) -> Select[int, int]:
    """Give a reader and a paper as the keys of a row; no row where one of the two is not there."""
    return (
        select(subscribers.c.id, papers.c.seq)
        .select_from(subscribers.join(papers, papers.c.id == paper))
        .where(subscribers.c.id == subscriber)
    )
