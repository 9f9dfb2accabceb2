"""What is kept about a reader, seen whole and erased whole: no byte of it is left, and nobody enrols them."""

import json
import sqlite3
from datetime import timedelta

import pytest
from sqlalchemy import insert

from digest.model import Announcement, EndpointState, Target
from digest.model.links import TokenPurpose
from digest.model.reasons import ReasonCode
from digest.services.editions import EditionService
from digest.storage import Store
from digest.storage.bounces import find_suppressed
from digest.storage.outbox_rows import queue_chat_notice
from digest.storage.tables import bounces, last_lists, metadata
from tests.support.database import TODAY, email_linking_service, make_paper, save_report
from tests.web.all_paths import database_files
from tests.web.running_site import RunningSite

ZOE = Target.email("zoe-quixote@example.org")
CHAT = Target.telegram(77_100_200_300)
IDENTIFYING_TEXTS = (ZOE.address, CHAT.address)


async def create_full_record(site: RunningSite) -> None:
    """Let Zoe read at an address and in a chat, with something in every table that can name her."""
    people, store = site.deps.subscriptions, site.store
    linking = email_linking_service(store, site.clock)
    reader = await people.add_subscriber([ZOE, CHAT], ["robotics", "vision"])
    await linking.send_code(CHAT, "zoe-quixote+second@example.org")
    other = Target.telegram(555)
    await people.add_subscriber([other], None)
    await linking.send_code(other, ZOE.address)
    await site.sign_up(ZOE.address)
    await save_report(store, TODAY, make_paper(1, "robotics"))
    site.clock.now = site.clock().replace(hour=8, minute=1)
    await EditionService(store=store.editions, clock=site.clock).queue_due_digests()
    await site.email_links(ZOE)
    notice = Announcement(text=f"{ZOE.address} came back", is_system=True)
    await store.database.write(lambda db: queue_chat_notice(db, reader.endpoints[0].id, notice, site.clock()))
    await store.database.write(
        lambda db: db.execute(
            insert(last_lists).values(
                channel=CHAT.channel, address=CHAT.address, thread=0, papers=["2601.00001"], shown_at=site.clock()
            )
        )
    )
    await store.database.write(
        lambda db: db.execute(
            insert(bounces).values(
                fingerprint="f",
                endpoint_id=reader.endpoints[0].id,
                kind="failed",
                reason_code=ReasonCode.BOUNCE_REPORT,
                reason_detail=f"<{ZOE.address}> unknown",
                received_at=site.clock(),
            )
        )
    )


def tables_naming_zoe(store: Store) -> set[str]:
    """Return the tables that have a row which names Zoe, or belongs to what does."""
    file = sqlite3.connect(f"file:{store.database.url.database}?mode=ro", uri=True)
    found = set()
    for table in metadata.tables:
        rows = file.execute(f'SELECT * FROM "{table}"').fetchall()  # noqa: S608 - our own tables' names
        if any(name in str(value) for row in rows for value in row for name in ("zoe-quixote", CHAT.address)):
            found.add(table)
    file.close()
    return found


async def test_the_export_holds_every_table_that_names_its_reader(site: RunningSite) -> None:
    await create_full_record(site)
    path = await site.page_path(TokenPurpose.PREFERENCES, ZOE)
    token = path.rpartition("/")[2]

    answer = await site.client.post(path, data={"token": token, "do": "export"})

    record = json.loads(answer.content)
    assert answer.headers["Content-Disposition"] == 'attachment; filename="paper-digest.json"'
    assert answer.headers["Cache-Control"] == "no-store"
    names = {
        "outbox": "deliveries",
        "email_codes": "codes",
        "pending_signups": "sign_ups",
        "last_lists": "listings",
        "last_searches": "searches",
        "link_tokens": "links",
        "saved_papers": "saved",
        "subscribers": "subscriber",
    }
    named = {names.get(table, table) for table in tables_naming_zoe(site.store)}
    assert named <= {name for name, rows in record.items() if rows}
    assert {one["slug"] for one in record["domains"]} == {"robotics", "vision"}
    assert {one["kind"] for one in record["deliveries"]} >= {"digest", "code"}
    assert all(name in answer.text for name in IDENTIFYING_TEXTS)
    assert [(one["reason_code"], one["reason"]) for one in record["bounces"]] == [
        ("bounce_report", f"<{ZOE.address}> unknown")
    ]


async def test_the_export_opens_nothing(site: RunningSite) -> None:
    await create_full_record(site)
    path = await site.page_path(TokenPurpose.PREFERENCES, ZOE)
    token = path.rpartition("/")[2]

    answer = await site.client.post(path, data={"token": token, "do": "export"})

    assert answer.json()["deliveries"]
    file = sqlite3.connect(f"file:{site.store.database.url.database}?mode=ro", uri=True)
    secrets = [
        row[0]
        for row in file.execute("SELECT token_hash FROM link_tokens UNION SELECT token_hash FROM pending_signups")
    ]
    secrets += [row[0] for row in file.execute("SELECT nonce FROM link_tokens UNION SELECT code_hash FROM email_codes")]
    secrets += [
        value
        for (content,) in file.execute("SELECT content FROM outbox WHERE kind IN ('code', 'opt_in')")
        for key, value in json.loads(content).items()
        if key in ("code", "nonce")
    ]
    file.close()
    assert len(secrets) >= 6
    assert [secret for secret in (*secrets, token) if secret and secret in answer.text] == []


@pytest.mark.parametrize("way", ["the page", "the use case"])
async def test_after_an_erasure_no_byte_names_the_reader(site: RunningSite, way: str) -> None:
    await create_full_record(site)
    path = await site.page_path(TokenPurpose.PREFERENCES, ZOE)
    token = path.rpartition("/")[2]
    assert tables_naming_zoe(site.store) >= {"endpoints", "email_codes", "last_lists", "bounces", "outbox"}

    if way == "the page":
        answer = await site.client.post(path, data={"token": token, "do": "erase really"})
        assert "erased" in answer.text
    else:
        assert await site.deps.subscriptions.erase(CHAT)

    files = database_files(site.store)
    assert {"", "-wal", "-shm"} <= set(files)
    assert [(end, name) for end, data in files.items() for name in IDENTIFYING_TEXTS if name.encode() in data] == []
    assert [end for end, data in files.items() if b"zoe-quixote" in data] == []
    assert tables_naming_zoe(site.store) == set()


async def test_who_was_erased_is_enrolled_by_nobody_until_they_say_yes_themselves(site: RunningSite) -> None:
    await create_full_record(site)
    await site.deps.subscriptions.erase(ZOE)
    assert await blocked_targets(site.store, ZOE, CHAT) == {ZOE, CHAT}

    site.clock.now += timedelta(days=2)
    await site.sign_up(ZOE.address)
    assert await blocked_targets(site.store, ZOE) == {ZOE}
    (path,) = [path for address, path in await site.pending_confirmations() if address == ZOE.address]
    await site.client.post(path, data={"token": path.rpartition("/")[2]})

    assert await blocked_targets(site.store, ZOE, CHAT) == {CHAT}
    reader = await site.store.subscribers.find_profile(ZOE)
    assert reader is not None
    assert [one.state for one in reader.endpoints] == [EndpointState.ACTIVE]


async def blocked_targets(store: Store, *targets: Target) -> set[Target]:
    """Return those of the targets that nobody may enrol."""
    async with store.database.read_only() as connection:
        return set(await find_suppressed(connection, targets))


async def test_links_of_who_was_erased_say_so_and_do_nothing(site: RunningSite) -> None:
    await create_full_record(site)
    paths = [await site.page_path(purpose, ZOE) for purpose in (TokenPurpose.UNSUBSCRIBE, TokenPurpose.PREFERENCES)]
    await site.deps.subscriptions.erase(ZOE)

    for path in paths:
        for do in ("", "again", "save", "export", "erase really"):
            answer = await site.client.post(path, data={"token": path.rpartition("/")[2], "do": do})

            assert answer.status_code == 200
            assert "All data about this subscription was erased" in answer.text
    assert await site.store.subscribers.find_profile(ZOE) is None
