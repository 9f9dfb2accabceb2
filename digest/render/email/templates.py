"""The sheets of mail: each template with its plain-text twin, compiled for a language and tried."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from jinja2 import TemplateError

from digest.model import Announcement, Digest, Locale, SelectedPaper, SignupConfirmation, VerificationCode
from digest.model.errors import InvalidTemplate
from digest.model.links import EmailLinks
from digest.render.email.context import LINK_PLACEHOLDERS, EmailContext, TemplateValues
from digest.render.email.mime import SenderIdentity
from digest.render.email.paper_context import PaperView, SectionView
from digest.render.email.split_template import SplitTemplate, build_environment, compile_mjml, read_template


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailTemplate:
    """One kind of mail in one language: HTML and plain text."""

    html: SplitTemplate
    text: SplitTemplate


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailTemplates:
    """All kinds of mail in one language."""

    digest: EmailTemplate
    empty_digest: EmailTemplate
    announcement: EmailTemplate
    verification_code: EmailTemplate
    signup_confirmation: EmailTemplate


FILE_NAMES = {
    "digest": "digest",
    "empty_digest": "quiet",
    "announcement": "announcement",
    "verification_code": "code",
    "signup_confirmation": "opt_in",
}
"""The files of each kind of mail, without their endings; docs/email.md names them for those who edit them."""


def load_email_templates(folder: Path, identity: SenderIdentity) -> Mapping[Locale, EmailTemplates]:
    """Compile and try every template of mail in every language.

    Raises ``InvalidTemplate`` naming the file.
    """
    html = {kind: compile_mjml(folder, f"{name}.mjml.j2") for kind, name in FILE_NAMES.items()}
    text = {kind: read_template(folder, f"{name}.txt.j2") for kind, name in FILE_NAMES.items()}
    return {locale: _compile_templates(locale, folder, html, text, identity) for locale in Locale}


def _compile_templates(
    locale: Locale, folder: Path, html: Mapping[str, str], text: Mapping[str, str], identity: SenderIdentity
) -> EmailTemplates:
    rich = build_environment(locale, folder, escape_html=True)
    plain = build_environment(locale, folder, escape_html=False)
    sheets = {
        kind: EmailTemplate(
            html=SplitTemplate.split(f"{FILE_NAMES[kind]}.mjml.j2", html[kind], rich, requires_loop=kind == "digest"),
            text=SplitTemplate.split(f"{FILE_NAMES[kind]}.txt.j2", text[kind], plain, requires_loop=kind == "digest"),
        )
        for kind in html
    }
    for links in (LINK_PLACEHOLDERS, None):
        for kind, values in _sample_values(locale, identity, links).items():
            for skeleton in (sheets[kind].html, sheets[kind].text):
                _check_template(skeleton, values)
    return EmailTemplates(**sheets)


def _check_template(template: SplitTemplate, values: TemplateValues) -> None:
    """Fill a template with a made-up mail: a name that nobody knows is found now, not at the first send."""
    try:
        template.full.render(values)
    except (TemplateError, LookupError, TypeError, ValueError, OSError) as error:
        raise InvalidTemplate(f"templates/email/{template.name}: {error}") from error


class _SlugNames:
    """Names domains by their slug."""

    def name(self, slug: str, locale: Locale) -> str:
        """Return the slug."""
        return f"{slug} ({locale})"


def _sample_values(locale: Locale, identity: SenderIdentity, links: EmailLinks | None) -> Mapping[str, TemplateValues]:
    """Return made-up values for each kind of mail, every place of a template filled."""
    words = EmailContext(identity=identity, domain_names=_SlugNames())
    pick = SelectedPaper(paper_id="2601.00001", matched_domains=("robotics",))
    digest = Digest(
        date=date(2026, 1, 24),
        locale=locale,
        papers=(pick,),
        candidate_count=9,
        subscribed_domains=("robotics",),
        omitted_count=1,
        next_digest_at=datetime(2026, 1, 25, 8, tzinfo=UTC),
    )
    section = SectionView(name="Results", body="…")
    papers = [
        PaperView(
            detail_level=layout,
            number="1",
            id=pick.paper_id,
            title="A title",
            matched_domains="robotics",
            other_domains="vision",
            contribution="…",
            sections=(section,),
            abstract_only=True,
            available=shown,
        )
        for layout in ("full", "short", "titles")
        for shown in (True, False)
    ]
    return {
        "digest": {**words.digest(digest, ["A title"], 1, links), "papers": papers},
        "empty_digest": words.empty_digest(digest, links),
        "announcement": words.announcement(
            Announcement(text="News: https://example.org", locale=locale, is_system=links is None), links
        ),
        "verification_code": words.verification_code(VerificationCode(code="123456", valid_minutes=15, locale=locale)),
        "signup_confirmation": words.signup_confirmation(
            SignupConfirmation(nonce="", valid_hours=48, locale=locale), "https://example.org/c/…"
        ),
    }
