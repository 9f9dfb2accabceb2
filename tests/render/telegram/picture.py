"""The picture of the chat: ``python -m tests.render.telegram.picture --out docs/pictures/chat.png``.

What the bot says is the program's own output; the chat window around it is a page of ours.
"""

import argparse
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from jinja2 import Environment
from playwright.sync_api import Browser

from digest.model import Candidate, Digest, Locale, PaperFeedback, Preferences, Subscriber, SubscriberProfile, Target
from digest.model.message import TelegramMessage
from digest.services.selection import select_papers
from digest.telegram.handlers.subscribe import subscribe_result
from digest.telegram.request import Request
from tests.render.email.sample_emails import DAY, seed_papers_by_id, seed_taxonomy
from tests.render.telegram.sample_messages import make_renderer
from tests.support.browser import run_chromium

PAGE = Path(__file__).with_name("chat_page.html.j2")
SLUG = "robotics"
WIDTH = 940
SCALE_FACTOR = 1.5
_COMMAND = re.compile(r"(?<![\w/<])/[a-z]+\b")
_QUOTE = re.compile(r"<blockquote expandable>(.*?)</blockquote>\n?", re.DOTALL)

ChatBubble = Mapping[str, object]


SAMPLE_SUBSCRIBER = Subscriber(
    id=1,
    preferences=Preferences(domains=(SLUG,), timezone="Europe/Berlin"),
    created_at=datetime(2026, 1, 24, tzinfo=UTC),
    next_digest_at=datetime(2026, 1, 25, 7, tzinfo=UTC),
)


def sample_digest() -> Digest:
    """Return what a reader who follows one domain gets of the seed, as selection orders it."""
    candidates = [
        Candidate(paper_id=paper.id, seq=seq, date=DAY, domains=paper.domains)
        for seq, paper in enumerate(seed_papers_by_id().values())
    ]
    return select_papers(SAMPLE_SUBSCRIBER, candidates, edition=DAY, next_at=SAMPLE_SUBSCRIBER.next_digest_at)


def phone_windows() -> Sequence[Mapping[str, object]]:
    """Return both windows: a day's digest in English, and one paper of it in Chinese."""
    papers = seed_papers_by_id()
    listed = sample_digest()
    joined = subscribe_result(
        Request(target=Target.telegram(42), user_id=42, locale=Locale.EN),
        seed_taxonomy(),
        SubscriberProfile(subscriber=SAMPLE_SUBSCRIBER, endpoints=()),
        before=(),
        requested=(SLUG,),
        waiting_count=len(listed.papers),
    )
    (digest,) = make_renderer().render_digest(listed, papers)
    before, shown, after = (pick.paper_id for pick in listed.papers[:3])
    paper = make_renderer().render_paper(
        papers[shown], Locale.ZH, first_seen=DAY, previous_id=before, next_id=after, feedback=PaperFeedback()
    )
    return (
        {
            "scheme": "light",
            "lang": "en",
            "under": "bot",
            "field": "Message",
            "talk": (
                user_bubble(f"/subscribe {SLUG}", "08:01"),
                bot_bubble(joined.messages[0], "08:01"),
                user_bubble("/today", "08:02"),
                bot_bubble(digest, "08:02"),
            ),
        },
        {
            "scheme": "dark",
            "lang": "zh",
            "under": "机器人",
            "field": "输入消息",
            "talk": (user_bubble("论文 2", "08:03"), bot_bubble(paper, "08:03")),
        },
    )


def user_bubble(text: str, at: str) -> ChatBubble:
    """Return what the reader says."""
    return {"mine": True, "html": text, "at": at, "keyboard": ()}


def bot_bubble(part: TelegramMessage, at: str) -> ChatBubble:
    """Return what the bot says: quotes folded but the first, which was tapped, and commands coloured."""
    html = _QUOTE.sub(r"<blockquote><div>\1</div></blockquote>", part.html)
    html = html.replace("<blockquote>", '<blockquote class="open">', 1)
    html = _COMMAND.sub(lambda found: f'<span class="command">{found[0]}</span>', html)
    return {"mine": False, "html": html, "at": at, "keyboard": part.keyboard}


def draw_chat(browser: Browser, file: Path) -> None:
    """Draw both windows into a PNG file."""
    page = Environment(autoescape=True).from_string(PAGE.read_text(encoding="utf-8"))
    context = browser.new_context(
        viewport={"width": WIDTH, "height": 900}, device_scale_factor=SCALE_FACTOR, offline=True
    )
    window = context.new_page()
    window.set_content(page.render(phones=phone_windows()))
    window.screenshot(path=file, full_page=True)
    context.close()


def main() -> None:
    """Draw the picture of the documentation."""
    parser = argparse.ArgumentParser(description="Draw the chat.")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    with run_chromium() as browser:
        draw_chat(browser, arguments.out)


if __name__ == "__main__":
    main()
