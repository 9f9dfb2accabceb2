"""A newcomer in a browser without JavaScript: signs up, says yes, receives, changes their mind, leaves."""

import re
import socket
from collections.abc import AsyncIterator
from email.message import EmailMessage

import httpx
import pytest
from playwright.async_api import Page, async_playwright

from digest.model import EndpointState, SubscriberProfile, Target
from digest.model.clock import system_clock
from digest.storage import open_store
from tests.e2e.environment import ROBOTICS_PAPERS, make_everybody_due, plain_text_of, wait_for_emails
from tests.support.browser import CHROMIUM
from tests.support.plain_http import NO_TLS
from tests.support.program import running_service
from tests.support.smtp_server import SmtpServer

ADA = "ada@example.org"


@pytest.fixture
def port() -> int:
    """Return a port that is free."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    """Return a browser's page without JavaScript, as narrow as a phone."""
    if not CHROMIUM.exists():
        pytest.fail("Chromium is missing: apt-get install -y chromium fonts-noto-cjk")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        context = await browser.new_context(
            java_script_enabled=False, viewport={"width": 360, "height": 800}, locale="en-GB"
        )
        yield await context.new_page()
        await browser.close()


def links_by_label(message: EmailMessage) -> dict[str, str]:
    """Return the links of a mail's plain text by the words before them."""
    return dict(re.findall(r"^(\w[\w ]+): (http://127\S+)\s*$", plain_text_of(message), re.MULTILINE))


async def load_profile(settings: dict[str, str], address: str) -> SubscriberProfile | None:
    """Return who reads at an address."""
    store = await open_store(settings["DATABASE_URL"], system_clock)
    try:
        return await store.subscribers.find_profile(Target.email(address))
    finally:
        await store.close()


async def submit_signup(page: Page, url: str) -> None:
    """Ask for robotics, and press Enter in the field of the address."""
    await page.goto(url)
    await page.get_by_label("Your email address").fill(ADA)
    await page.get_by_label("Only these domains:").check()
    await page.get_by_label("Robotics").check()
    await page.get_by_label("Your email address").press("Enter")
    assert await page.get_by_role("heading").first.inner_text() == "Check your inbox"


async def change_preferences(page: Page, url: str) -> None:
    """Choose everything, at another hour in another place and language."""
    await page.goto(url)
    await page.get_by_label("Everything", exact=True).check()
    await page.get_by_label("Delivery time").fill("06:45")
    await page.get_by_label("Time zone").select_option("Asia/Tokyo")
    await page.get_by_label("中文").check()
    await page.get_by_role("button", name="Save").click()
    assert await page.get_by_role("status").inner_text() == "已保存。"


async def test_a_newcomer_signs_up_receives_changes_and_leaves(
    tmp_path: object, mail: SmtpServer, port: int, page: Page
) -> None:
    settings = {
        "DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path}/digest.db",
        **mail.settings,
        "MAIL_FROM": "Paper Digest <digest@example.org>",
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "WEB_PORT": str(port),
        "LOG_LEVEL": "debug",
    }
    async with running_service(settings) as service:
        await service.wait_for_log("report taken in")
        await submit_signup(page, settings["PUBLIC_URL"])

        (question,) = await wait_for_emails(mail, 1)
        found = re.search(rf"{settings['PUBLIC_URL']}/c/\S+", plain_text_of(question))
        assert found
        await page.goto(found[0])
        assert await load_profile(settings, ADA) is None
        await page.get_by_role("button", name="Yes, send me the papers").press("Enter")
        assert "Subscription confirmed" in await page.inner_text("main")

        await make_everybody_due(settings)
        _, digest = await wait_for_emails(mail, 2)
        assert set(re.findall(r"arxiv\.org/abs/([\d.]+)", plain_text_of(digest))) == ROBOTICS_PAPERS
        links = links_by_label(digest)
        assert digest["List-Unsubscribe"].startswith(f"<{links['Unsubscribe']}>, <mailto:")
        assert digest["Archived-At"] == f"<{links['Read on the web']}>"

        await page.goto(links["Read on the web"])
        assert await page.locator("article").count() == len(ROBOTICS_PAPERS)
        assert ADA not in await page.content()

        await change_preferences(page, links["Preferences"])
        reader = await load_profile(settings, ADA)
        assert reader is not None
        chosen = reader.preferences
        assert (chosen.domains, chosen.send_minute, chosen.timezone, chosen.locale) == (None, 405, "Asia/Tokyo", "zh")

        async with httpx.AsyncClient(timeout=60, verify=NO_TLS) as mailbox:
            answer = await mailbox.post(links["Unsubscribe"], data={"List-Unsubscribe": "One-Click"})
        assert answer.status_code == 200
        after = await load_profile(settings, ADA)
        assert after is not None
        assert [one.state for one in after.endpoints] == [EndpointState.UNSUBSCRIBED]
        await page.goto(links["Unsubscribe"])
        assert "您已退订" in await page.inner_text("main")

        await make_everybody_due(settings)
        assert await service.stop() == 0

    log = "".join(service.log_lines)
    tokens = [link.rpartition("/")[2] for link in (found[0], *links.values())]
    assert [secret for secret in (*tokens, ADA) if secret in log] == []
    assert "route=/u/{token}" in re.sub(r"\x1b\[\d*m", "", log)
    assert len(mail.messages) == 2
