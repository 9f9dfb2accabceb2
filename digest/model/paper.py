"""A report and its papers, and what a reader does with one."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum


class Section(StrEnum):
    """The five sections of a paper, in reading order."""

    AREA = "area"
    CONTRIBUTION = "contribution"
    USAGE = "usage"
    INNOVATIONS = "innovations"
    RESULTS = "results"


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """One paper as a report tells of it.

    ``id`` is the arXiv id without its version (``2601.15876``) and the paper's key everywhere.
    ``summary_source`` is what the report's author read, as written (``HTML``, ``ArXiv Abs``), or None.
    ``sections`` holds Markdown as written; a section that the report lacks is absent.
    ``domains`` are taxonomy slugs, most telling first; empty until the paper was classified.
    """

    id: str
    title: str
    url: str
    version: int | None = None
    summary_source: str | None = None
    sections: Mapping[Section, str] = field(default_factory=dict)
    domains: tuple[str, ...] = ()

    @property
    def abstract_only(self) -> bool:
        """Return whether the summary was written from the abstract alone."""
        return self.summary_source is not None and "abs" in self.summary_source.lower()

    @property
    def arxiv_url(self) -> str:
        """Address of the abstract page at arXiv."""
        return f"https://arxiv.org/abs/{self.id}"

    @property
    def pdf_url(self) -> str:
        """Address of the PDF at arXiv."""
        return f"https://arxiv.org/pdf/{self.id}"

    @property
    def huggingface_url(self) -> str:
        """Address of the paper's page at Hugging Face."""
        return f"https://huggingface.co/papers/{self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something in a report that makes no sense, with its line (from 1)."""

    line: int
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What one report file says; what made no sense stands in ``problems``, in order."""

    date: dt.date | None
    source_url: str | None
    papers: tuple[Paper, ...]
    problems: tuple[Problem, ...] = ()


class Vote(IntEnum):
    """What a reader thinks of a paper."""

    UP = 1
    DOWN = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperFeedback:
    """What a reader did with a paper: kept it, liked it or not (``vote`` None: neither)."""

    saved: bool = False
    vote: Vote | None = None
