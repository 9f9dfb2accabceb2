"""A paper as plain text with all it has, for the terminal."""

from digest import markup
from digest.domains import Taxonomy
from digest.model import Locale, Paper, Section
from digest.words import Words, words_in

WIDTH = 96


def paper_text(paper: Paper, taxonomy: Taxonomy, locale: Locale) -> str:
    """Give a paper's title, addresses, domains and five sections, complete."""
    say = words_in(locale)
    version = f"v{paper.version}" if paper.version else ""
    head = [
        markup.inline_plain(paper.title),
        f"arXiv:{paper.id}{version} · {say.listing([taxonomy.name(slug, locale) for slug in paper.domains])}",
        f"{paper.arxiv_url} · {paper.pdf_url}",
        paper.huggingface_url,
    ]
    if paper.abstract_only:
        head.append(say.say("Summary written from the abstract only."))
    blocks = ["\n".join(head)]
    for section in Section:
        if text := paper.sections.get(section):
            body = markup.to_plain(markup.read(text), width=WIDTH)
            blocks.append(f"{section_name(section, say)}\n{body}")
    return "\n\n".join(blocks)


def section_name(section: Section, say: Words) -> str:
    """Give the name of a section for people."""
    match section:
        case Section.AREA:
            return say.say("Area")
        case Section.CONTRIBUTION:
            return say.say("Contribution in one sentence")
        case Section.USAGE:
            return say.say("How to use it")
        case Section.INNOVATIONS:
            return say.say("Main innovations")
        case Section.RESULTS:
            return say.say("Results")
