"""The sheets of mail: each template with its plain-text twin, compiled for a language and tried."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from jinja2 import TemplateError

from digest.errors import BadTemplate
from digest.links import MailLinks
from digest.model import AddressCode, Announcement, Digest, Locale, OptIn, Pick
from digest.render.mail_message import MailIdentity
from digest.render.mail_words import PLACES, MailWords, Values
from digest.render.paper_view import PaperView, SectionView
from digest.render.skeleton import Skeleton, environment_for, read, to_html


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One kind of mail in one language: HTML and plain text."""

    html: Skeleton
    text: Skeleton


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheets:
    """All kinds of mail in one language."""

    digest: Sheet
    quiet: Sheet
    announcement: Sheet
    code: Sheet
    opt_in: Sheet


def load_sheets(folder: Path, identity: MailIdentity) -> Mapping[Locale, Sheets]:
    """Compile and try every template of mail in every language; raises ``BadTemplate`` naming the file."""
    html = {kind: to_html(folder, f"{kind}.mjml.j2") for kind in Sheets.__slots__}
    text = {kind: read(folder, f"{kind}.txt.j2") for kind in Sheets.__slots__}
    return {locale: _sheets(locale, folder, html, text, identity) for locale in Locale}


def _sheets(
    locale: Locale, folder: Path, html: Mapping[str, str], text: Mapping[str, str], identity: MailIdentity
) -> Sheets:
    rich = environment_for(locale, folder, html=True)
    plain = environment_for(locale, folder, html=False)
    sheets = {
        kind: Sheet(
            html=Skeleton.cut(f"{kind}.mjml.j2", html[kind], rich, loop=kind == "digest"),
            text=Skeleton.cut(f"{kind}.txt.j2", text[kind], plain, loop=kind == "digest"),
        )
        for kind in html
    }
    for links in (PLACES, None):
        for kind, values in _samples(locale, identity, links).items():
            for skeleton in (sheets[kind].html, sheets[kind].text):
                _try(skeleton, values)
    return Sheets(**sheets)


def _try(skeleton: Skeleton, values: Values) -> None:
    """Fill a template with a made-up mail: a name that nobody knows is found now, not at the first send."""
    try:
        skeleton.whole.render(values)
    except (TemplateError, LookupError, TypeError, ValueError, OSError) as error:
        raise BadTemplate(f"templates/email/{skeleton.name}: {error}") from error


class _Slugs:
    """Names domains by their slug."""

    def name(self, slug: str, locale: Locale) -> str:
        """Give the slug."""
        return f"{slug} ({locale})"


def _samples(locale: Locale, identity: MailIdentity, links: MailLinks | None) -> Mapping[str, Values]:
    """Give made-up values for each kind of mail, every place of a template filled."""
    words = MailWords(identity=identity, names=_Slugs())
    pick = Pick(paper="2601.00001", reasons=("robotics",))
    digest = Digest(
        date=date(2026, 1, 24),
        locale=locale,
        picks=(pick,),
        total=9,
        follows=("robotics",),
        left_out=1,
        next_at=datetime(2026, 1, 25, 8, tzinfo=UTC),
    )
    section = SectionView(name="Results", body="…")
    papers = [
        PaperView(
            layout=layout,
            number="1",
            id=pick.paper,
            title="A title",
            reasons="robotics",
            others="vision",
            contribution="…",
            sections=(section,),
            abstract_only=True,
            shown=shown,
        )
        for layout in ("full", "short", "titles")
        for shown in (True, False)
    ]
    return {
        "digest": {**words.digest(digest, ["A title"], 1, links), "papers": papers},
        "quiet": words.quiet(digest, links),
        "announcement": words.announcement(
            Announcement(text="News: https://example.org", locale=locale, notice=links is None), links
        ),
        "code": words.code(AddressCode(code="123456", minutes=15, locale=locale)),
        "opt_in": words.opt_in(OptIn(nonce="", hours=48, locale=locale), "https://example.org/c/…"),
    }
