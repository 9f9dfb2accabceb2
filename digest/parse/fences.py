"""Code fences in one paper: which wrap its whole body, and which stand inside a section."""

from collections.abc import Sequence
from dataclasses import dataclass

from digest.parse.marks import Line, LineKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Fence:
    """Lines ``first`` to ``last`` (both are fence lines); not ``closed``: only ``first`` is one.

    ``wraps_body`` tells that it opens before the first section heading.
    """

    first: int
    last: int
    closed: bool
    wraps_body: bool


@dataclass(frozen=True, slots=True)
class _OpenFence:
    at: int
    char: str
    length: int
    wraps_body: bool


def find_fences(lines: Sequence[Line]) -> tuple[Fence, ...]:
    """Return the fences in order of their opening.

    A bare fence closes, one with an info word opens, also inside a fence that wraps the body: writers
    seldom make the outer fence longer, as CommonMark wants it.
    """
    fences: list[Fence] = []
    stack: list[_OpenFence] = []
    begun = False
    for at, mark in enumerate(lines):
        begun = begun or mark.kind is LineKind.SECTION
        if mark.kind is not LineKind.FENCE:
            continue
        char, length, info = _fence_parts(mark.text)
        top = stack[-1] if stack else None
        if top and not info and char == top.char and length >= top.length:
            stack.pop()
            fences.append(Fence(first=top.at, last=at, closed=True, wraps_body=top.wraps_body))
        elif top is None or (info and top.wraps_body):
            stack.append(_OpenFence(at, char, length, wraps_body=not begun))
    fences += [Fence(first=one.at, last=one.at, closed=False, wraps_body=one.wraps_body) for one in stack]
    return tuple(sorted(fences, key=lambda fence: fence.first))


def _fence_parts(text: str) -> tuple[str, int, str]:
    bare = text.strip()
    info = bare.lstrip(bare[0])
    return bare[0], len(bare) - len(info), info.strip()
