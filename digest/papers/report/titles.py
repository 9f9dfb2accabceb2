"""A paper's title without its dress; the words themselves stay as they are.

Addresses as a report writes them: bare, in angle brackets, as Markdown links, without a scheme.
"""

import re

from digest.papers.arxiv import ArxivId, find_arxiv_id
from digest.papers.report.labels import is_link_row

_TITLE_PREFIX = re.compile(
    r"[#＃]{1,6}(?=\s|\*|📄)|[📄📃📑📝📰📜🗞]\ufe0f?"
    r"|[-*+•](?=\s)|>(?=\s)"
    r"|[0-9]{1,3}[.、．](?=\s|\*|\[)|[0-9]{1,3}、|[(（\[【]?[0-9]{1,3}[)）\]】](?=\s)|[①-⑳]|[0-9]{1,2}\ufe0f?\u20e3"
    r"|[一二三四五六七八九十]{1,3}、"
    r"|(?:论文标题|論文標題|论文题目|論文題目|标题|標題|title|(?:论文|論文|paper)\s?[0-9一二三四五六七八九十]{1,3})\s?[:：]",
    re.IGNORECASE,
)
_LINK = re.compile(r"\[([^\[\]]{1,2000})\]\(([^()\s]{1,2000})\)")
_NUMBER = r"[0-9]{4}\.[0-9]{4,5}(?:v[0-9]{1,2})?"
_ID = rf"(?:arxiv\s?[:：]?\s?)?{_NUMBER}"
_TAIL = re.compile(
    r"(?:\[(?P<words>[^\[\]]{1,80})\]\([^()\s]{1,300}\)"
    r"|(?<![\](])[(（\[【<]?https?://[^\s()（）\[\]【】<>]{1,300}[)）\]】>]?"
    rf"|[(（\[【<]{_ID}[)）\]】>]"
    rf"|(?<=\s)arxiv\s?[:：]?\s?{_NUMBER})$",
    re.IGNORECASE,
)
_LEADING_ID = re.compile(rf"[(（\[【]?{_ID}[)）\]】]?\s?[:：|·-]?\s(?=\S)", re.IGNORECASE)
_MAX_TAIL = 400
_TAIL_SEPARATORS = " |｜·•,，:：/—-"
_MAX_ROUNDS = 8


def clean_title(line: str) -> tuple[str, str]:
    """Return the words of a title line, and the address where the whole title is a Markdown link, or ``""``."""
    text, url = _strip_closing_hashes(" ".join(line.split())), ""
    for _ in range(_MAX_ROUNDS):
        before = text
        if dress := _TITLE_PREFIX.match(text):
            text = text[dress.end() :].strip()
        text = _strip_arxiv_ids(_strip_bold(text))
        if link := _LINK.fullmatch(text):
            text, url = link[1].strip(), link[2]
        if text == before:
            break
    return text, url


def _strip_arxiv_ids(text: str) -> str:
    """Return a title without the arXiv id or the links that stand before or behind its words."""
    text = text[front.end() :] if (front := _LEADING_ID.match(text)) else text
    tail = _TAIL.search(text, max(0, len(text) - _MAX_TAIL))
    if tail is None or not (is_link_row(tail[0]) if tail["words"] else find_arxiv_id(tail[0])):
        return text
    return text[: tail.start()].rstrip(_TAIL_SEPARATORS) or text


def _strip_closing_hashes(text: str) -> str:
    bare = text.rstrip("#")
    return bare.rstrip() if text.startswith("#") and bare.endswith(" ") else text


def _strip_bold(text: str) -> str:
    for run in ("***", "**", "__"):
        inner = text[len(run) : -len(run)]
        if len(text) > 2 * len(run) and text.startswith(run) and text.endswith(run) and run not in inner:
            return inner.strip()
    return text


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
