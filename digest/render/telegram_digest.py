"""A digest in Telegram: numbered, linked titles with as much of each paper as its layout has room for."""

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache

from digest.callbacks import Action, callback
from digest.deep_links import paper_address
from digest.domains import Taxonomy
from digest.message import Button, ChatPart, Keyboard
from digest.model import Digest, Layout, Locale, Nothing, Paper, Pick, Section
from digest.render.keyword_line import keyword_line
from digest.render.number_rows import number_rows
from digest.render.one_line import one_line
from digest.render.packing import ONE_MESSAGE, Size, pack
from digest.render.piece import NOTHING, Piece, bold, joined, words
from digest.render.telegram_entry import MOST_NEW, UNSHOWABLE, WHOLE, Entry, shown, title_of
from digest.words import Words, words_in

LENGTHS = (WHOLE, 200, 160, 120, 100, 80, 70, 60, 50, 40, 30, 0)
"""Letters of each contribution; the greatest with which the digest takes the fewest messages is used."""

INNOVATIONS = (MOST_NEW, 1000, 800, 700, 600, 500, 450, 400, 350, 300, 250, 200, 160, 120, 90, 60, 0)
"""Letters of each paper's innovations below its whole contribution; contributions are cut after these."""

_SHORT = tuple((most, 0) for most in LENGTHS)
_STEPS = {
    Layout.TITLES: ((0, 0),),
    Layout.SHORT: _SHORT,
    Layout.FULL: (*((WHOLE, new) for new in INNOVATIONS), *_SHORT),
}
"""What each layout tries in turn: letters of each contribution and of each paper's innovations."""

_MESSAGES = {Layout.TITLES: 1, Layout.SHORT: 1, Layout.FULL: 4}
"""Messages that a layout may take; more only where titles alone take more."""

_NAMED = 5
_NAME = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class _Block:
    """One paper in its place: what is packed."""

    piece: Piece
    button: Button | None

    @property
    def size(self) -> Size:
        return self.piece.size + Size(buttons=1)


_Messages = tuple[tuple[_Block, ...], ...]


def digest_parts(
    digest: Digest, papers: Mapping[str, Paper], taxonomy: Taxonomy, *, bot: str | None = None
) -> tuple[ChatPart, ...]:
    """Give the messages of a digest, cut only between papers; a later one answers the first, silently.

    ``bot`` is the bot's username where titles lead to it rather than to arXiv.
    """
    say = words_in(digest.locale)
    if not digest.picks:
        return (_quiet(digest, taxonomy, say),)
    entries = [_entry(pick, papers.get(pick.paper), digest, taxonomy, bot) for pick in digest.picks]
    header, footer = _header(digest, taxonomy, say), _footer(digest, say, bot)
    gap = "\n" if digest.layout is Layout.TITLES else "\n\n"
    messages = _longest(digest.layout, lambda step: _packed(entries, step, gap, header, footer))
    ends = [NOTHING] * (len(messages) - 1) + [footer]
    return tuple(
        _part(blocks, gap, end, silent=digest.silent or at > 0, later=at > 0)
        for at, (blocks, end) in enumerate(zip(messages, ends, strict=True))
    )


def _longest(layout: Layout, packed: Callable[[tuple[int, int]], _Messages]) -> _Messages:
    """Give the messages of the first step that takes no more than the layout may, or than titles alone do."""
    steps = _STEPS[layout]
    bound = max(len(packed(steps[-1])), _MESSAGES[layout])
    fits = bisect_left(steps, -bound, key=lambda step: -len(packed(step)))
    return packed(steps[fits])


def _packed(
    entries: Sequence[Entry], step: tuple[int, int], gap: str, header: Piece, footer: Piece
) -> _Messages:
    """Cut the digest into messages; each keeps room for the footer, which stands in the last."""
    blocks = []
    for number, entry in enumerate(entries, start=1):
        one = shown(entry, *step)
        piece = _prefix(number) + one.piece
        blocks.append(_Block(piece=piece, button=_number(number, one.opens)))
    blocks[0] = replace(blocks[0], piece=joined([header, blocks[0].piece], "\n\n"))
    room = ONE_MESSAGE - words("\n\n").size - footer.size
    return pack(blocks, lambda block: block.size, gap=words(gap).size, room=room)


@lru_cache(maxsize=1024)
def _prefix(number: int) -> Piece:
    return words(f"{number}. ")


def _number(number: int, data: str | None) -> Button | None:
    return Button(text=str(number), data=data) if data else None


def _part(blocks: Sequence[_Block], gap: str, end: Piece, *, silent: bool, later: bool) -> ChatPart:
    whole = joined([joined([block.piece for block in blocks], gap), end], "\n\n")
    buttons = [block.button for block in blocks if block.button]
    return ChatPart(
        html=whole.html,
        plain=whole.plain,
        keyboard=number_rows(buttons),
        silent=silent,
        reply_to_first=later,
    )


def _entry(pick: Pick, paper: Paper | None, digest: Digest, taxonomy: Taxonomy, bot: str | None) -> Entry:
    """Give what the piece of a pick depends on; a paper whose text makes no sense counts as missing."""
    locale = digest.locale
    missing = Entry(id=pick.paper, locale=locale, known=False)
    if paper is None:
        return missing
    with suppress(*UNSHOWABLE):
        told = _best_section(paper)
        folds = digest.layout is Layout.FULL and told is not Section.INNOVATIONS
        return Entry(
            id=paper.id,
            locale=locale,
            title=title_of(paper),
            url=(paper_address(bot, paper.id) if bot else None) or paper.arxiv_url,
            contribution=paper.sections.get(told, "") if told else "",
            abstract_only=paper.abstract_only,
            about=_about(pick, paper, digest, taxonomy),
            found=keyword_line(pick.keywords, words_in(locale)),
            innovations=paper.sections.get(Section.INNOVATIONS, "") if folds else "",
            layout=digest.layout,
        )
    return missing


def _best_section(paper: Paper) -> Section | None:
    """Give the section that tells a paper best in one sentence, None where it has none."""
    order = (Section.CONTRIBUTION, Section.INNOVATIONS, Section.RESULTS, Section.AREA)
    return next((section for section in order if paper.sections.get(section, "").strip()), None)


def _about(pick: Pick, paper: Paper, digest: Digest, taxonomy: Taxonomy) -> str:
    """Say which followed domains brought the paper; for a reader of one, which others it has."""
    say = words_in(digest.locale)
    if not pick.reasons:
        return _names(paper.domains, digest.locale, taxonomy)
    if digest.follows and len(digest.follows) > 1:
        return say.say("For you: {domains}", domains=_names(pick.reasons, digest.locale, taxonomy))
    others = _names([slug for slug in paper.domains if slug not in pick.reasons], digest.locale, taxonomy)
    return say.say("Also in: {domains}", domains=others) if others else ""


def _names(slugs: Sequence[str], locale: Locale, taxonomy: Taxonomy) -> str:
    return " · ".join(one_line(taxonomy.name(slug, locale), most=_NAME) for slug in slugs[:_NAMED])


def _header(digest: Digest, taxonomy: Taxonomy, say: Words) -> Piece:
    day = bold(say.day(digest.date)) if digest.date else NOTHING
    mine = len(digest.picks)
    if mine < digest.total:
        tally = say.count("{mine} of {n} new paper", "{mine} of {n} new papers", digest.total, mine=mine)
    else:
        tally = say.count("{n} new paper", "{n} new papers", mine)
    followed = words(" · ".join(_followed(digest, taxonomy, say)))
    if digest.follows is None:
        return joined([day, followed + words(f" · {tally}")])
    return joined([day, followed, words(tally)])


def _followed(digest: Digest, taxonomy: Taxonomy, say: Words) -> list[str]:
    """Name what the reader follows, at most ``_NAMED`` domains; the others are counted."""
    if digest.follows is None:
        return [say.say("Everything")]
    if not digest.follows and digest.include:
        return [keyword_line(digest.include, say)]
    names = [one_line(taxonomy.name(slug, digest.locale), most=_NAME) for slug in digest.follows]
    rest = len(names) - _NAMED
    if rest <= 1:
        return names
    return [*names[:_NAMED], say.count("{n} more domain", "{n} more domains", rest)]


def _footer(digest: Digest, say: Words, bot: str | None) -> Piece:
    left_out = digest.left_out and say.say("and {n} more: /today", n=digest.left_out)
    if digest.next_at:
        moment = say.moment(digest.next_at, digest.zone)
        coming = say.say("Next digest: {moment} · /settings", moment=moment)
    else:
        coming = "/settings"
    tap = (
        say.say("Tap a number for one sentence, or a title to read more.")
        if bot
        else say.say("Tap a number to read more.")
    )
    below = joined([words(tap), words(coming)])
    return joined([words(left_out), below], "\n\n") if left_out else below


def _quiet(digest: Digest, taxonomy: Taxonomy, say: Words) -> ChatPart:
    """Give the one silent line that says why there is no paper."""
    line = words(_reason(digest, taxonomy, say))
    keyboard: Keyboard = ()
    if digest.nothing is Nothing.NO_DOMAINS_CHOSEN:
        keyboard = ((Button(text=say.say("Choose domains"), data=callback(Action.DOMAINS)),),)
    if digest.nothing is Nothing.NONE_IN_DOMAINS:
        keyboard = ((Button(text=say.say("All papers of the day"), data=callback(Action.TODAY, "all")),),)
    return ChatPart(html=line.html, plain=line.plain, keyboard=keyboard, silent=True)


def _reason(digest: Digest, taxonomy: Taxonomy, say: Words) -> str:
    match digest.nothing:
        case Nothing.NONE_IN_DOMAINS if not digest.follows and digest.include:
            return say.count(
                "Nothing with your keywords today, {n} paper in all.",
                "Nothing with your keywords today, {n} papers in all.",
                digest.total,
            )
        case Nothing.NONE_IN_DOMAINS:
            named = say.listing([f"“{name}”" for name in _followed(digest, taxonomy, say)])
            return say.count(
                "Nothing in {domains} today, {n} paper in all.",
                "Nothing in {domains} today, {n} papers in all.",
                digest.total,
                domains=named,
            )
        case Nothing.NO_DOMAINS_CHOSEN:
            return say.say("You follow no domain yet. Choose some, and your papers come here.")
        case Nothing.NO_REPORT_YET:
            return say.say("No report has come yet. As soon as the first one is here, your papers come.")
        case Nothing.NO_NEW_PAPERS | None:
            return say.say("No new papers today.")
