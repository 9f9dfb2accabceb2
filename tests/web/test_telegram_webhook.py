"""Forged, large and slow letters: whoever does not know the secret finds nothing at ``/telegram``."""

import asyncio
import json
import random
import string
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import pytest

from digest.model.clock import FixedClock
from digest.storage import Store
from digest.web import TelegramWebhook
from digest.web.app import MAX_BODY_BYTES as MOST_OF_STRANGERS
from digest.web.telegram_webhook import MAX_UPDATE_BYTES
from tests.web.all_paths import database_hash
from tests.web.running_site import RunningSite, run_site

SECRET = "Kp7_the-secret-of-this-test-alone_9Qx"
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"
VALID_HEADERS = {SECRET_HEADER: SECRET}
ATTEMPTS = 150
UPDATE = b'{"update_id": 7, "message": {"text": "/start"}}'
CASE = 20260124


@dataclass(slots=True)
class UpdateRecorder:
    """Keeps the updates that are let through."""

    updates: list[Mapping[str, Any]] = field(default_factory=list)
    accepts: bool = True

    async def take(self, update: Mapping[str, Any]) -> bool:
        """Take an update, or say not now."""
        self.updates.append(update)
        return self.accepts


@pytest.fixture
def recorder() -> UpdateRecorder:
    """Return what takes updates."""
    return UpdateRecorder()


@pytest.fixture
async def webhook_site(store: Store, clock: FixedClock, recorder: UpdateRecorder) -> AsyncIterator[RunningSite]:
    """Return the pages with the webhook."""
    hook = TelegramWebhook(secret=SECRET.encode(), enqueue=recorder.take)
    async with run_site(store, clock, telegram=hook) as running:
        yield running


def wrong_secrets() -> Iterator[str]:
    """Return secrets that are near ours, or are not."""
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
    webhook_site: RunningSite, recorder: UpdateRecorder
) -> None:
    answer = await webhook_site.client.post("/telegram", content=UPDATE, headers=VALID_HEADERS)

    assert (answer.status_code, answer.content) == (200, b"")
    assert recorder.updates == [{"update_id": 7, "message": {"text": "/start"}}]


async def test_wrong_secrets_see_what_is_seen_at_no_address(
    webhook_site: RunningSite, recorder: UpdateRecorder
) -> None:
    before = database_hash(webhook_site.store)
    nowhere = await webhook_site.client.post("/nowhere", content=UPDATE)

    seen = set()
    for secret, _ in zip(wrong_secrets(), range(ATTEMPTS), strict=False):
        answer = await webhook_site.client.post("/telegram", content=UPDATE, headers={SECRET_HEADER: secret})
        seen.add((answer.status_code, answer.text, *sorted(set(answer.headers) - {"date"})))

    assert seen == {(404, nowhere.text, *sorted(set(nowhere.headers) - {"date"}))}
    assert recorder.updates == []
    assert database_hash(webhook_site.store) == before


async def test_without_the_header_or_with_it_elsewhere_nothing_is_there(
    webhook_site: RunningSite, recorder: UpdateRecorder
) -> None:
    answers = [
        await webhook_site.client.post("/telegram", content=UPDATE),
        await webhook_site.client.post("/telegram", content=UPDATE, params={SECRET_HEADER: SECRET}),
        await webhook_site.client.post("/telegram", content=UPDATE, headers={"Authorization": SECRET}),
        await webhook_site.client.post(
            "/telegram", content=UPDATE, headers=[(SECRET_HEADER, "x"), (SECRET_HEADER, SECRET)]
        ),
        await webhook_site.client.post("/telegram/", content=UPDATE, headers=VALID_HEADERS),
        await webhook_site.client.post(f"/telegram/{SECRET}", content=UPDATE),
    ]

    assert [answer.status_code for answer in answers] == [404] * len(answers)
    assert recorder.updates == []


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"])
async def test_only_a_post_is_taken_in(webhook_site: RunningSite, recorder: UpdateRecorder, method: str) -> None:
    answer = await webhook_site.client.request(method, "/telegram", content=UPDATE, headers=VALID_HEADERS)

    assert answer.status_code == 404
    assert "Allow" not in answer.headers
    assert recorder.updates == []


async def test_without_a_webhook_there_is_no_door(site: RunningSite) -> None:
    for headers in ({}, VALID_HEADERS, {SECRET_HEADER: ""}):
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
async def test_what_is_no_update_is_refused_in_one_line(
    webhook_site: RunningSite, recorder: UpdateRecorder, body: bytes
) -> None:
    answer = await webhook_site.client.post("/telegram", content=body, headers=VALID_HEADERS)

    assert (answer.status_code, answer.text) == (400, "not an update\n")
    assert recorder.updates == []


async def test_an_update_that_cannot_be_taken_now_is_asked_for_again(
    webhook_site: RunningSite, recorder: UpdateRecorder
) -> None:
    recorder.accepts = False

    answer = await webhook_site.client.post("/telegram", content=UPDATE, headers=VALID_HEADERS)

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")


def update_of(size: int) -> bytes:
    """Return an update of this many bytes."""
    frame = json.dumps({"update_id": 7, "message": {"text": ""}}).encode()
    return frame.replace(b'""', b'"' + b"x" * (size - len(frame)) + b'"')


async def test_an_update_may_be_larger_than_a_form_and_has_a_bound(
    webhook_site: RunningSite, recorder: UpdateRecorder
) -> None:
    sizes = (MOST_OF_STRANGERS + 1, MAX_UPDATE_BYTES, MAX_UPDATE_BYTES + 1)

    answers = [
        await webhook_site.client.post("/telegram", content=update_of(size), headers=VALID_HEADERS) for size in sizes
    ]

    assert [answer.status_code for answer in answers] == [200, 200, 413]
    assert len(recorder.updates) == 2


async def test_a_strangers_body_has_the_bound_of_every_page(
    webhook_site: RunningSite, recorder: UpdateRecorder
) -> None:
    large = update_of(MOST_OF_STRANGERS + 1)

    here = await webhook_site.client.post("/telegram", content=large, headers={SECRET_HEADER: "wrong"})
    nowhere = await webhook_site.client.post("/nowhere", content=large)

    assert (here.status_code, here.text) == (nowhere.status_code, nowhere.text)
    assert here.status_code == 413
    assert recorder.updates == []


async def test_a_stranger_is_answered_before_a_body_comes(webhook_site: RunningSite) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", webhook_site.server.port)
    writer.write(b"POST /telegram HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n")

    head = await asyncio.wait_for(reader.readline(), 5)
    writer.close()

    assert head.split()[1] == b"404"


async def test_of_an_update_that_is_cut_nothing_is_taken(
    store: Store, clock: FixedClock, recorder: UpdateRecorder, capsys: pytest.CaptureFixture[str]
) -> None:
    hook = TelegramWebhook(secret=SECRET.encode(), enqueue=recorder.take)
    async with run_site(store, clock, telegram=hook, max_connections=1) as site:
        reader, writer = await asyncio.open_connection("127.0.0.1", site.server.port)
        head = (
            f"POST /telegram HTTP/1.1\r\nHost: a\r\n{SECRET_HEADER}: {SECRET}\r\nContent-Length: {len(UPDATE)}\r\n\r\n"
        )
        writer.write(head.encode() + UPDATE[:-1])
        await writer.drain()

        answer = await site.client.get("/healthz")
        async with asyncio.timeout(30):
            with suppress(ConnectionError):
                assert await reader.read() == b""
        writer.close()

    assert (answer.status_code, recorder.updates) == (200, [])
    assert "/start" not in capsys.readouterr().out


def test_the_secret_is_not_shown_with_what_holds_it(recorder: UpdateRecorder) -> None:
    assert SECRET not in repr(TelegramWebhook(secret=SECRET.encode(), enqueue=recorder.take))
