"""Forged, large and slow letters: whoever does not know the secret finds nothing at ``/telegram``."""

import asyncio
import json
import random
import string
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from digest.clock import SetClock
from digest.store import Store
from digest.web import TelegramHook
from digest.web.server import Room
from digest.web.site import MOST_BYTES as MOST_OF_STRANGERS
from digest.web.telegram import MOST_BYTES
from tests.web.addresses import fingerprint
from tests.web.site import Site, running_site

SECRET = "Kp7_the-secret-of-this-test-alone_9Qx"
NAME = "X-Telegram-Bot-Api-Secret-Token"
KNOWN = {NAME: SECRET}
TRIES = 1_000
UPDATE = b'{"update_id": 7, "message": {"text": "/start"}}'
CASE = 20260124


@dataclass(slots=True)
class Taker:
    """Stands behind the door and keeps what it lets through."""

    taken: list[Mapping[str, Any]] = field(default_factory=list)
    able: bool = True

    async def take(self, update: Mapping[str, Any]) -> bool:
        """Take an update, or say not now."""
        self.taken.append(update)
        return self.able


@pytest.fixture
def taker() -> Taker:
    """Give what stands behind the door."""
    return Taker()


@pytest.fixture
async def door(store: Store, clock: SetClock, taker: Taker) -> AsyncIterator[Site]:
    """Give the pages with a door for Telegram."""
    hook = TelegramHook(secret=SECRET.encode(), take=taker.take)
    async with running_site(store, clock, telegram=hook) as running:
        yield running


def wrong_secrets() -> Iterator[str]:
    """Give a thousand secrets that are near ours, or are not."""
    yield from ("", SECRET.lower(), SECRET.upper(), SECRET.swapcase(), SECRET[::-1], f"{SECRET}x")
    yield from (f"{SECRET}{SECRET}", f"Bearer {SECRET}", f'"{SECRET}"', f"{SECRET},{SECRET}", "*", "null")
    yield from (SECRET[:end] for end in range(1, len(SECRET)))
    yield from (SECRET[start:] for start in range(1, len(SECRET)))
    source = random.Random(CASE)  # noqa: S311 - a run can be repeated
    signs = string.ascii_letters + string.digits + "_-"
    while True:
        at = source.randrange(len(SECRET))
        wrong = source.choice(signs.replace(SECRET[at], ""))
        yield SECRET[:at] + wrong + SECRET[at + 1 :]


async def test_a_letter_with_the_secret_is_taken_in_and_answered_with_nothing(
    door: Site, taker: Taker
) -> None:
    answer = await door.client.post("/telegram", content=UPDATE, headers=KNOWN)

    assert (answer.status_code, answer.content) == (200, b"")
    assert taker.taken == [{"update_id": 7, "message": {"text": "/start"}}]


async def test_a_thousand_wrong_secrets_see_what_is_seen_at_no_address(door: Site, taker: Taker) -> None:
    before = fingerprint(door.store)
    nowhere = await door.client.post("/nowhere", content=UPDATE)

    seen = set()
    for secret, _ in zip(wrong_secrets(), range(TRIES), strict=False):
        answer = await door.client.post("/telegram", content=UPDATE, headers={NAME: secret})
        seen.add((answer.status_code, answer.text, *sorted(set(answer.headers) - {"date"})))

    assert seen == {(404, nowhere.text, *sorted(set(nowhere.headers) - {"date"}))}
    assert taker.taken == []
    assert fingerprint(door.store) == before


async def test_without_the_header_or_with_it_elsewhere_nothing_is_there(door: Site, taker: Taker) -> None:
    answers = [
        await door.client.post("/telegram", content=UPDATE),
        await door.client.post("/telegram", content=UPDATE, params={NAME: SECRET}),
        await door.client.post("/telegram", content=UPDATE, headers={"Authorization": SECRET}),
        await door.client.post("/telegram", content=UPDATE, headers=[(NAME, "x"), (NAME, SECRET)]),
        await door.client.post("/telegram/", content=UPDATE, headers=KNOWN),
        await door.client.post(f"/telegram/{SECRET}", content=UPDATE),
    ]

    assert [answer.status_code for answer in answers] == [404] * len(answers)
    assert taker.taken == []


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"])
async def test_only_a_post_is_taken_in(door: Site, taker: Taker, method: str) -> None:
    answer = await door.client.request(method, "/telegram", content=UPDATE, headers=KNOWN)

    assert answer.status_code == 404
    assert "Allow" not in answer.headers
    assert taker.taken == []


async def test_without_a_webhook_there_is_no_door(site: Site) -> None:
    for headers in ({}, KNOWN, {NAME: ""}):
        assert (await site.client.post("/telegram", content=UPDATE, headers=headers)).status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b"7",
        b"\xff\xfe",
        b"update_id=7",
        b'{"update_id": 7',
        b'{"update_id": "7"}',
        b'{"update_id": 7.0}',
        b'{"update_id": true}',
        b'{"update_id": -1}',
        b'{"update_id": 9223372036854775808}',
        b'{"update_id": ' + b"9" * 5000 + b"}",
        b"[" * 200_000,
    ],
    ids=lambda body: body[:24].decode("latin-1") or "nothing",
)
async def test_what_is_no_update_is_refused_in_one_line(door: Site, taker: Taker, body: bytes) -> None:
    answer = await door.client.post("/telegram", content=body, headers=KNOWN)

    assert (answer.status_code, answer.text) == (400, "not an update\n")
    assert taker.taken == []


async def test_an_update_that_cannot_be_taken_now_is_asked_for_again(door: Site, taker: Taker) -> None:
    taker.able = False

    answer = await door.client.post("/telegram", content=UPDATE, headers=KNOWN)

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")


def update_of(size: int) -> bytes:
    """Give an update of this many bytes."""
    frame = json.dumps({"update_id": 7, "message": {"text": ""}}).encode()
    return frame.replace(b'""', b'"' + b"x" * (size - len(frame)) + b'"')


async def test_an_update_may_be_larger_than_a_form_and_has_a_bound(door: Site, taker: Taker) -> None:
    sizes = (MOST_OF_STRANGERS + 1, MOST_BYTES, MOST_BYTES + 1)

    answers = [await door.client.post("/telegram", content=update_of(size), headers=KNOWN) for size in sizes]

    assert [answer.status_code for answer in answers] == [200, 200, 413]
    assert len(taker.taken) == 2


async def test_a_strangers_body_has_the_bound_of_every_page(door: Site, taker: Taker) -> None:
    large = update_of(MOST_OF_STRANGERS + 1)

    here = await door.client.post("/telegram", content=large, headers={NAME: "wrong"})
    nowhere = await door.client.post("/nowhere", content=large)

    assert (here.status_code, here.text) == (nowhere.status_code, nowhere.text)
    assert here.status_code == 413
    assert taker.taken == []


async def test_a_stranger_is_answered_before_a_body_comes(door: Site) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", door.server.port)
    writer.write(b"POST /telegram HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n")

    head = await asyncio.wait_for(reader.readline(), 5)
    writer.close()

    assert head.split()[1] == b"404"


async def test_a_letter_that_trickles_in_is_cut_and_nothing_of_it_is_taken(
    store: Store, clock: SetClock, taker: Taker, capsys: pytest.CaptureFixture[str]
) -> None:
    hook = TelegramHook(secret=SECRET.encode(), take=taker.take)
    async with running_site(store, clock, telegram=hook, room=Room(seconds=0.5)) as site:
        reader, writer = await asyncio.open_connection("127.0.0.1", site.server.port)
        head = (
            f"POST /telegram HTTP/1.1\r\nHost: a\r\n{NAME}: {SECRET}\r\nContent-Length: {len(UPDATE)}\r\n\r\n"
        )
        writer.write(head.encode() + UPDATE[:-1])

        async with asyncio.timeout(10):
            said = await reader.read()
        writer.close()

    assert (said, taker.taken) == (b"", [])
    assert "/start" not in capsys.readouterr().out


def test_the_secret_is_not_shown_with_what_holds_it(taker: Taker) -> None:
    assert SECRET not in repr(TelegramHook(secret=SECRET.encode(), take=taker.take))
