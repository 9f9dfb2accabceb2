"""Whatever a form holds: no more than 64 KB are read, nothing comes of nonsense, and we never fail."""

import asyncio
import random
from collections.abc import AsyncIterator
from urllib.parse import urlencode

import pytest

from digest.model import EndpointState
from digest.model.links import TokenPurpose
from digest.web.app import MAX_BODY_BYTES
from tests.render.hostile_texts import HOSTILE_TEXTS
from tests.web.all_paths import all_paths, database_hash
from tests.web.running_site import ANN_TARGET, RunningSite

SEED = 20260124
FORMS = 200
URLENCODED = "application/x-www-form-urlencoded"
NAMES = (
    *("form", "token", "do", "email", "scope", "domain", "hour", "zone", "locale", "rhythm", "weekday"),
    *("most", "empty_days", "layout", "include", "mute", "endpoint", "website", "List-Unsubscribe"),
)
VALUES = (
    *HOSTILE_TEXTS,
    *("save", "pause", "resume", "on", "off", "export", "erase", "again", "yes", "all", "some", "daily"),
    *("weekly", "robotics", "nothing-like-it", "08:00", "24:00", "٠٨:٠٠", "8:0", "-1", "0", "6", "7", "²"),
    *("00000000019999999999", "9" * 6000, "1e3", "NaN", "Europe/Berlin", "../../etc/passwd", "posixrules"),
    *("zh", "xx", "ann@example.org", "a@b", "@", "a@b.c\r\nBcc: x@y.z", "\ud800", "%", "%zz", "+", "&", "="),
)


async def split_body(size: int, chunk_size: bytes = b"a" * 1000) -> AsyncIterator[bytes]:
    """Return a body of this size in pieces, as one of unknown length."""
    for _ in range(size // len(chunk_size)):
        yield chunk_size


def multipart_body(*parts: tuple[str, bytes], boundary: str = "x") -> bytes:
    """Return a multipart body."""
    ends = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode() + value + b"\r\n"
        for name, value in parts
    ]
    return b"".join(ends) + f"--{boundary}--\r\n".encode()


async def test_more_than_sixty_four_kilobytes_are_refused_everywhere_and_do_nothing(site: RunningSite) -> None:
    addresses = await all_paths(site)
    before = database_hash(site.store)
    large = b"x=" + b"y" * MAX_BODY_BYTES
    parts = multipart_body(("token", b"y" * MAX_BODY_BYTES))

    for name, path in addresses.items():
        for method in ("POST", "PUT", "GET"):
            answer = await site.client.request(method, path, content=large, headers={"Content-Type": URLENCODED})
            assert answer.status_code == 413, (name, method)
    for name in ("sign-up", "unsubscribe", "preferences", "confirm, open"):
        for kind, body in ((URLENCODED, split_body(2 * MAX_BODY_BYTES)), ("multipart/form-data; boundary=x", parts)):
            answer = await site.client.post(addresses[name], content=body, headers={"Content-Type": kind})
            assert answer.status_code == 413, (name, kind)
    assert database_hash(site.store) == before


async def test_a_form_just_below_the_bound_is_read(site: RunningSite) -> None:
    path = await site.page_path(TokenPurpose.UNSUBSCRIBE)

    answer = await site.client.post(path, content=b"y" * MAX_BODY_BYTES, headers={"Content-Type": URLENCODED})

    assert answer.status_code == 200
    reader = await site.store.subscribers.find_profile(ANN_TARGET)
    assert reader is not None
    assert reader.endpoints[0].state is EndpointState.UNSUBSCRIBED


@pytest.mark.parametrize("said", [10**9, 10**30, MAX_BODY_BYTES + 1], ids=["a gigabyte", "absurd", "one more"])
async def test_a_length_that_is_too_large_is_refused_before_a_byte_of_it_comes(site: RunningSite, said: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", site.server.port)
    writer.write(f"POST / HTTP/1.1\r\nHost: a\r\nContent-Type: {URLENCODED}\r\nContent-Length: {said}\r\n\r\n".encode())

    answer = await asyncio.wait_for(reader.readline(), 5)
    writer.close()

    assert answer.split()[1] in (b"413", b"400")


async def test_forms_of_strange_shapes_are_forms_without_fields(site: RunningSite) -> None:
    path = await site.page_path(TokenPurpose.PREFERENCES)
    token = path.rpartition("/")[2].encode()
    before = database_hash(site.store)
    right = [("token", token), ("do", b"erase really")]
    deep = (b"--x\r\nContent-Type: multipart/mixed; boundary=y\r\n" + b"A: b\r\n" * 50 + b"\r\n--y\r\n") * 100
    shapes = [
        (multipart_body(*[("f", b"1")] * 1001, *right), "multipart/form-data; boundary=x"),
        (multipart_body(*right), "multipart/form-data"),
        (multipart_body(*right), "multipart/form-data; boundary="),
        (multipart_body(*right), "multipart/form-data; boundary=y"),
        (multipart_body(*right)[:-30], "multipart/form-data; boundary=x"),
        (deep, "multipart/form-data; boundary=x"),
        (multipart_body(("a" * 30_000, b"1"), *right)[:60_000], "multipart/form-data; boundary=" + "x" * 300),
        (urlencode([("f", "1")] * 5000).encode() + b"&token=" + token + b"&do=erase+really", URLENCODED),
        (b"&" * 60_000, URLENCODED),
        (b"%" * 60_000, URLENCODED),
        (b"=" * 60_000, URLENCODED),
        (b"\x00" * 60_000, URLENCODED),
        (b"\xff" * 60_000, URLENCODED),
        (b"--x\r\n" * 10_000, "multipart/form-data; boundary=x"),
    ]
    codecs = ("punycode", "idna", "unicode_escape", "raw_unicode_escape", "utf-7", "undefined", "utf-16", "no")
    body = multipart_body(("zone", b"\\ud800"), *right)
    shapes += [(body, f"multipart/form-data; boundary=x; charset={codec}") for codec in codecs]

    for body, kind in shapes:
        answer = await site.client.post(path, content=body, headers={"Content-Type": kind})
        assert answer.status_code in (200, 422), kind
    assert database_hash(site.store) == before


async def test_files_in_a_form_are_not_read(site: RunningSite) -> None:
    path = await site.page_path(TokenPurpose.PREFERENCES)
    token, before = path.rpartition("/")[2], database_hash(site.store)

    for files in ({"token": ("t", token.encode())}, {"token": ("t", b"x"), "do": ("d", b"pause")}):
        answer = await site.client.post(path, files=files, data={"do": "erase really"})
        assert answer.status_code == 422

    assert database_hash(site.store) == before


async def test_whatever_a_form_says_no_page_fails(site: RunningSite) -> None:
    addresses = await all_paths(site)
    source = random.Random(SEED)  # noqa: S311 - a run can be repeated
    names = ("sign-up", "unsubscribe", "preferences", "confirm, open", "confirm, done", "copy", "unsubscribe, erased")
    hidden = await site.hidden_fields()
    seen = set()

    for number in range(FORMS):
        name = names[number % len(names)]
        fields = [
            (source.choice(NAMES), source.choice(VALUES).encode("utf-8", "surrogatepass"))
            for _ in range(source.randrange(12))
        ]
        fields += [("token", addresses[name].rpartition("/")[2].encode())] if source.random() < 0.8 else []
        fields += [("form", hidden["form"].encode())] if name == "sign-up" else []
        fields += [("do", source.choice((b"save", b"on", b"off", b"again")))] if source.random() < 0.6 else []
        as_parts = source.random() < 0.3
        answer = await site.client.post(
            addresses[name],
            content=(multipart_body(*fields) if as_parts else urlencode(fields).encode())[:MAX_BODY_BYTES],
            headers={"Content-Type": "multipart/form-data; boundary=x" if as_parts else URLENCODED},
        )
        seen.add(answer.status_code)
        assert answer.status_code < 500, (name, fields)

    assert {200, 422} <= seen <= {200, 403, 404, 405, 413, 422, 429}
