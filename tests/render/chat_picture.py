"""The picture of the chat: ``python -m tests.render.chat_picture --out docs/pictures/chat.png``.

What the bot says is the program's own output; the chat window around it is a page of ours.
"""

import argparse
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from jinja2 import Environment
from playwright.sync_api import Browser

from digest.chat.answers.following import subscribed
from digest.message import ChatPart
from digest.model import Candidate, Digest, Locale, Mark, Preferences, Reader, Subscriber
from digest.select import share
from digest.words import words_in
from tests.render.browser import chromium
from tests.render.chats import renderer
from tests.render.mails import DAY, seed, taxonomy

PAGE = Path(__file__).with_name("chat_page.html.j2")
SLUG = "robotics"
WIDTH = 940
SHARPNESS = 1.5
_COMMAND = re.compile(r"(?<![\w/<])/[a-z]+\b")
_QUOTE = re.compile(r"<blockquote expandable>(.*?)</blockquote>\n?", re.DOTALL)

Said = Mapping[str, object]


READER = Subscriber(
    id=1,
    preferences=Preferences(domains=(SLUG,), zone="Europe/Berlin"),
    created_at=datetime(2026, 1, 24, tzinfo=UTC),
    next_at=datetime(2026, 1, 25, 7, tzinfo=UTC),
)


def the_digest() -> Digest:
    """Give what a reader who follows one domain gets of the seed, as selection orders it."""
    candidates = [
        Candidate(paper=paper.id, seq=seq, date=DAY, domains=paper.domains)
        for seq, paper in enumerate(seed().values())
    ]
    return share(READER, candidates, edition=DAY, next_at=READER.next_at)


def phones() -> Sequence[Mapping[str, object]]:
    """Give both windows: a day's digest in English, and one paper of it in Chinese."""
    papers = seed()
    listed = the_digest()
    joined = subscribed(
        words_in(Locale.EN),
        taxonomy(),
        Reader(subscriber=READER, endpoints=()),
        before=(),
        asked=(SLUG,),
        waiting=len(listed.picks),
    )
    (digest,) = renderer().digest(listed, papers)
    before, shown, after = (pick.paper for pick in listed.picks[:3])
    paper = renderer().paper(
        papers[shown], Locale.ZH, first_seen=DAY, previous=before, next=after, mark=Mark()
    )
    return (
        {
            "scheme": "light",
            "lang": "en",
            "under": "bot",
            "field": "Message",
            "talk": (
                mine(f"/subscribe {SLUG}", "08:01"),
                theirs(joined.parts[0], "08:01"),
                mine("/today", "08:02"),
                theirs(digest, "08:02"),
            ),
        },
        {
            "scheme": "dark",
            "lang": "zh",
            "under": "机器人",
            "field": "输入消息",
            "talk": (mine("论文 2", "08:03"), theirs(paper, "08:03")),
        },
    )


def mine(text: str, at: str) -> Said:
    """Give what the reader says."""
    return {"mine": True, "html": text, "at": at, "keyboard": ()}


def theirs(part: ChatPart, at: str) -> Said:
    """Give what the bot says: quotes folded but the first, which was tapped, and commands coloured."""
    html = _QUOTE.sub(r"<blockquote><div>\1</div></blockquote>", part.html)
    html = html.replace("<blockquote>", '<blockquote class="open">', 1)
    html = _COMMAND.sub(lambda found: f'<span class="command">{found[0]}</span>', html)
    return {"mine": False, "html": html, "at": at, "keyboard": part.keyboard}


def draw(browser: Browser, file: Path) -> None:
    """Draw both windows into a PNG file."""
    page = Environment(autoescape=True).from_string(PAGE.read_text(encoding="utf-8"))
    context = browser.new_context(
        viewport={"width": WIDTH, "height": 900}, device_scale_factor=SHARPNESS, offline=True
    )
    window = context.new_page()
    window.set_content(page.render(phones=phones()))
    window.screenshot(path=file, full_page=True)
    context.close()


def main() -> None:
    """Draw the picture of the documentation."""
    parser = argparse.ArgumentParser(description="Draw the chat.")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    with chromium() as browser:
        draw(browser, arguments.out)


if __name__ == "__main__":
    main()
