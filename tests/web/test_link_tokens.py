"""Guessing a token: a hundred thousand wrong ones open nothing, and neither does any that is nearly right."""

import asyncio
import random
import re
import sqlite3
from base64 import urlsafe_b64encode
from urllib.parse import quote

from digest.model import Target
from digest.model.links import TokenPurpose, hash_token, is_token_format, is_web_copy_signature
from digest.services.email_links import InvalidLink
from digest.services.signup import ConfirmationStatus
from tests.web.all_paths import all_paths, database_hash
from tests.web.running_site import SECRET, RunningSite

GUESSES = 100_000
HTTP_GUESSES = 400
READERS = 10
SEED = 20260124


def random_tokens(count: int) -> list[str]:
    """Return so many tokens of the right form; the same ones each time."""
    source = random.Random(SEED)  # noqa: S311 - a run can be repeated
    return [urlsafe_b64encode(source.randbytes(16)).rstrip(b"=").decode() for _ in range(count)]


def nearly_right(token: str) -> dict[str, str]:
    """Return texts that are nearly a token."""
    swapped = {"A": "B"}.get(token[0], "A")
    return {
        "first sign": swapped + token[1:],
        "middle sign": f"{token[:11]}{'A' if token[11] != 'A' else 'B'}{token[12:]}",
        "reversed": token[::-1],
        "one short": token[:-1],
        "first missing": token[1:],
        "one more": f"{token}A",
        "padded": f"{token}==",
        "line end": f"{token}\n",
        "blank": f"{token} ",
        "NUL": f"{token}\0",
        "capitals": token.upper(),
        "small letters": token.lower(),
        "swapped case": token.swapcase(),
        "full width": "".join(chr(ord(sign) + 0xFEE0) for sign in token),
        "combining": f"{token}\u0301",
        "invisible": f"{token[:5]}\u200b{token[5:]}",
        "wildcard": "%" * 22,
        "one wildcard": f"{token[:-1]}_" if token[-1] != "_" else f"{token[:-1]}%",
        "quoted": f"' OR '{token[:15]}",
        "its hash": hash_token(token),
        "half its hash": hash_token(token)[:22],
        "empty": "",
    }


async def test_a_hundred_thousand_wrong_tokens_open_nothing(site: RunningSite) -> None:
    for number in range(READERS):
        await site.deps.subscriptions.add_subscriber([Target.email(f"reader{number}@example.org")], None)
        await site.email_links(Target.email(f"reader{number}@example.org"))
    file = sqlite3.connect(f"file:{site.store.database.url.database}?mode=ro", uri=True)
    kept = {row[0] for row in file.execute("SELECT token_hash FROM link_tokens")}
    file.close()

    hits = [token for token in random_tokens(GUESSES) if hash_token(token) in kept]

    assert len(kept) == 2 * READERS
    assert hits == []


async def test_wrong_tokens_over_http_open_nothing(site: RunningSite) -> None:
    addresses = await all_paths(site)
    paths = ("/u/{}", "/p/{}", "/c/{}", f"/d/{addresses['copy'].split('/')[2]}/{{}}")
    before, wrong = database_hash(site.store), random_tokens(HTTP_GUESSES)

    answers = await request_pipelined(site, [paths[at % 4].format(token) for at, token in enumerate(wrong)])

    assert re.findall(rb"HTTP/1.1 (\d+) ", answers) == [b"404"] * HTTP_GUESSES
    assert database_hash(site.store) == before


async def request_pipelined(site: RunningSite, paths: list[str]) -> bytes:
    """Ask for many pages on one connection, posting to each that may be posted to; give all that comes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", site.server.port, limit=1 << 20)
    said = []
    for path in paths:
        body = f"token={path.rpartition('/')[2]}&do=yes"
        method = "GET" if path.startswith("/d/") else "POST"
        said.append(
            f"{method} {path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}"
        )
    said.append("GET /nowhere HTTP/1.0\r\n\r\n")

    async def say() -> None:
        writer.write("".join(said).encode())
        await writer.drain()

    _, answers = await asyncio.gather(say(), reader.read())
    writer.close()
    return answers.rpartition(b"HTTP/1.1 404")[0]


async def test_what_is_nearly_a_token_opens_nothing(site: RunningSite) -> None:
    addresses = await all_paths(site)
    before = database_hash(site.store)
    live = ("unsubscribe", "preferences", "confirm, open", "copy")

    for name in live:
        start, _, token = addresses[name].rpartition("/")
        for how, wrong in nearly_right(token).items():
            page = await site.client.get(f"{start}/{quote(wrong, safe='')}")
            post = await site.client.post(f"{start}/{quote(wrong, safe='')}", data={"token": wrong})

            assert page.status_code == 404, (name, how)
            assert post.status_code in (404, 405), (name, how)
    assert database_hash(site.store) == before


async def test_a_token_is_good_for_its_own_purpose_alone(site: RunningSite) -> None:
    addresses = await all_paths(site)
    tokens = {
        name: addresses[name].rpartition("/")[2]
        for name in ("unsubscribe", "preferences", "confirm, open", "confirm, done", "copy")
    }
    right = {"/u/": ("unsubscribe",), "/p/": ("preferences",), "/c/": ("confirm, open", "confirm, done")}
    before = database_hash(site.store)

    for path, mine in right.items():
        for name, token in tokens.items():
            if name not in mine:
                answer = await site.client.post(f"{path}{token}", data={"token": token, "do": "yes"})
                assert answer.status_code == 404, (path, name)

    assert database_hash(site.store) == before


async def test_the_signature_of_one_copy_opens_no_other(site: RunningSite) -> None:
    copy = (await all_paths(site))["copy"]
    _, _, number, signature = copy.split("/")

    for other in (f"{int(number) + 1}", f"0{number}", f"+{number}", f"{number}.0", f"{number}e0", "²", "-1", "9" * 18):
        answer = await site.client.get(f"/d/{quote(other)}/{signature}")
        assert answer.status_code == (200 if other == f"0{number}" else 404), other
    delivery = await site.store.link_tokens.find_digest(int(number))
    assert delivery is not None
    assert is_web_copy_signature(SECRET, delivery.id, delivery.key, signature)
    assert not is_web_copy_signature(b"another key", delivery.id, delivery.key, signature)


async def test_a_link_that_says_yes_says_it_once(site: RunningSite) -> None:
    done = (await all_paths(site))["confirm, done"]
    token, before = done.rpartition("/")[2], database_hash(site.store)

    again = [await site.client.post(done, data={"token": token}) for _ in range(3)]

    assert {one.status_code for one in again} == {200}
    assert all("already confirmed" in one.text for one in again)
    assert (await site.deps.signups.find_pending(token)).status is ConfirmationStatus.CONFIRMED
    assert database_hash(site.store) == before


async def test_every_link_has_a_hundred_and_twenty_eight_bits_of_its_own(site: RunningSite) -> None:
    tokens = set()
    for number in range(READERS):
        target = Target.email(f"reader{number}@example.org")
        await site.deps.subscriptions.add_subscriber([target], None)
        for purpose in (TokenPurpose.UNSUBSCRIBE, TokenPurpose.PREFERENCES):
            tokens.add((await site.page_path(purpose, target)).rpartition("/")[2])

    assert len(tokens) == 2 * READERS
    assert all(is_token_format(one) for one in tokens)
    file = b"".join(one.encode() for one in tokens)
    for token in tokens:
        assert await site.deps.email_links.find_owner(token[:-1] + "é", TokenPurpose.UNSUBSCRIBE) is InvalidLink.UNKNOWN
    assert len(file) == 22 * len(tokens)
