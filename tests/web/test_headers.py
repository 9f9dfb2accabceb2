"""The headers that browsers obey stand on every answer to an HTTP request: pages, files and errors."""

import asyncio
import re

import httpx
from structlog.testing import capture_logs

from digest.model.links import TokenPurpose
from digest.services.signup import MAX_EMAILS_PER_NETWORK
from digest.storage import Store
from digest.web.app import HSTS, SECURITY_HEADERS
from tests.web.all_paths import all_paths
from tests.web.running_site import RunningSite, run_site

METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW")
EXPECTED_HEADERS = {**SECURITY_HEADERS, "Strict-Transport-Security": HSTS}


def missing_headers(answer: httpx.Response) -> list[str]:
    """Return the names of the headers that an answer lacks, or has otherwise or twice."""
    return [name for name, value in EXPECTED_HEADERS.items() if answer.headers.get_list(name) != [value]]


async def test_every_address_answers_every_method_with_them(site: RunningSite) -> None:
    addresses = await all_paths(site)

    answers = [
        (name, method, await site.client.request(method, path))
        for name, path in addresses.items()
        for method in METHODS
    ]

    assert len(answers) == len(addresses) * len(METHODS)
    assert [(name, method, missing_headers(one)) for name, method, one in answers if missing_headers(one)] == []
    assert [(name, method) for name, method, one in answers if one.status_code >= 500] == []
    assert [(name, method) for name, method, one in answers if "set-cookie" in one.headers] == []


async def test_a_wrong_method_is_told_which_are_right(site: RunningSite) -> None:
    answer = await site.client.put("/")

    assert answer.status_code == 405
    assert {word.strip() for word in answer.headers["Allow"].split(",")} == {"GET", "HEAD", "POST"}


async def test_every_error_of_ours_has_them(site: RunningSite) -> None:
    path = await site.page_path(TokenPurpose.PREFERENCES)
    token = path.rpartition("/")[2]
    too_large = {"x": "y" * 70_000}

    answers = {
        403: await site.client.post("/", data={"email": "a@example.org"}),
        404: await site.client.get("/nowhere"),
        405: await site.client.put(path),
        413: await site.client.post("/", data=too_large),
        422: await site.client.post(path, data={"token": token, "do": "save", "hour": "25:00"}),
    }
    for number in range(MAX_EMAILS_PER_NETWORK + 1):
        answers[429] = await site.sign_up(f"reader{number}@example.org")

    assert {status: one.status_code for status, one in answers.items()} == {one: one for one in answers}
    assert {status: missing_headers(one) for status, one in answers.items()} == {one: [] for one in answers}


async def test_a_store_that_fails_is_answered_with_them_and_without_a_word_of_why(site: RunningSite) -> None:
    path = await site.page_path(TokenPurpose.UNSUBSCRIBE)
    async with site.store.database.exclusive() as connection:
        await connection.exec_driver_sql("ALTER TABLE link_tokens RENAME TO elsewhere")
        await connection.commit()

    with capture_logs() as log:
        answers = [await site.client.request(method, path) for method in ("GET", "HEAD", "POST")]

    assert [one["route"] for one in log if one["log_level"] == "error"] == ["/u/{token}"] * 3
    assert [one.status_code for one in answers] == [500, 500, 500]
    assert [missing_headers(one) for one in answers] == [[], [], []]
    assert not re.search(r"link_tokens|sqlite|Traceback|\.py", answers[0].text)


INVALID_REQUESTS = (
    b"GARBAGE\r\n\r\n",
    b"GET / HTTP/1.1\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 70_000,
    b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
    b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nX\x00: b\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost : a\r\n\r\n",
    b"GET /\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
)


async def test_what_is_no_http_is_refused_in_plain_text(site: RunningSite) -> None:
    for said in INVALID_REQUESTS:
        reader, writer = await asyncio.open_connection("127.0.0.1", site.server.port)
        writer.write(said)

        answer = await asyncio.wait_for(reader.read(), 10)
        writer.close()

        head, _, body = answer.partition(b"\r\n\r\n")
        assert re.match(rb"HTTP/1.1 (400|501) ", head), said[:60]
        assert b"content-type: text/plain; charset=utf-8" in head.lower().split(b"\r\n")
        assert body == b"Invalid HTTP request received."


async def test_without_https_no_browser_is_told_to_insist_on_it(store: Store, site: RunningSite) -> None:
    async with run_site(store, site.clock, public_url="http://digest.example.org") as plain:
        answer = await plain.client.get("/")

    assert "Strict-Transport-Security" not in answer.headers


async def test_private_pages_are_kept_by_no_cache_and_found_by_no_search_engine(site: RunningSite) -> None:
    addresses = await all_paths(site)
    private = [path for name, path in addresses.items() if name[:4] in ("unsu", "pref", "conf", "copy")]

    for path in private:
        answer = await site.client.get(path)

        assert answer.headers["Cache-Control"] == "no-store"
        assert "noindex" in answer.headers["X-Robots-Tag"]
