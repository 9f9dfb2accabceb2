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

from digest.model import Locale
from digest.model.clock import FixedClock
from digest.model.errors import InvalidSettings, InvalidTemplate
from digest.model.links import TokenPurpose
from digest.storage import Store
from digest.web import HealthStatus, WebServer, build_web_app, open_listen_socket
from digest.web.page_renderer import TEMPLATE_FOLDER, TEMPLATE_NAMES, PageRenderer
from tests.support.plain_http import NO_TLS
from tests.web.parsed_page import ParsedPage
from tests.web.running_site import ANN_TARGET, RunningSite, run_site
from tests.web.visitor import fetch_page, load_profile

PATH_PREFIX = "/lab/papers"


@pytest.fixture
async def prefixed_site(store: Store, clock: FixedClock) -> AsyncIterator[RunningSite]:
    """Return the pages behind a path of their host, with Ann as their reader."""
    async with run_site(store, clock, public_url=f"https://example.org{PATH_PREFIX}") as running:
        await running.deps.subscriptions.add_subscriber([ANN_TARGET], ["robotics"])
        yield running


@pytest.mark.parametrize("front", [PATH_PREFIX, ""], ids=["the proxy keeps the path", "the proxy takes it away"])
async def test_below_a_path_every_page_is_found_and_leads_below_it(prefixed_site: RunningSite, front: str) -> None:
    paths = [
        "/",
        "/?lang=zh",
        *[await prefixed_site.page_path(purpose) for purpose in list(TokenPurpose)[:2]],
        "/nowhere",
    ]

    pages = [ParsedPage((await prefixed_site.client.get(front + path)).text) for path in paths]

    for page in pages:
        assert [one["href"] for one in page.find_all("link")] == [f"{PATH_PREFIX}/site.css"]
        assert page.find_all("a", **{"class": "brand"})[0]["href"] == f"{PATH_PREFIX}/"
        assert [one for one in page.find_all("form") if "action" in one.attributes] == []
    assert [page.headline for page in pages] == [
        "New research papers by email",
        "每日新论文，送到邮箱",
        "Stop receiving emails?",
        "Your preferences",
        "There is nothing here",
    ]
    assert (await prefixed_site.client.get(f"{front}/site.css")).headers["Content-Type"].startswith("text/css")


@pytest.mark.parametrize("front", [PATH_PREFIX, ""])
async def test_below_a_path_a_newcomer_signs_up_and_says_yes(prefixed_site: RunningSite, front: str) -> None:
    page = await fetch_page(prefixed_site, f"{front}/")
    await prefixed_site.client.post(f"{front}/", data={**page.form_values, "email": "bob@example.org"})
    (_, path) = (await prefixed_site.pending_confirmations())[0]

    done = await prefixed_site.client.post(front + path, data=await prefixed_site.hidden_fields(front + path))

    link = next(one["href"] for one in ParsedPage(done.text).find_all("a") if "/p/" in one["href"])
    assert link.startswith(f"{PATH_PREFIX}/p/")
    assert (await fetch_page(prefixed_site, front + link.removeprefix(PATH_PREFIX))).headline == "Your preferences"


async def test_the_path_alone_without_a_slash_is_the_front_page_and_a_longer_name_is_not(
    prefixed_site: RunningSite,
) -> None:
    assert (await fetch_page(prefixed_site, PATH_PREFIX)).headline == "New research papers by email"
    assert (await prefixed_site.client.get(f"{PATH_PREFIX}x")).status_code == 404


async def test_search_engines_are_asked_to_leave_peoples_pages_alone(
    site: RunningSite, prefixed_site: RunningSite
) -> None:
    here, there = [(await one.client.get("/robots.txt")).text for one in (site, prefixed_site)]

    assert here.splitlines() == ["User-agent: *", *(f"Disallow: /{letter}/" for letter in "upcd")]
    assert there.splitlines()[1:] == [f"Disallow: {PATH_PREFIX}/{letter}/" for letter in "upcd"]


async def test_the_style_may_be_kept_and_fetches_nothing(site: RunningSite) -> None:
    answer = await site.client.get("/site.css")

    assert answer.content == (TEMPLATE_FOLDER / "site.css").read_bytes()
    assert answer.headers["Cache-Control"] == "public, max-age=3600"
    assert re.findall(r"url\(|@import|https?:", answer.text) == []


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
async def test_health_says_which_part_is_unwell(site: RunningSite, path: str) -> None:
    async def unwell() -> HealthStatus:
        return HealthStatus(checks={"store": True, "scheduler": False})

    sick = build_web_app(replace(site.deps, check_health=unwell))
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
        (Locale.EN, ("There is nothing here", "This page cannot do that", "Something went wrong")),
        (Locale.ZH, ("这里没有内容", "本页面无法执行此操作", "出错了")),
    ],
)
async def test_errors_are_pages_in_the_language_of_whoever_meets_them(
    site: RunningSite, locale: Locale, heads: tuple[str, ...]
) -> None:
    accept = {"Accept-Language": locale}
    nowhere = await site.client.get("/nowhere", headers=accept)
    method = await site.client.put("/", headers=accept)
    path = await site.page_path(TokenPurpose.PREFERENCES)
    async with site.store.database.exclusive() as connection:
        await connection.exec_driver_sql("ALTER TABLE link_tokens RENAME TO elsewhere")
        await connection.commit()
    with capture_logs():
        failed = await site.client.get(path, headers=accept)

    answers = (nowhere, method, failed)

    assert [one.status_code for one in answers] == [404, 405, 500]
    assert tuple(ParsedPage(one.text).headline for one in answers) == heads
    assert {ParsedPage(one.text).find_all("html")[0]["lang"] for one in answers} == {locale}
    assert all(ParsedPage(one.text).find_all("p", **{"class": "lead"}) for one in answers)


async def test_a_slash_at_the_end_is_another_address(site: RunningSite) -> None:
    path = await site.page_path(TokenPurpose.PREFERENCES)

    answer = await site.client.get(f"{path}/")

    assert answer.status_code == 404


async def test_a_port_that_is_taken_is_told_in_one_line(site: RunningSite) -> None:
    with pytest.raises(InvalidSettings, match=rf"^WEB_PORT={site.server.port}: .+ 0 for any free one$") as told:
        open_listen_socket("127.0.0.1", site.server.port)

    assert "\n" not in str(told.value)


@pytest.mark.parametrize("host", ["no.such.host.invalid", "256.1.1.1", "192.0.2.1"])
def test_a_host_that_is_not_ours_is_told_in_one_line(host: str) -> None:
    with pytest.raises(InvalidSettings) as told:
        open_listen_socket(host, 0)

    assert host in str(told.value)
    assert "\n" not in str(told.value)


def test_port_0_is_any_free_one_and_an_empty_host_is_every_address() -> None:
    ports = set()
    for host in ("127.0.0.1", "0.0.0.0", "localhost"):  # noqa: S104 - it is what containers listen on
        with open_listen_socket(host, 0) as listening:
            ports.add(listening.getsockname()[1])

    assert all(port > 1023 for port in ports)


def test_ipv6_is_served_where_the_machine_has_it_and_named_where_not() -> None:
    if socket.has_ipv6 and Path("/proc/net/if_inet6").exists():
        with open_listen_socket("::1", 0) as listening:
            assert listening.family is socket.AF_INET6
    else:
        with pytest.raises(InvalidSettings, match="::1"):
            open_listen_socket("::1", 0)


async def test_stopping_finishes_what_is_being_answered_and_takes_nothing_more() -> None:
    asked, go_on = asyncio.Event(), asyncio.Event()

    async def slow(_scope: Scope, _receive: Receive, send: Send) -> None:
        asked.set()
        await go_on.wait()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"4")]})
        await send({"type": "http.response.body", "body": b"done"})

    server = WebServer(slow, open_listen_socket("127.0.0.1", 0), proxies=())
    running = asyncio.create_task(server.run())
    url = f"http://127.0.0.1:{server.port}"
    async with httpx.AsyncClient(timeout=60, verify=NO_TLS) as client:
        answering = asyncio.create_task(client.get(url))
        await asyncio.wait_for(asked.wait(), 10)
        server.stop()
        await _wait_until_refused(server.port)
        go_on.set()

        answer = await answering

    await asyncio.wait_for(running, 10)
    assert answer.text == "done"


async def _wait_until_refused(port: int) -> None:
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
    site: RunningSite, tmp_path: Path, text: str
) -> None:
    for name in TEMPLATE_NAMES:
        folder = Path(shutil.copytree(TEMPLATE_FOLDER, tmp_path / name))
        (folder / f"{name}.html.j2").write_text(text, encoding="utf-8")

        with pytest.raises(InvalidTemplate) as told:
            PageRenderer.load(site.deps, folder)

        assert f"{name}.html.j2" in str(told.value)
        assert "\n" not in str(told.value)


async def test_a_file_that_is_missing_stops_the_start_with_its_name(site: RunningSite, tmp_path: Path) -> None:
    for file in (*(f"{name}.html.j2" for name in TEMPLATE_NAMES), "site.css"):
        folder = Path(shutil.copytree(TEMPLATE_FOLDER, tmp_path / file))
        (folder / file).unlink()

        with pytest.raises(InvalidTemplate, match=re.escape(file)):
            PageRenderer.load(site.deps, folder)


async def test_a_file_that_is_no_utf8_stops_the_start(site: RunningSite, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(TEMPLATE_FOLDER, tmp_path / "web"))
    (folder / "erase.html.j2").write_bytes(b"\xff\xfe")

    with pytest.raises(InvalidTemplate, match=r"erase\.html\.j2"):
        PageRenderer.load(site.deps, folder)


async def test_an_operators_own_template_is_used(site: RunningSite, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(TEMPLATE_FOLDER, tmp_path / "web"))
    (folder / "message.html.j2").write_text("{{ name }}: {{ headline }} {{ base }}", encoding="utf-8")

    page = PageRenderer.load(site.deps, folder).render_not_found(Locale.EN)

    assert page.body == b"Paper Digest: There is nothing here "


def test_every_template_of_the_folder_is_compiled_at_the_start() -> None:
    assert sorted(path.name.removesuffix(".html.j2") for path in TEMPLATE_FOLDER.glob("*.j2")) == sorted(TEMPLATE_NAMES)


async def test_the_reader_stays_as_they_are_when_an_error_page_is_shown(site: RunningSite) -> None:
    before = await load_profile(site.store, ANN_TARGET)

    await site.client.delete(await site.page_path(TokenPurpose.PREFERENCES))

    assert await load_profile(site.store, ANN_TARGET) == before
