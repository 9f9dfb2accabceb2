"""The site around the pages: below a path, its health, its errors, its port, its end, and its templates."""

import asyncio
import re
import shutil
import socket
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from starlette.types import Receive, Scope, Send
from structlog.testing import capture_logs

from digest.clock import SetClock
from digest.errors import BadSettings, BadTemplate
from digest.links import Purpose
from digest.model import Locale
from digest.store import Store
from digest.web import Health, WebServer, build_site, listening_socket
from digest.web.pages import NAMES, TEMPLATES, Pages
from tests.support.loopback import NO_TLS
from tests.web.reading import Page
from tests.web.site import ANN, Site, running_site
from tests.web.visitor import page_of, reader_at

BELOW = "/lab/papers"


@pytest.fixture
async def below(store: Store, clock: SetClock) -> AsyncIterator[Site]:
    """Give the pages behind a path of their host, with Ann as their reader."""
    async with running_site(store, clock, public_url=f"https://example.org{BELOW}") as running:
        await running.house.membership.enrol([ANN], ["robotics"])
        yield running


@pytest.mark.parametrize("front", [BELOW, ""], ids=["the proxy keeps the path", "the proxy takes it away"])
async def test_below_a_path_every_page_is_found_and_leads_below_it(below: Site, front: str) -> None:
    paths = ["/", "/?lang=zh", *[await below.path(purpose) for purpose in list(Purpose)[:2]], "/nowhere"]

    pages = [Page((await below.client.get(front + path)).text) for path in paths]

    for page in pages:
        assert [one["href"] for one in page.all("link")] == [f"{BELOW}/site.css"]
        assert page.all("a", **{"class": "brand"})[0]["href"] == f"{BELOW}/"
        assert [one for one in page.all("form") if "action" in one.attributes] == []
    assert [page.headline for page in pages] == [
        "New research papers by mail",
        "每日新论文，送到邮箱",
        "No more mails?",
        "Your preferences",
        "There is nothing here",
    ]
    assert (await below.client.get(f"{front}/site.css")).headers["Content-Type"].startswith("text/css")


@pytest.mark.parametrize("front", [BELOW, ""])
async def test_below_a_path_a_newcomer_signs_up_and_says_yes(below: Site, front: str) -> None:
    page = await page_of(below, f"{front}/")
    await below.client.post(f"{front}/", data={**page.fields, "email": "bob@example.org"})
    (_, path) = (await below.asked())[0]

    done = await below.client.post(front + path, data=await below.form(front + path))

    link = next(one["href"] for one in Page(done.text).all("a") if "/p/" in one["href"])
    assert link.startswith(f"{BELOW}/p/")
    assert (await page_of(below, front + link.removeprefix(BELOW))).headline == "Your preferences"


async def test_the_path_alone_without_a_slash_is_the_front_page_and_a_longer_name_is_not(below: Site) -> None:
    assert (await page_of(below, BELOW)).headline == "New research papers by mail"
    assert (await below.client.get(f"{BELOW}x")).status_code == 404


async def test_search_engines_are_asked_to_leave_peoples_pages_alone(site: Site, below: Site) -> None:
    here, there = [(await one.client.get("/robots.txt")).text for one in (site, below)]

    assert here.splitlines() == ["User-agent: *", *(f"Disallow: /{letter}/" for letter in "upcd")]
    assert there.splitlines()[1:] == [f"Disallow: {BELOW}/{letter}/" for letter in "upcd"]


async def test_the_style_may_be_kept_and_fetches_nothing(site: Site) -> None:
    answer = await site.client.get("/site.css")

    assert answer.content == (TEMPLATES / "site.css").read_bytes()
    assert answer.headers["Cache-Control"] == "public, max-age=3600"
    assert re.findall(r"url\(|@import|https?:", answer.text) == []


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
async def test_health_says_which_part_is_unwell(site: Site, path: str) -> None:
    async def unwell() -> Health:
        return Health(parts={"store": True, "scheduler": False})

    sick = build_site(replace(site.house, health=unwell))
    transport = httpx.ASGITransport(sick)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        answers = [await site.client.get(path), await client.get(path)]

    assert [(one.status_code, one.json()) for one in answers] == [
        (200, {"status": "ok", "store": "ok", "scheduler": "ok"}),
        (503, {"status": "unwell", "store": "ok", "scheduler": "unwell"}),
    ]
    assert {one.headers["Cache-Control"] for one in answers} == {"no-store"}


@pytest.mark.parametrize(
    ("locale", "heads"),
    [
        (Locale.EN, ("There is nothing here", "This page cannot do that", "That went wrong")),
        (Locale.ZH, ("这里没有内容", "本页面无法执行此操作", "出错了")),
    ],
)
async def test_errors_are_pages_in_the_language_of_whoever_meets_them(
    site: Site, locale: Locale, heads: tuple[str, ...]
) -> None:
    accept = {"Accept-Language": locale}
    nowhere = await site.client.get("/nowhere", headers=accept)
    method = await site.client.put("/", headers=accept)
    path = await site.path(Purpose.PREFERENCES)
    async with site.store.database.exclusive() as connection:
        await connection.exec_driver_sql("ALTER TABLE link_tokens RENAME TO elsewhere")
        await connection.commit()
    with capture_logs():
        failed = await site.client.get(path, headers=accept)

    answers = (nowhere, method, failed)

    assert [one.status_code for one in answers] == [404, 405, 500]
    assert tuple(Page(one.text).headline for one in answers) == heads
    assert {Page(one.text).all("html")[0]["lang"] for one in answers} == {locale}
    assert all(Page(one.text).all("p", **{"class": "lead"}) for one in answers)


async def test_a_slash_at_the_end_is_another_address(site: Site) -> None:
    path = await site.path(Purpose.PREFERENCES)

    answer = await site.client.get(f"{path}/")

    assert answer.status_code == 404


async def test_a_port_that_is_taken_is_told_in_one_line(site: Site) -> None:
    with pytest.raises(BadSettings, match=rf"^WEB_PORT={site.server.port}: .+ 0 for any free one$") as told:
        listening_socket("127.0.0.1", site.server.port)

    assert "\n" not in str(told.value)


@pytest.mark.parametrize("host", ["no.such.host.invalid", "256.1.1.1", "192.0.2.1"])
def test_a_host_that_is_not_ours_is_told_in_one_line(host: str) -> None:
    with pytest.raises(BadSettings) as told:
        listening_socket(host, 0)

    assert host in str(told.value)
    assert "\n" not in str(told.value)


def test_port_0_is_any_free_one_and_an_empty_host_is_every_address() -> None:
    ports = set()
    for host in ("127.0.0.1", "0.0.0.0", "localhost"):  # noqa: S104 - it is what containers listen on
        with listening_socket(host, 0) as listening:
            ports.add(listening.getsockname()[1])

    assert all(port > 1023 for port in ports)


def test_ipv6_is_served_where_the_machine_has_it_and_named_where_not() -> None:
    if socket.has_ipv6 and Path("/proc/net/if_inet6").exists():
        with listening_socket("::1", 0) as listening:
            assert listening.family is socket.AF_INET6
    else:
        with pytest.raises(BadSettings, match="::1"):
            listening_socket("::1", 0)


async def test_stopping_finishes_what_is_being_answered_and_takes_nothing_more() -> None:
    asked, go_on = asyncio.Event(), asyncio.Event()

    async def slow(_scope: Scope, _receive: Receive, send: Send) -> None:
        asked.set()
        await go_on.wait()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"4")]})
        await send({"type": "http.response.body", "body": b"done"})

    server = WebServer(slow, listening_socket("127.0.0.1", 0), proxies=())
    running = asyncio.create_task(server.run())
    url = f"http://127.0.0.1:{server.port}"
    async with httpx.AsyncClient(timeout=60, verify=NO_TLS) as client:
        answering = asyncio.create_task(client.get(url))
        await asyncio.wait_for(asked.wait(), 10)
        server.stop()
        await _until_refused(server.port)
        go_on.set()

        answer = await answering

    await asyncio.wait_for(running, 10)
    assert answer.text == "done"


async def _until_refused(port: int) -> None:
    async with asyncio.timeout(60):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                return
            writer.close()
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("text", ["{% if %}", "{{ say('x' }}", "{% endblock %}"])
async def test_a_template_that_does_not_compile_stops_the_start_with_its_file(
    site: Site, tmp_path: Path, text: str
) -> None:
    for name in NAMES:
        folder = Path(shutil.copytree(TEMPLATES, tmp_path / name))
        (folder / f"{name}.html.j2").write_text(text, encoding="utf-8")

        with pytest.raises(BadTemplate) as told:
            Pages.load(site.house, folder)

        assert f"{name}.html.j2" in str(told.value)
        assert "\n" not in str(told.value)


async def test_a_file_that_is_missing_stops_the_start_with_its_name(site: Site, tmp_path: Path) -> None:
    for file in (*(f"{name}.html.j2" for name in NAMES), "site.css"):
        folder = Path(shutil.copytree(TEMPLATES, tmp_path / file))
        (folder / file).unlink()

        with pytest.raises(BadTemplate, match=re.escape(file)):
            Pages.load(site.house, folder)


async def test_a_file_that_is_no_utf8_stops_the_start(site: Site, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(TEMPLATES, tmp_path / "web"))
    (folder / "erase.html.j2").write_bytes(b"\xff\xfe")

    with pytest.raises(BadTemplate, match=r"erase\.html\.j2"):
        Pages.load(site.house, folder)


async def test_an_operators_own_template_is_used(site: Site, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(TEMPLATES, tmp_path / "web"))
    (folder / "message.html.j2").write_text("{{ name }}: {{ headline }} {{ base }}", encoding="utf-8")

    page = Pages.load(site.house, folder).no_such_page(Locale.EN)

    assert page.body == b"Paper Digest: There is nothing here "


def test_every_template_of_the_folder_is_compiled_at_the_start() -> None:
    assert sorted(path.name.removesuffix(".html.j2") for path in TEMPLATES.glob("*.j2")) == sorted(NAMES)


async def test_the_reader_stays_as_they_are_when_an_error_page_is_shown(site: Site) -> None:
    before = await reader_at(site.store, ANN)

    await site.client.delete(await site.path(Purpose.PREFERENCES))

    assert await reader_at(site.store, ANN) == before
