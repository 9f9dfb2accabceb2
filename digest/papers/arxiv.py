"""arXiv identifiers, found in whatever people and reports write."""

import re
from dataclasses import dataclass

_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {ord("。"): ord(".")}
_NEW_STYLE = re.compile(
    r"(?<![0-9])([0-9]{2})([0-9]{2})\.([0-9]{4,5})(?![0-9])(?:v([0-9]{1,3})(?![0-9a-z]))?", re.ASCII
)
_OLD_STYLE = re.compile(
    r"([a-z][a-z-]{1,8})(?:\.[a-z]{2})?/([0-9]{2})([0-9]{2})([0-9]{3})(?![0-9])(?:v([0-9]{1,3})(?![0-9a-z]))?"
)
_ARCHIVE_NAMES = """
    acc-phys adap-org alg-geom ao-sci astro-ph atom-ph bayes-an chao-dyn chem-ph cmp-lg comp-gas cond-mat cs
    dg-ga econ eess funct-an gr-qc hep-ex hep-lat hep-ph hep-th math math-ph mtrl-th nlin nucl-ex nucl-th
    patt-sol physics plasm-ph q-alg q-bio q-fin quant-ph solv-int stat supr-con
"""
_ARCHIVES = frozenset(_ARCHIVE_NAMES.split())
_MAX_MONTH = 12


@dataclass(frozen=True, slots=True)
class ArxivId:
    """An arXiv identifier: ``id`` without version and in lower case, ``version`` from 1 or None."""

    id: str
    version: int | None = None


def find_arxiv_id(text: str) -> ArxivId | None:
    """Find the first arXiv identifier in ``text``; None where there is none. Never raises, linear time.

    It may stand bare (``2601.15876``, ``cs/0501001``), behind ``arXiv:``, in an address of arXiv or
    Hugging Face, in a Markdown link, between words, and in full-width characters. The forms are those of
    https://info.arxiv.org/help/arxiv_identifier.html: five digits since 2015, four before, and until
    March 2007 archive/number, whose subject class (``math.GT/…``) is no part of the identifier.
    """
    plain = text.translate(_FULL_WIDTH).lower()
    found = [
        (match.start(), as_id) for match in _NEW_STYLE.finditer(plain) if (as_id := _parse_new_style(plain, match))
    ][:1]
    found += [
        (match.start(), as_id) for match in _OLD_STYLE.finditer(plain) if (as_id := _parse_old_style(plain, match))
    ][:1]
    return min(found, key=lambda one: one[0])[1] if found else None


def _parse_new_style(text: str, match: re.Match[str]) -> ArxivId | None:
    year, month, number = match[1], match[2], match[3]
    digits = 5 if year >= "15" else 4
    in_time = year + month >= "0704" and 1 <= int(month) <= _MAX_MONTH
    if not in_time or len(number) != digits or not _stands_alone(text, match.start()):
        return None
    return ArxivId(f"{year}{month}.{number}", int(match[4] or 0) or None)


def _parse_old_style(text: str, match: re.Match[str]) -> ArxivId | None:
    archive, year, month = match[1], match[2], match[3]
    in_time = year + month >= "9107" or year + month <= "0703"
    if archive not in _ARCHIVES or not in_time or not 1 <= int(month) <= _MAX_MONTH:
        return None
    before = text[match.start() - 1 : match.start()]
    if before.isascii() and before.isalnum():
        return None
    return ArxivId(f"{archive}/{year}{month}{match[4]}", int(match[5] or 0) or None)


def _stands_alone(text: str, start: int) -> bool:
    """Return whether a number at ``start`` stands alone, and is no part of a longer number or name."""
    before = text[start - 1 : start]
    if not before.isascii() or not (before.isalnum() or before == "."):
        return True
    return text[max(0, start - 6) : start].endswith(("arxiv", "arxiv."))
