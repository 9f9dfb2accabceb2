"""Every address of the pages, with every state that its link can be in; and the store's fingerprint."""

import hashlib
import sqlite3
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from digest.model import Target
from digest.model.links import TokenPurpose
from digest.services.editions import EditionService
from digest.storage import Store
from tests.support.database import TODAY, make_paper, save_report
from tests.web.running_site import ANN_TARGET, PUBLIC_URL, RunningSite

UNKNOWN_TOKEN = "A" * 22
BOB, CYD, DAN, EVE = (Target.email(f"{name}@example.org") for name in ("bob", "cyd", "dan", "eve"))


async def all_paths(site: RunningSite) -> Mapping[str, str]:
    """Return the path of every page by name: for Ann, for sign-ups in every state, for who is erased."""
    copy = await _web_copy_path(site)
    await site.deps.subscriptions.add_subscriber([DAN], None)
    of_dan = [await site.page_path(purpose, DAN) for purpose in (TokenPurpose.UNSUBSCRIBE, TokenPurpose.PREFERENCES)]
    await site.deps.subscriptions.erase(DAN)
    await site.sign_up(EVE.address)
    site.clock.now += timedelta(hours=47)
    for target in (BOB, CYD):
        await site.sign_up(target.address)
    confirm = dict(await site.pending_confirmations())
    await site.client.post(confirm[BOB.address], data={"token": confirm[BOB.address].rpartition("/")[2]})
    site.clock.now += timedelta(hours=2)
    return {
        "sign-up": "/",
        "sign-up in Chinese": "/?lang=zh",
        "style": "/site.css",
        "robots": "/robots.txt",
        "health": "/healthz",
        "ready": "/readyz",
        "unsubscribe": await site.page_path(TokenPurpose.UNSUBSCRIBE),
        "unsubscribe, erased": of_dan[0],
        "unsubscribe, unknown": f"/u/{UNKNOWN_TOKEN}",
        "preferences": await site.page_path(TokenPurpose.PREFERENCES),
        "preferences, erased": of_dan[1],
        "preferences, unknown": f"/p/{UNKNOWN_TOKEN}",
        "confirm, open": confirm[CYD.address],
        "confirm, done": confirm[BOB.address],
        "confirm, late": confirm[EVE.address],
        "confirm, unknown": f"/c/{UNKNOWN_TOKEN}",
        "copy": copy,
        "copy, wrong signature": f"{copy.rpartition('/')[0]}/{UNKNOWN_TOKEN}",
        "copy, wrong number": f"/d/x/{UNKNOWN_TOKEN}",
        "nowhere": "/nowhere",
        "nowhere, deep": "/u/a/b/../c",
    }


async def _web_copy_path(site: RunningSite) -> str:
    """Return the path of the copy of a digest that Ann got."""
    await save_report(site.store, TODAY, make_paper(1, "robotics"))
    site.clock.now = site.clock().replace(hour=8, minute=1)
    await EditionService(store=site.store.editions, clock=site.clock).queue_due_digests()
    number = next(row.id for row in await site.store.outbox.list_deliveries() if row.target == ANN_TARGET)
    delivery = await site.store.link_tokens.find_digest(number)
    assert delivery is not None
    links = await site.deps.email_links.links_for(delivery)
    assert links is not None
    assert links.web_copy is not None
    return links.web_copy.removeprefix(PUBLIC_URL)


def database_hash(store: Store) -> str:
    """Return the hash of everything that is in the database: its schema and every row."""
    connection = sqlite3.connect(f"file:{store.database.url.database}?mode=ro", uri=True)
    try:
        return hashlib.sha256("\n".join(connection.iterdump()).encode()).hexdigest()
    finally:
        connection.close()


def database_files(store: Store) -> Mapping[str, bytes]:
    """Return the bytes of the database's file and of every file beside it, by the file's ending."""
    file = Path(str(store.database.url.database))
    return {one.name.removeprefix(file.name): one.read_bytes() for one in file.parent.glob(f"{file.name}*")}
