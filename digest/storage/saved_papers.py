"""Saved papers and votes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, delete, exists, func, literal, select
from sqlalchemy.dialects.sqlite import insert as upsert

from digest.model import PaperFeedback, Vote
from digest.storage.database import Database
from digest.storage.tables import papers, saved_papers, subscribers, votes
from digest.storage.types import UtcDateTime


@dataclass(frozen=True, slots=True)
class SqlSavedPapers:
    """Implements ``digest.services.saved_papers.SavedPaperStore``."""

    database: Database

    async def save(self, subscriber: int, paper_id: str, at: datetime, *, limit: int) -> bool:
        kept = select(func.count()).where(saved_papers.c.subscriber_id == subscriber).scalar_subquery()
        row = _subscriber_and_paper(subscriber, paper_id).add_columns(literal(at, UtcDateTime())).where(kept < limit)
        saved = upsert(saved_papers).from_select(["subscriber_id", "paper_seq", "saved_at"], row)
        return await self.database.execute(saved.on_conflict_do_nothing()) > 0

    async def remove(self, subscriber: int, paper_id: str) -> bool:
        number = select(papers.c.seq).where(papers.c.id == paper_id).scalar_subquery()
        mine = (saved_papers.c.subscriber_id == subscriber, saved_papers.c.paper_seq == number)
        return await self.database.execute(delete(saved_papers).where(*mine)) > 0

    async def vote(self, subscriber: int, paper_id: str, vote: Vote | None, at: datetime) -> None:
        if vote is None:
            number = select(papers.c.seq).where(papers.c.id == paper_id).scalar_subquery()
            mine = (votes.c.subscriber_id == subscriber, votes.c.paper_seq == number)
            await self.database.execute(delete(votes).where(*mine))
            return
        row = _subscriber_and_paper(subscriber, paper_id).add_columns(literal(int(vote)), literal(at, UtcDateTime()))
        await self.database.execute(
            upsert(votes)
            .from_select(["subscriber_id", "paper_seq", "vote", "voted_at"], row)
            .on_conflict_do_update(
                index_elements=["subscriber_id", "paper_seq"], set_={"vote": int(vote), "voted_at": at}
            )
        )

    async def feedback(self, subscriber: int, paper_id: str) -> PaperFeedback | None:
        keeps = exists().where(saved_papers.c.subscriber_id == subscriber, saved_papers.c.paper_seq == papers.c.seq)
        thinks = (
            select(votes.c.vote)
            .where(votes.c.subscriber_id == subscriber, votes.c.paper_seq == papers.c.seq)
            .scalar_subquery()
        )
        query = select(keeps.label("saved"), thinks.label("vote")).where(papers.c.id == paper_id)
        row = await self.database.fetch_one(query)
        return PaperFeedback(saved=bool(row.saved), vote=Vote(row.vote) if row.vote else None) if row else None

    async def saved_ids(self, subscriber: int) -> Sequence[str]:
        query = (
            select(papers.c.id)
            .join(saved_papers, saved_papers.c.paper_seq == papers.c.seq)
            .where(saved_papers.c.subscriber_id == subscriber)
            .order_by(saved_papers.c.saved_at.desc(), saved_papers.c.paper_seq.desc())
        )
        return await self.database.scalars(query)


def _subscriber_and_paper(subscriber: int, paper: str) -> Select[int, int]:
    """Return the ids of a subscriber and a paper; no row if one of them does not exist."""
    return (
        select(subscribers.c.id, papers.c.seq)
        .select_from(subscribers.join(papers, papers.c.id == paper))
        .where(subscribers.c.id == subscriber)
    )
