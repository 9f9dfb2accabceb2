"""What readers and ticks ask of the database walks an index: as quick for everybody as for one."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event

from digest.clock import SetClock
from digest.courier import Settlement
from digest.edition import EditionDesk
from digest.model import Channel, DeliveryState, Target, Vote
from digest.reasons import Reason, ReasonCode, server_reply
from digest.search import Term
from digest.store import Store
from tests.support.stores import TODAY, a_paper, linking_on, membership_on, take_in

CHAT = Target.telegram(42)
MAIL = Target.email("ann@example.org")
TABLES = (
    "outbox",
    "endpoints",
    "subscribers",
    "papers",
    "paper_texts",
    "report_papers",
    "listings",
    "searches",
    "saved",
    "votes",
)


@pytest.fixture
def said(store: Store) -> Iterator[list[tuple[str, object]]]:
    """Give what is said to the database from now on."""
    statements: list[tuple[str, object]] = []
    database = store.database
    engines = [engine.sync_engine for engine in (database._writer, database._reader)]  # noqa: SLF001 - seen nowhere else

    def note(_c: object, _cursor: object, statement: str, parameters: object, *_: object) -> None:
        statements.append((statement, parameters[0] if isinstance(parameters, list) else parameters))

    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    yield statements
    for engine in engines:
        event.remove(engine, "before_cursor_execute", note)


def whole_tables(url: str, said: list[tuple[str, object]]) -> list[str]:
    """Give the statements that read a whole table."""
    found = []
    with closing(sqlite3.connect(Path(url.removeprefix("sqlite+aiosqlite:///")))) as other:
        for statement, parameters in said:
            if not statement.startswith(("SELECT", "UPDATE", "DELETE")):
                continue
            plan = other.execute(f"EXPLAIN QUERY PLAN {statement}", parameters).fetchall()  # type: ignore[arg-type] # as they were sent
            if any(step.split()[:2] == ["SCAN", table] for *_, step in plan for table in TABLES):
                found.append(" ".join(statement.split()))
    return found


async def test_nothing_that_a_reader_does_reads_a_whole_table(
    store: Store, clock: SetClock, url: str, said: list[tuple[str, object]]
) -> None:
    people, linking = membership_on(store, clock), linking_on(store, clock)
    await take_in(store, TODAY, a_paper(1, "vision"))
    said.clear()

    await people.enrol([CHAT, MAIL], ["vision"])
    await people.change(CHAT, minute=500)
    await people.pause(CHAT)
    await people.resume(CHAT)
    await linking.ask(CHAT, "new@example.org")
    await linking.confirm(CHAT, "123456")
    await store.listings.remember(CHAT, ("2601.00001",), clock())
    await store.listings.recall(CHAT)
    await store.searches.remember(CHAT, "robots", clock())
    await store.searches.recall(CHAT)
    reader = await people.join(CHAT)
    await store.shelves.save(reader.subscriber.id, "2601.00001", clock(), most=9)
    await store.shelves.vote(reader.subscriber.id, "2601.00001", Vote.UP, clock())
    await store.shelves.mark(reader.subscriber.id, "2601.00001")
    await store.shelves.saved(reader.subscriber.id)
    await store.shelves.vote(reader.subscriber.id, "2601.00001", None, clock())
    await store.shelves.remove(reader.subscriber.id, "2601.00001")
    await linking.unlink(CHAT)
    await people.left(CHAT, Reason(ReasonCode.BOT_BLOCKED))
    await people.forget(CHAT)

    assert len(said) > 50
    assert whole_tables(url, said) == []


async def test_no_tick_and_no_delivery_reads_a_whole_table(
    store: Store, clock: SetClock, url: str, said: list[tuple[str, object]]
) -> None:
    await take_in(store, TODAY, a_paper(1, "vision"))
    await membership_on(store, clock).enrol([CHAT, MAIL], ["vision"])
    clock.forward(timedelta(hours=2))
    until = clock() + timedelta(hours=1)
    said.clear()

    await EditionDesk(editions=store.editions, clock=clock).serve()
    (one,) = await store.outbox.claim(Channel.TELEGRAM, "one", due=clock(), now=clock(), until=until, most=9)
    await store.papers.several(["2601.00001"])
    await store.outbox.sending(one.id, "one")
    await store.outbox.settle(
        one.id,
        "one",
        Settlement(state=DeliveryState.GONE, reason=server_reply("blocked"), endpoint_gone=True),
        clock(),
    )
    await store.outbox.renew("one", until, [one.id])
    await store.outbox.release("one")
    await store.papers.seen("2601.00001")
    await store.index.having_all([Term(words=("paper",))], 9)
    await store.index.having_most([Term(words=("paper",)), Term(words=("zebra",))], 9)

    assert len(said) > 15
    assert whole_tables(url, said) == []
