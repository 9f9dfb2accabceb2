"""A paper's title without its style; the words themselves stay as they are. The head's date and source.

Addresses as a report writes them: bare, in angle brackets, as Markdown links, without a scheme.
"""

import datetime as dt
import re
from collections.abc import Sequence

from digest.model import Problem
from digest.papers.arxiv import ArxivId, find_arxiv_id
from digest.papers.report.headings import Field
from digest.papers.report.lines import Line, LineKind, is_link_row

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


_DATE = re.compile(
    r"(?<![0-9])([0-9]{4})\s?(?:[-/.年\u2010-\u2015])\s?([0-9]{1,2})\s?(?:[-/.月\u2010-\u2015])\s?([0-9]{1,2})(?![0-9])"
)
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}


def parse_date(marks: Sequence[Line]) -> tuple[dt.date | None, tuple[Problem, ...]]:
    """Return the date of the head, from its date line or its title, or None with the problem."""
    lines = [(at, mark.value) for at, mark in enumerate(marks) if mark.field is Field.DATE]
    lines += [(at, mark.text) for at, mark in enumerate(marks) if mark.kind is LineKind.TEXT]
    for _, text in lines:
        if date := _find_date(text):
            return date, ()
    line = lines[0][0] + 1 if lines else 1
    return None, (Problem(line=line, message="The head names no date that exists."),)


def _find_date(text: str) -> dt.date | None:
    for found in _DATE.finditer(text.translate(_FULL_WIDTH)):
        try:
            return dt.date(int(found[1]), int(found[2]), int(found[3]))
        except ValueError:
            continue
    return None


def find_source_url(lines: Sequence[Line]) -> str | None:
    """Return the address that the head names as its source, or None."""
    for mark in lines:
        if mark.field in {Field.SOURCE, Field.LINK} and (url := find_url(mark.value)):
            return url
    return None
