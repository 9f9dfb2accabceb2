"""Every address of the pages, with every state that its link can be in; and the store's fingerprint."""

import hashlib
import sqlite3
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from digest.edition import EditionDesk
from digest.links import Purpose
from digest.model import Target
from digest.store import Store
from tests.support.stores import TODAY, a_paper, take_in
from tests.web.site import ANN, PUBLIC_URL, Site

UNKNOWN = "A" * 22
BOB, CYD, DAN, EVE = (Target.email(f"{name}@example.org") for name in ("bob", "cyd", "dan", "eve"))


async def every_address(site: Site) -> Mapping[str, str]:
    """Give the path of every page by name: for Ann, for sign-ups in every state, for who is erased."""
    copy = await _copy(site)
    await site.house.membership.enrol([DAN], None)
    of_dan = [await site.path(purpose, DAN) for purpose in (Purpose.UNSUBSCRIBE, Purpose.PREFERENCES)]
    await site.house.membership.forget(DAN)
    await site.sign_up(EVE.address)
    site.clock.at += timedelta(hours=47)
    for target in (BOB, CYD):
        await site.sign_up(target.address)
    confirm = dict(await site.asked())
    await site.client.post(confirm[BOB.address], data={"token": confirm[BOB.address].rpartition("/")[2]})
    site.clock.at += timedelta(hours=2)
    return {
        "sign-up": "/",
        "sign-up in Chinese": "/?lang=zh",
        "style": "/site.css",
        "robots": "/robots.txt",
        "health": "/healthz",
        "ready": "/readyz",
        "unsubscribe": await site.path(Purpose.UNSUBSCRIBE),
        "unsubscribe, erased": of_dan[0],
        "unsubscribe, unknown": f"/u/{UNKNOWN}",
        "preferences": await site.path(Purpose.PREFERENCES),
        "preferences, erased": of_dan[1],
        "preferences, unknown": f"/p/{UNKNOWN}",
        "confirm, open": confirm[CYD.address],
        "confirm, done": confirm[BOB.address],
        "confirm, late": confirm[EVE.address],
        "confirm, unknown": f"/c/{UNKNOWN}",
        "copy": copy,
        "copy, wrong signature": f"{copy.rpartition('/')[0]}/{UNKNOWN}",
        "copy, wrong number": f"/d/x/{UNKNOWN}",
        "nowhere": "/nowhere",
        "nowhere, deep": "/u/a/b/../c",
    }


async def _copy(site: Site) -> str:
    """Give the path of the copy of a digest that Ann got."""
    await take_in(site.store, TODAY, a_paper(1, "robotics"))
    site.clock.at = site.clock().replace(hour=8, minute=1)
    await EditionDesk(editions=site.store.editions, clock=site.clock).serve()
    number = next(row.id for row in await site.store.outbox.rows() if row.target == ANN)
    delivery = await site.store.keys.delivery(number)
    assert delivery is not None
    links = await site.house.access.mail_links(delivery)
    assert links is not None
    assert links.copy is not None
    return links.copy.removeprefix(PUBLIC_URL)


def fingerprint(store: Store) -> str:
    """Give the hash of everything that is in the database: its schema and every row."""
    connection = sqlite3.connect(f"file:{store.database.url.database}?mode=ro", uri=True)
    try:
        return hashlib.sha256("\n".join(connection.iterdump()).encode()).hexdigest()
    finally:
        connection.close()


def bytes_of(store: Store) -> Mapping[str, bytes]:
    """Give the bytes of the database's file and of every file beside it, by the file's ending."""
    file = Path(str(store.database.url.database))
    return {one.name.removeprefix(file.name): one.read_bytes() for one in file.parent.glob(f"{file.name}*")}
