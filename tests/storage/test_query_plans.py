"""What readers and ticks ask of the database walks an index: as quick for everybody as for one."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta

import pytest
from sqlalchemy import event

from digest.model import Channel, DeliveryState, Target, Vote
from digest.model.clock import FixedClock
from digest.model.reasons import Reason, ReasonCode, server_reply
from digest.services.delivery import Settlement
from digest.services.editions import EditionService
from digest.services.search import SearchTerm
from digest.storage import Store
from digest.storage.tables import metadata
from tests.support.database import (
    TODAY,
    database_path,
    email_linking_service,
    make_paper,
    save_report,
    subscription_service,
)

CHAT = Target.telegram(42)
ANN_EMAIL = Target.email("ann@example.org")
TABLES = (
    "outbox",
    "endpoints",
    "subscribers",
    "papers",
    "paper_texts",
    "report_papers",
    "last_lists",
    "last_searches",
    "saved_papers",
    "votes",
)


@pytest.fixture
def queries(store: Store) -> Iterator[list[tuple[str, object]]]:
    """Return what is said to the database from now on."""
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


def full_scans(url: str, queries: list[tuple[str, object]]) -> list[str]:
    """Return the statements that read a whole table."""
    found = []
    with closing(sqlite3.connect(database_path(url))) as other:
        for statement, parameters in queries:
            if not statement.startswith(("SELECT", "UPDATE", "DELETE")):
                continue
            plan = other.execute(f"EXPLAIN QUERY PLAN {statement}", parameters).fetchall()  # type: ignore[arg-type] # as they were sent
            if any(step.split()[:2] == ["SCAN", table] for *_, step in plan for table in TABLES):
                found.append(" ".join(statement.split()))
    return found


def test_the_watched_tables_exist() -> None:
    assert set(TABLES) <= metadata.tables.keys()


async def test_nothing_that_a_reader_does_reads_a_whole_table(
    store: Store, clock: FixedClock, url: str, queries: list[tuple[str, object]]
) -> None:
    people, linking = subscription_service(store, clock), email_linking_service(store, clock)
    await save_report(store, TODAY, make_paper(1, "vision"))
    queries.clear()

    await people.add_subscriber([CHAT, ANN_EMAIL], ["vision"])
    await people.update_preferences(CHAT, send_minute=500)
    await people.pause(CHAT)
    await people.resume(CHAT)
    await linking.send_code(CHAT, "new@example.org")
    await linking.confirm(CHAT, "123456")
    await store.last_lists.save(CHAT, ("2601.00001",), clock())
    await store.last_lists.load(CHAT)
    await store.last_searches.save(CHAT, "robots", clock())
    await store.last_searches.load(CHAT)
    reader = await people.get_or_create(CHAT)
    await store.saved_papers.save(reader.subscriber.id, "2601.00001", clock(), limit=9)
    await store.saved_papers.vote(reader.subscriber.id, "2601.00001", Vote.UP, clock())
    await store.saved_papers.feedback(reader.subscriber.id, "2601.00001")
    await store.saved_papers.saved_ids(reader.subscriber.id)
    await store.saved_papers.vote(reader.subscriber.id, "2601.00001", None, clock())
    await store.saved_papers.remove(reader.subscriber.id, "2601.00001")
    await linking.unlink(CHAT)
    await people.mark_unreachable(CHAT, Reason(ReasonCode.BOT_BLOCKED))
    await people.erase(CHAT)

    assert len(queries) > 50
    assert full_scans(url, queries) == []


async def test_no_tick_and_no_delivery_reads_a_whole_table(
    store: Store, clock: FixedClock, url: str, queries: list[tuple[str, object]]
) -> None:
    await save_report(store, TODAY, make_paper(1, "vision"))
    await subscription_service(store, clock).add_subscriber([CHAT, ANN_EMAIL], ["vision"])
    clock.advance(timedelta(hours=2))
    until = clock() + timedelta(hours=1)
    queries.clear()

    await EditionService(store=store.editions, clock=clock).queue_due_digests()
    (one,) = await store.outbox.claim(Channel.TELEGRAM, "one", due_at=clock(), now=clock(), until=until, limit=9)
    await store.papers.get_many(["2601.00001"])
    await store.outbox.mark_sending(one.id, "one")
    await store.outbox.settle(
        one.id,
        "one",
        Settlement(state=DeliveryState.UNREACHABLE, reason=server_reply("blocked"), endpoint_unreachable=True),
        clock(),
    )
    await store.outbox.renew("one", until, [one.id])
    await store.outbox.release("one")
    await store.papers.find_paper("2601.00001")
    await store.search_index.match_all([SearchTerm(words=("paper",))], 9)
    await store.search_index.match_best([SearchTerm(words=("paper",)), SearchTerm(words=("zebra",))], 9)

    assert len(queries) > 15
    assert full_scans(url, queries) == []
