"""A digest in Telegram: numbered, linked titles with as much of each paper as its layout has room for."""

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache

from digest.model import DetailLevel, Digest, EmptyReason, Locale, Paper, Section, SelectedPaper
from digest.model.message import Button, Keyboard, TelegramMessage
from digest.papers.domains import Taxonomy
from digest.render.paper import best_section, format_keywords
from digest.render.telegram.callback_data import Action, encode_callback
from digest.render.telegram.deep_links import paper_start_url
from digest.render.telegram.fragment import (
    EMPTY,
    MAX_MESSAGE_SIZE,
    RENDER_ERRORS,
    Fragment,
    MessageSize,
    bold,
    display_id,
    display_title,
    expandable_quote,
    is_valid_id,
    italic,
    join_fragments,
    link,
    pack_blocks,
    quote_url,
    section_fragment,
    text_fragment,
)
from digest.render.telegram.keyboards import number_button_rows
from digest.text import markdown as markup
from digest.text.i18n import Translator, translator_for
from digest.text.sanitize import to_one_line

FULL_CONTRIBUTION = 1000
"""Characters of a contribution that counts as whole; the seed's longest has 152."""

MAX_INNOVATIONS_LENGTH = 1200
"""Characters of the innovations that one paper of a digest may show at most."""


_MAX_QUOTE_SIZE = MessageSize(utf16_units=1600, raw_bytes=12_000, plain_units=1600, entities=24)
"""What a quote may take, so that its paper is never more than a message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TelegramEntry:
    """A paper as a digest lists it: everything its piece depends on, fit to be a cache's key.

    ``domain_note`` says its domains, or which of them are the reason why it is there; ``keyword_note`` which
    keywords are. ``innovations`` is Markdown as written. ``available`` is False for a paper that is not
    there.
    """

    id: str
    locale: Locale
    title: str = ""
    url: str = ""
    contribution: str = ""
    abstract_only: bool = False
    domain_note: str = ""
    keyword_note: str = ""
    innovations: str = ""
    detail_level: DetailLevel = DetailLevel.SHORT
    available: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderedTelegramEntry:
    """An entry made ready: its lines behind the number, and what its button says; None: nothing to open."""

    fragment: Fragment
    button_data: str | None


@lru_cache(maxsize=8192)
def render_entry(entry: TelegramEntry, contribution_length: int, innovations_length: int = 0) -> RenderedTelegramEntry:
    """Return an entry with at most ``contribution_length`` letters of its contribution.

    ``FULL_CONTRIBUTION`` adds the domains, 0 is none.

    ``innovations_length`` are the letters of its innovations, at most ``MAX_INNOVATIONS_LENGTH``, in a quote
    that opens on a tap. Never raises for what the paper holds; what cannot be shown says so, with its link.
    """
    if entry.available and is_valid_id(entry.id):
        with suppress(*RENDER_ERRORS):
            return RenderedTelegramEntry(
                fragment=_entry_fragment(entry, contribution_length, innovations_length),
                button_data=encode_callback(Action.PAPER, entry.id),
            )
    return RenderedTelegramEntry(fragment=_unavailable_fragment(entry), button_data=None)


def _entry_fragment(entry: TelegramEntry, contribution_length: int, innovations_length: int) -> Fragment:
    """Return the lines of an entry; where its plain twin names the address, it has less contribution."""
    whole = contribution_length >= FULL_CONTRIBUTION
    address = f"\n{entry.url}" if whole else f" [{entry.id}]"
    title = link(entry.title, entry.url, plain=entry.title + address)
    if entry.detail_level is DetailLevel.TITLES:
        return title
    notes = [note for note in (entry.keyword_note, entry.domain_note if whole else "") if note]
    if entry.abstract_only:
        notes.append(translator_for(entry.locale).gettext("abstract only"))
    note = italic(" · ".join(notes)) if notes else EMPTY
    contribution = _contribution_fragment(
        entry.contribution,
        contribution_length,
        contribution_length if whole else max(contribution_length - len(address), 0),
    )
    if whole or not note:
        return join_fragments([title, contribution, note, _innovations_quote(entry, innovations_length)])
    return join_fragments([title + text_fragment(" · ") + note, contribution])


def _innovations_quote(entry: TelegramEntry, max_length: int) -> Fragment:
    """Return the innovations in a folded quote; without their style where that is more than a quote takes."""
    if not max_length or not entry.innovations.strip():
        return EMPTY
    name = bold(translator_for(entry.locale).gettext("Main innovations"))
    tree = markup.truncate_document(markup.parse(entry.innovations), min(max_length, MAX_INNOVATIONS_LENGTH))
    for body in (section_fragment(tree, in_quote=True), text_fragment(markup.to_plain(tree))):
        quote = expandable_quote(join_fragments([name, body]))
        if body and quote.size.fits(_MAX_QUOTE_SIZE):
            return quote
    return EMPTY


def _contribution_fragment(markdown: str, max_length: int, max_plain_length: int) -> Fragment:
    text = to_one_line(markup.inline_plain(markdown)) if max_length else ""
    return text_fragment(markup.truncate(text, max_length), plain=markup.truncate(text, max_plain_length))


def _unavailable_fragment(entry: TelegramEntry) -> Fragment:
    name = display_id(entry.id)
    why = translator_for(entry.locale).gettext("could not be shown")
    said = text_fragment(f" · {why}")
    if not is_valid_id(entry.id):
        return text_fragment(name) + said
    url = Paper(id=entry.id, title="", url="").arxiv_url
    return link(name, url, plain=f"{name} ({quote_url(url)})") + said


CONTRIBUTION_LENGTHS = (FULL_CONTRIBUTION, 200, 160, 120, 100, 80, 70, 60, 50, 40, 30, 0)
"""Characters of each contribution; the greatest with which the digest takes the fewest messages is used."""

INNOVATIONS_LENGTHS = (
    MAX_INNOVATIONS_LENGTH,
    1000,
    800,
    700,
    600,
    500,
    450,
    400,
    350,
    300,
    250,
    200,
    160,
    120,
    90,
    60,
    0,
)
"""Characters of each paper's innovations below its whole contribution; contributions are cut after these."""

_SHORT_STEPS = tuple((most, 0) for most in CONTRIBUTION_LENGTHS)
_STEPS = {
    DetailLevel.TITLES: ((0, 0),),
    DetailLevel.SHORT: _SHORT_STEPS,
    DetailLevel.FULL: (*((FULL_CONTRIBUTION, new) for new in INNOVATIONS_LENGTHS), *_SHORT_STEPS),
}
"""What each layout tries in turn: letters of each contribution and of each paper's innovations."""

_MAX_MESSAGES = {DetailLevel.TITLES: 1, DetailLevel.SHORT: 1, DetailLevel.FULL: 4}
"""Messages that a layout may take; more only where titles alone take more."""

_MAX_NAMED_DOMAINS = 5
_MAX_NAME_LENGTH = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class _DigestBlock:
    """One paper in its place: what is packed."""

    fragment: Fragment
    button: Button | None

    @property
    def size(self) -> MessageSize:
        return self.fragment.size + MessageSize(buttons=1)


_Messages = tuple[tuple[_DigestBlock, ...], ...]


def digest_messages(
    digest: Digest,
    papers: Mapping[str, Paper],
    taxonomy: Taxonomy,
    *,
    bot_username: str | None = None,
    target_id: int | None = None,
) -> tuple[TelegramMessage, ...]:
    """Return the messages of a digest, cut only between papers; a later one answers the first, silently.

    ``bot_username`` is the bot's username where titles lead to it rather than to arXiv; ``target_id`` numbers
    the subscriber that the buttons act on, None for the chat in which they stand.
    """
    tr = translator_for(digest.locale)
    if not digest.papers:
        return (_empty_message(digest, taxonomy, tr, target_id),)
    entries = [_build_entry(pick, papers.get(pick.paper_id), digest, taxonomy, bot_username) for pick in digest.papers]
    header, footer = _header(digest, taxonomy, tr), _footer(digest, tr, bot_username)
    gap = "\n" if digest.detail_level is DetailLevel.TITLES else "\n\n"
    messages = _fit_messages(digest.detail_level, lambda step: _pack_entries(entries, step, gap, header, footer))
    ends = [EMPTY] * (len(messages) - 1) + [footer]
    return tuple(
        _build_message(blocks, gap, end, silent=digest.silent or at > 0, is_reply=at > 0)
        for at, (blocks, end) in enumerate(zip(messages, ends, strict=True))
    )


def _fit_messages(detail_level: DetailLevel, pack_at: Callable[[tuple[int, int]], _Messages]) -> _Messages:
    """Return the messages of the first step that takes no more than the layout may, or than titles alone do."""
    steps = _STEPS[detail_level]
    bound = max(len(pack_at(steps[-1])), _MAX_MESSAGES[detail_level])
    fits = bisect_left(steps, -bound, key=lambda step: -len(pack_at(step)))
    return pack_at(steps[fits])


def _pack_entries(
    entries: Sequence[TelegramEntry], step: tuple[int, int], separator: str, header: Fragment, footer: Fragment
) -> _Messages:
    """Cut the digest into messages; each keeps room for the footer, which stands in the last."""
    blocks = []
    for number, entry in enumerate(entries, start=1):
        one = render_entry(entry, *step)
        button = Button(text=str(number), callback_data=one.button_data) if one.button_data else None
        blocks.append(_DigestBlock(fragment=text_fragment(f"{number}. ") + one.fragment, button=button))
    blocks[0] = replace(blocks[0], fragment=join_fragments([header, blocks[0].fragment], "\n\n"))
    room = MAX_MESSAGE_SIZE - text_fragment("\n\n").size - footer.size
    return pack_blocks(blocks, lambda block: block.size, separator=text_fragment(separator).size, limit=room)


def _build_message(
    blocks: Sequence[_DigestBlock], separator: str, footer: Fragment, *, silent: bool, is_reply: bool
) -> TelegramMessage:
    whole = join_fragments([join_fragments([block.fragment for block in blocks], separator), footer], "\n\n")
    buttons = [block.button for block in blocks if block.button]
    return TelegramMessage(
        html=whole.html, plain=whole.plain, keyboard=number_button_rows(buttons), silent=silent, reply_to_first=is_reply
    )


def _build_entry(
    selected: SelectedPaper, paper: Paper | None, digest: Digest, taxonomy: Taxonomy, bot_username: str | None
) -> TelegramEntry:
    """Return what the piece of a pick depends on; a paper whose text makes no sense counts as missing."""
    locale = digest.locale
    missing = TelegramEntry(id=selected.paper_id, locale=locale, available=False)
    if paper is None:
        return missing
    with suppress(*RENDER_ERRORS):
        section = best_section(paper.sections)
        folds = digest.detail_level is DetailLevel.FULL and section is not Section.INNOVATIONS
        return TelegramEntry(
            id=paper.id,
            locale=locale,
            title=display_title(paper),
            url=(paper_start_url(bot_username, paper.id) if bot_username else None) or paper.arxiv_url,
            contribution=paper.sections[section] if section else "",
            abstract_only=paper.abstract_only,
            domain_note=_domain_note(selected, paper, digest, taxonomy),
            keyword_note=format_keywords(selected.matched_keywords, translator_for(locale)),
            innovations=paper.sections.get(Section.INNOVATIONS, "") if folds else "",
            detail_level=digest.detail_level,
        )
    return missing


def _domain_note(selected: SelectedPaper, paper: Paper, digest: Digest, taxonomy: Taxonomy) -> str:
    """Return the text that says which followed domains brought the paper; for a reader of one, which others it has."""
    tr = translator_for(digest.locale)
    if not selected.matched_domains:
        return _format_domains(paper.domains, digest.locale, taxonomy)
    if digest.subscribed_domains and len(digest.subscribed_domains) > 1:
        return tr.gettext(
            "Your domains: {domains}", domains=_format_domains(selected.matched_domains, digest.locale, taxonomy)
        )
    others = _format_domains(
        [slug for slug in paper.domains if slug not in selected.matched_domains], digest.locale, taxonomy
    )
    return tr.gettext("Also in: {domains}", domains=others) if others else ""


def _format_domains(slugs: Sequence[str], locale: Locale, taxonomy: Taxonomy) -> str:
    return " · ".join(
        to_one_line(taxonomy.name(slug, locale), max_length=_MAX_NAME_LENGTH) for slug in slugs[:_MAX_NAMED_DOMAINS]
    )


def _header(digest: Digest, taxonomy: Taxonomy, tr: Translator) -> Fragment:
    day = bold(tr.format_full_date(digest.date)) if digest.date else EMPTY
    mine = len(digest.papers)
    if mine < digest.candidate_count:
        count = tr.ngettext("{mine} of {n} new paper", "{mine} of {n} new papers", digest.candidate_count, mine=mine)
    else:
        count = tr.ngettext("{n} new paper", "{n} new papers", mine)
    followed = text_fragment(" · ".join(_subscribed_names(digest, taxonomy, tr)))
    if digest.subscribed_domains is None:
        return join_fragments([day, followed + text_fragment(f" · {count}")])
    return join_fragments([day, followed, text_fragment(count)])


def _subscribed_names(digest: Digest, taxonomy: Taxonomy, tr: Translator) -> list[str]:
    """Name what the reader follows, at most ``_MAX_NAMED_DOMAINS`` domains; the others are counted."""
    if digest.subscribed_domains is None:
        return [tr.gettext("Everything")]
    if not digest.subscribed_domains and digest.include_keywords:
        return [format_keywords(digest.include_keywords, tr)]
    names = [
        to_one_line(taxonomy.name(slug, digest.locale), max_length=_MAX_NAME_LENGTH)
        for slug in digest.subscribed_domains
    ]
    rest = len(names) - _MAX_NAMED_DOMAINS
    if rest <= 1:
        return names
    return [*names[:_MAX_NAMED_DOMAINS], tr.ngettext("{n} more domain", "{n} more domains", rest)]


def _footer(digest: Digest, tr: Translator, bot_username: str | None) -> Fragment:
    left_out = digest.omitted_count and tr.gettext("and {n} more: /today", n=digest.omitted_count)
    if digest.next_digest_at:
        moment = tr.format_datetime(digest.next_digest_at, digest.timezone)
        coming = tr.gettext("Next digest: {moment} · /settings", moment=moment)
    else:
        coming = "/settings"
    tap = (
        tr.gettext("Tap a number for a one-sentence summary, or a title to read more.")
        if bot_username
        else tr.gettext("Tap a number to read more.")
    )
    below = join_fragments([text_fragment(tap), text_fragment(coming)])
    return join_fragments([text_fragment(left_out), below], "\n\n") if left_out else below


def _empty_message(digest: Digest, taxonomy: Taxonomy, tr: Translator, target_id: int | None) -> TelegramMessage:
    """Return the one silent line that says why there is no paper."""
    line = text_fragment(_empty_reason(digest, taxonomy, tr))
    keyboard: Keyboard = ()
    if digest.empty_reason is EmptyReason.NO_DOMAINS_CHOSEN:
        keyboard = (
            (
                Button(
                    text=tr.gettext("Choose domains"),
                    callback_data=encode_callback(Action.DOMAINS, target_id=target_id),
                ),
            ),
        )
    if digest.empty_reason is EmptyReason.NONE_IN_DOMAINS:
        keyboard = (
            (
                Button(
                    text=tr.gettext("All papers of this day"),
                    callback_data=encode_callback(Action.TODAY, "all", target_id=target_id),
                ),
            ),
        )
    return TelegramMessage(html=line.html, plain=line.plain, keyboard=keyboard, silent=True)


def _empty_reason(digest: Digest, taxonomy: Taxonomy, tr: Translator) -> str:
    match digest.empty_reason:
        case EmptyReason.NONE_IN_DOMAINS if not digest.subscribed_domains and digest.include_keywords:
            return tr.ngettext(
                "No papers match your keywords today, {n} paper in total.",
                "No papers match your keywords today, {n} papers in total.",
                digest.candidate_count,
            )
        case EmptyReason.NONE_IN_DOMAINS:
            named = tr.format_list([f"“{name}”" for name in _subscribed_names(digest, taxonomy, tr)])
            return tr.ngettext(
                "No papers in {domains} today, {n} paper in total.",
                "No papers in {domains} today, {n} papers in total.",
                digest.candidate_count,
                domains=named,
            )
        case EmptyReason.NO_DOMAINS_CHOSEN:
            return tr.gettext("You follow no domains yet. Choose some, and your papers will come here.")
        case EmptyReason.NO_REPORT_YET:
            return tr.gettext("No report has arrived yet. Your papers come as soon as the first one is here.")
        case EmptyReason.NO_NEW_PAPERS | None:
            return tr.gettext("No new papers today.")
