"""Addresses as a report writes them: bare, in angle brackets, as Markdown links, without a scheme."""

import re

from digest.arxiv import ArxivId, find_arxiv_id

_URL = re.compile(r"https?://[^\s<>()\[\]\"'`*，。；、（）【】《》]{1,2000}", re.IGNORECASE)
_BARE_URL = re.compile(
    r"(?:www\.)?(?:arxiv\.org|huggingface\.co)/[^\s<>()\[\]\"'`*，。；、（）【】《》]{1,500}", re.IGNORECASE
)


def find_url(text: str) -> str | None:
    """Return the first http or https address in ``text``, as written."""
    found = _URL.search(text)
    return found[0].rstrip(".,;:!?") if found else None


def find_paper_url(text: str, paper: ArxivId) -> str:
    """Return the address of ``paper`` in ``text`` as written, or the one at arXiv where only the id stands."""
    for found in _URL.finditer(text):
        if (other := find_arxiv_id(found[0])) and other.id == paper.id:
            return found[0].rstrip(".,;:!?")
    if hosted := _BARE_URL.search(text):
        return f"https://{hosted[0].rstrip('.,;:!?')}"
    version = f"v{paper.version}" if paper.version else ""
    return f"https://arxiv.org/abs/{paper.id}{version}"
