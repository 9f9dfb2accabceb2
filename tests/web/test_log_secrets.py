"""A whole conversation with the service at ``LOG_LEVEL=debug``: no secret in its log, none in a referrer."""

import asyncio
import re
import socket
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from tests.e2e.environment import make_everybody_due
from tests.support.plain_http import NO_TLS
from tests.support.program import running_service
from tests.support.smtp_server import SmtpServer
from tests.support.telegram_server import TelegramServer
from tests.web.all_paths import all_paths
from tests.web.running_site import RunningSite

ADA, BOB = "ada-lovelace@example.org", "bob-builder@example.org"
PAPER_HOSTS = {"arxiv.org", "huggingface.co"}
FETCHING_ATTRIBUTES = {"src", "srcset", "poster", "data", "background", "action", "formaction", "ping", "manifest"}
TOKEN = re.compile(r"/[upcd]/(?:\d+/)?([A-Za-z0-9_-]{22})")
SECRET = "a key of the test alone, long enough to sign"


def free_port() -> int:
    """Return a port that is free."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


async def wait_for_emails(mail: SmtpServer, address: str, count: int) -> list[str]:
    """Return the texts of the mails to an address once there are so many."""
    async with asyncio.timeout(200):
        while True:
            found = [one for one in mail.messages if address in one.recipients]
            if len(found) >= count:
                return [headers_and_text(one.raw) for one in found]
            await asyncio.sleep(0.05)


def headers_and_text(raw: bytes) -> str:
    """Return the whole text of a mail: its headers and its plain part."""
    message = message_from_bytes(raw, policy=default)
    assert isinstance(message, EmailMessage)
    part = message.get_body(("plain",))
    assert part is not None
    head = raw.partition(b"\r\n\r\n")[0].decode()
    return f"{head}\n{part.get_content()}"


async def test_no_token_address_or_code_stands_in_the_log_of_a_whole_conversation(
    tmp_path: Path, mail: SmtpServer, telegram: TelegramServer
) -> None:
    port = free_port()
    settings = {
        "DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path}/digest.db",
        **mail.settings,
        "MAIL_FROM": "Paper Digest <digest@example.org>",
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "WEB_PORT": str(port),
        "SECRET_KEY": SECRET,
        "LOG_LEVEL": "debug",
        "TELEGRAM_BOT_TOKEN": telegram.token,
        "TELEGRAM_API_URL": telegram.url,
    }
    async with (
        running_service(settings) as service,
        httpx.AsyncClient(base_url=settings["PUBLIC_URL"], timeout=60, verify=NO_TLS) as client,
    ):
        await service.wait_for_log("telegram: answering")
        await service.wait_for_log("report taken in")
        hidden = re.findall(r'name="form" value="([^"]*)"', (await client.get("/")).text)[0]
        for address in (ADA, ADA, "no address"):
            await client.post("/", data={"form": hidden, "scope": "all", "email": address})
        await client.get("/", params={"email": ADA, "lang": "zh"})
        (question,) = await wait_for_emails(mail, ADA, 1)
        confirm = only_token(question, "c")
        for _ in range(2):
            await client.get(f"/c/{confirm}")
            await client.post(f"/c/{confirm}", data={"token": confirm})
        telegram.user(42).send(f"/email {BOB}")
        (code_mail,) = await wait_for_emails(mail, BOB, 1)
        code = re.findall(r"/email (\d{6})", code_mail)[0]
        telegram.user(42).send(f"/email {code}")

        await make_everybody_due(settings)
        _, digest = await wait_for_emails(mail, ADA, 2)
        unsubscribe, preferences = only_token(digest, "u"), only_token(digest, "p")
        copy = re.findall(r"/d/\d+/[A-Za-z0-9_-]{22}", digest)[0]
        await client.get(copy)
        await client.get(f"{copy[:-1]}A")
        for do in ("save", "pause", "resume", "export", "erase"):
            await client.post(f"/p/{preferences}", data={"token": preferences, "do": do, "hour": "99:99"})
        await client.get(f"/p/{preferences}", params={"token": preferences}, headers={"Referer": preferences})
        await client.post(f"/u/{unsubscribe}", data={"List-Unsubscribe": "One-Click"})
        await client.get(f"/nowhere/{unsubscribe}")
        await client.put(f"/u/{unsubscribe}")
        await client.post(f"/p/{preferences}", data={"x": "y" * 70_000})
        broken = socket.create_connection(("127.0.0.1", port))
        broken.sendall(f"GET /u/{unsubscribe} HTTP/9\r\n\r\n".encode())
        broken.close()
        await client.post(f"/p/{preferences}", data={"token": preferences, "do": "erase really"})
        assert await service.stop() == 0

    log = re.sub(r"\x1b\[\d*m", "", "".join(service.log_lines))
    secrets = {
        "confirm": confirm,
        "unsubscribe": unsubscribe,
        "preferences": preferences,
        "copy": copy.rpartition("/")[2],
        "form": hidden.partition(".")[2],
        "code": code,
        "key": SECRET,
        "bot token": telegram.token.partition(":")[2],
        "Ada": "ada-lovelace",
        "Bob": "bob-builder",
    }
    assert {"/", "/u/{token}", "/p/{token}", "/c/{token}", "/d/{delivery}/{signature}"} <= set(
        re.findall(r"route=(\S+)", log)
    )
    assert [name for name, secret in secrets.items() if secret in log] == []
    assert not TOKEN.search(log)
    assert "Traceback" not in log


def only_token(text: str, kind: str) -> str:
    """Return the token of the one link of a kind in a mail."""
    (token,) = set(re.findall(rf"/{kind}/([A-Za-z0-9_-]{{22}})", text))
    return str(token)


class ResourceCollector(HTMLParser):
    """Collects what a page makes a browser fetch, and where it leads."""

    def __init__(self) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.links: list[str] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            if name in FETCHING_ATTRIBUTES or (tag == "link" and name == "href"):
                self.fetched.append(value or "")
            elif name == "href":
                self.links.append(value or "")
            assert name != "style"
            assert not name.startswith("on")
            assert name != "target"


async def test_no_page_tells_another_site_where_its_reader_was(site: RunningSite) -> None:
    addresses = await all_paths(site)
    hosts = set()

    for path in addresses.values():
        page = await site.client.get(path)
        assert page.headers["Referrer-Policy"] == "no-referrer"
        if not page.headers["Content-Type"].startswith("text/html"):
            continue
        found = ResourceCollector()
        found.feed(page.text)

        assert [one for one in found.fetched if urlsplit(one).netloc or urlsplit(one).scheme] == []
        assert found.tags & {"script", "iframe", "object", "embed", "img", "base", "style"} == set()
        hosts |= {urlsplit(one).hostname for one in found.links if urlsplit(one).netloc}

    assert hosts == PAPER_HOSTS
    style = (await site.client.get("/site.css")).text
    assert not re.search(r"url\(|@import|//[a-z]", re.sub(r"/\*.*?\*/", "", style, flags=re.DOTALL))
