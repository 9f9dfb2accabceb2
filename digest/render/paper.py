"""What every channel says about a paper: keywords, section names, and the whole as plain text."""

from collections.abc import Mapping, Sequence

from digest.model import Locale, Paper, Section
from digest.papers.domains import Taxonomy
from digest.text import markdown
from digest.text.i18n import Translator, translator_for
from digest.text.sanitize import to_one_line

MAX_KEYWORD_LENGTH = 40
"""Characters of one keyword."""

_MAX_KEYWORDS = 5
_PLAIN_TEXT_WIDTH = 96


def format_keywords(keywords: Sequence[str], tr: Translator) -> str:
    """Name the first keywords; "" where there are none."""
    named = [to_one_line(word, max_length=MAX_KEYWORD_LENGTH) for word in keywords[:_MAX_KEYWORDS]]
    if not named:
        return ""
    return tr.ngettext("Keyword: {words}", "Keywords: {words}", len(named), words=", ".join(named))


def best_section(sections: Mapping[Section, str]) -> Section | None:
    """Return the section that tells a paper best in one sentence, None where it has none."""
    order = (Section.CONTRIBUTION, Section.INNOVATIONS, Section.RESULTS, Section.AREA)
    return next((section for section in order if sections.get(section, "").strip()), None)


def section_name(section: Section, tr: Translator) -> str:
    """Return the name of a section for people."""
    match section:
        case Section.AREA:
            return tr.gettext("Area")
        case Section.CONTRIBUTION:
            return tr.gettext("Contribution in one sentence")
        case Section.USAGE:
            return tr.gettext("How to use it")
        case Section.INNOVATIONS:
            return tr.gettext("Main innovations")
        case Section.RESULTS:
            return tr.gettext("Results")


def format_paper(paper: Paper, taxonomy: Taxonomy, locale: Locale) -> str:
    """Return a paper's title, addresses, domains and five sections, complete."""
    tr = translator_for(locale)
    version = f"v{paper.version}" if paper.version else ""
    head = [
        markdown.inline_plain(paper.title),
        f"arXiv:{paper.id}{version} · {tr.format_list([taxonomy.name(slug, locale) for slug in paper.domains])}",
        f"{paper.arxiv_url} · {paper.pdf_url}",
        paper.huggingface_url,
    ]
    if paper.abstract_only:
        head.append(tr.gettext("Summary written from the abstract only."))
    blocks = ["\n".join(head)]
    for section in Section:
        if text := paper.sections.get(section):
            body = markdown.to_plain(markdown.parse(text), width=_PLAIN_TEXT_WIDTH)
            blocks.append(f"{section_name(section, tr)}\n{body}")
    return "\n\n".join(blocks)
