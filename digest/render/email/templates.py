"""Templates of mail, compiled once and tried: MJML becomes an HTML skeleton, cut at its loop over the papers.

Jinja's tags travel through MJML as text, so that MJML runs when the service starts and never again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Self

import mjml
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template, TemplateError, nodes

from digest.model import Announcement, Digest, Locale, SelectedPaper, SignupConfirmation, VerificationCode
from digest.model.errors import InvalidTemplate
from digest.model.links import EmailLinks
from digest.render.email.context import LINK_PLACEHOLDERS, EmailContext, PaperView, SectionView, TemplateValues
from digest.render.email.mime import SenderIdentity
from digest.text.i18n import translator_for
from digest.text.sanitize import strip_controls


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitTemplate:
    """A template whole, and cut at ``{% for paper in papers %}``: before it, the loop's body, after it.

    A template without that loop has an empty ``loop_body`` and ``tail``.
    """

    name: str
    full: Template
    head: Template
    loop_body: Template
    tail: Template

    @classmethod
    def split(cls, name: str, source: str, environment: Environment, *, requires_loop: bool = False) -> Self:
        """Compile ``source`` whole and in its cuts; raises ``InvalidTemplate`` naming it.

        ``requires_loop`` True: it must have the loop, and outside of every ``{% if %}`` and other loop.
        """
        try:
            tree = environment.parse(source, name)
            at = next((i for i, node in enumerate(tree.body) if _is_paper_loop(node)), len(tree.body))
            inner = [node for found in tree.body[at : at + 1] for node in found.body]  # type: ignore[attr-defined]
            cuts = [_compile_nodes(body, environment) for body in (tree.body[:at], inner, tree.body[at + 1 :])]
            whole = environment.from_string(source)
        except TemplateError as error:
            raise InvalidTemplate(f"templates/email/{name}: {error}") from error
        if requires_loop and not inner:
            raise InvalidTemplate(f"templates/email/{name}: no {{% for paper in papers %}} that stands by itself")
        return cls(name=name, full=whole, head=cuts[0], loop_body=cuts[1], tail=cuts[2])


def _is_paper_loop(node: nodes.Node) -> bool:
    """Return whether this is the loop at which a skeleton is cut."""
    return isinstance(node, nodes.For) and isinstance(node.target, nodes.Name) and node.target.name == "paper"


def _compile_nodes(body: list[nodes.Node], environment: Environment) -> Template:
    """Compile a part of a template."""
    tree = nodes.Template(body, lineno=1)
    tree.set_environment(environment)
    return environment.from_string(tree)


def build_environment(locale: Locale, folder: Path, *, escape_html: bool) -> Environment:
    """Return the Jinja world of a language: ``gettext``, ``ngettext`` and ``lang`` stand in every template.

    An unknown name is an error, HTML is escaped, and no file is looked at again.
    """
    tr = translator_for(locale)
    environment = Environment(
        loader=FileSystemLoader(folder),
        autoescape=escape_html,  # noqa: S701 - a plain text has nothing to escape
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
    )
    environment.globals.update(gettext=tr.gettext, ngettext=tr.ngettext, lang=locale.value)
    return environment


def read_template(folder: Path, name: str) -> str:
    """Read a template; raises ``InvalidTemplate`` naming it."""
    try:
        return (folder / name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidTemplate(f"{folder / name} cannot be read: {error}") from error


def compile_mjml(folder: Path, name: str) -> str:
    """Compile an MJML template, its includes with it, to HTML in which Jinja's tags still stand.

    No web font is fetched. MRML passes tags that it does not know, or does not expect there, in silence:
    they are found here. Raises ``InvalidTemplate`` naming the file.
    """
    parts = {path.name: read_template(folder, path.name) for path in folder.glob("*.mjml.j2")}
    try:
        html: str = mjml.mjml2html(read_template(folder, name), fonts={}, include_loader=lambda path: parts[path])
    except ValueError as error:
        raise InvalidTemplate(f"{folder / name} is no MJML: {error}") from error
    left = html.find("<mj")
    if left >= 0:
        raise InvalidTemplate(f"{folder / name}: unknown or misplaced tag {html[left : left + 30]!r}")
    return html


def render_template(template: Template, values: Mapping[str, object]) -> str:
    """Fill a template; what no mail may carry (controls, lone surrogates) is left out."""
    return strip_controls(template.render(values))


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
