"""What a mail says around its papers: subject, first lines, reasons, footer; values for the templates."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from digest.links import MailLinks
from digest.model import AddressCode, Announcement, Digest, Locale, Nothing, OptIn
from digest.render.keyword_line import KEYWORD
from digest.render.mail_message import MailIdentity
from digest.render.one_line import one_line, without_controls
from digest.words import Words, words_in

Values = Mapping[str, object]

PREHEADER = 140
"""Characters that a mailbox shows beside the subject, at most."""

SUBJECT = 44
"""Characters of a subject that two names of domains may take."""

NAMED = 3
"""So many domains are named in one sentence; the others are counted."""

PLACES = MailLinks(unsubscribe="\ufdd1", preferences="\ufdd2", copy="\ufdd3")
"""Stands in what is rendered once for many readers, in the place of each one's own links."""

_URL = re.compile(r"https?://[^\s<>\"“”‘’（）【】《》「」，。；：！？、]+")


class Names(Protocol):
    """Who knows the names of domains: the taxonomy."""

    def name(self, slug: str, locale: Locale) -> str:
        """Give the name of a domain in a language."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class MailWords:
    """Writes what stands around the papers of a mail."""

    identity: MailIdentity
    names: Names

    def digest(self, digest: Digest, titles: Sequence[str], more: int, links: MailLinks | None) -> Values:
        """Give the values for a digest with papers, of which the last ``more`` are counted, not shown."""
        words = words_in(digest.locale)
        return {
            **self._frame(digest, words, links),
            "subject": self._subject(digest, words),
            "preheader": one_line(" · ".join(filter(None, titles)), most=PREHEADER),
            "tally": self._tally(digest, words),
            "more": words.count(
                "{n} more paper did not fit into this mail.",
                "{n} more papers did not fit into this mail.",
                more,
            )
            if more
            else None,
            **_whole_day(digest, words, links),
            "left_out": words.count(
                "{n} more paper is for you, beyond the most that you asked for.",
                "{n} more papers are for you, beyond the most that you asked for.",
                digest.left_out,
            )
            if digest.left_out
            else None,
        }

    def quiet(self, digest: Digest, links: MailLinks | None) -> Values:
        """Give the values for a digest without papers: the reason why there is none."""
        words = words_in(digest.locale)
        headline, reason = _nothing(digest, words)
        subject = [headline, words.short_day(digest.date)] if digest.date else [headline]
        return {
            **self._frame(digest, words, links),
            "subject": " · ".join(subject),
            "preheader": reason,
            "headline": headline,
            "reason": reason,
        }

    def announcement(self, announcement: Announcement, links: MailLinks | None) -> Values:
        """Give the values for an admin's words, or for the program's own to an admin."""
        words = words_in(announcement.locale)
        text = without_controls(announcement.text.replace("\r\n", "\n")).strip()
        first = one_line(text.partition("\n")[0], most=80)
        return {
            **self._sender(links),
            "notice": announcement.notice,
            "subject": words.say("{name}: {first}", name=one_line(self.identity.sender_name), first=first),
            "preheader": one_line(text, most=PREHEADER),
            "text": text,
            "paragraphs": [
                [_with_links(line) for line in paragraph.split("\n")]
                for paragraph in re.split(r"\n[ \t]*\n\s*", text)
            ],
            "next_time": None,
        }

    def code(self, code: AddressCode) -> Values:
        """Give the values for the mail that proves an address; nothing that a stranger wrote is in it."""
        words = words_in(code.locale)
        good_for = words.count(
            "The code is good for {n} minute.", "The code is good for {n} minutes.", code.minutes
        )
        sender = self._sender(None)
        return {
            **sender,
            "subject": words.say("{code} is your code for {name}", code=code.code, name=sender["name"]),
            "preheader": good_for,
            "code": code.code,
            "good_for": good_for,
        }

    def opt_in(self, question: OptIn, confirm: str) -> Values:
        """Give the values for the question after a sign-up; nothing that a stranger wrote is in it."""
        words = words_in(question.locale)
        good_for = words.count(
            "The link is good for {n} hour.", "The link is good for {n} hours.", question.hours
        )
        sender = self._sender(None)
        return {
            **sender,
            "subject": words.say("Do you want {name}?", name=sender["name"]),
            "preheader": words.say("One click, and your papers come."),
            "confirm": confirm,
            "good_for": good_for,
        }

    def _sender(self, links: MailLinks | None) -> dict[str, object]:
        """Give what every mail says about us, and where it leads its reader."""
        postal = self.identity.postal_address
        return {
            "name": one_line(self.identity.sender_name),
            "postal": one_line(postal) if postal else None,
            "unsubscribe": links.unsubscribe if links else self.identity.mailto("unsubscribe"),
            "preferences": links.preferences if links else None,
            "web_copy": links.copy if links else None,
        }

    def _frame(self, digest: Digest, words: Words, links: MailLinks | None) -> dict[str, object]:
        """Give what every digest says: the day, why it came, when the next one comes."""
        return {
            **self._sender(links),
            "day": words.day(digest.date) if digest.date else None,
            "why": self._why(digest, words),
            "next_time": words.say(
                "The next digest comes on {time} ({zone}).",
                time=words.moment(digest.next_at, digest.zone),
                zone=digest.zone,
            )
            if digest.next_at
            else None,
        }

    def _why(self, digest: Digest, words: Words) -> str:
        """Say why this reader has this mail."""
        if digest.follows == () and digest.include:
            what = words.listing([f"“{one_line(word, most=KEYWORD)}”" for word in digest.include[:NAMED]])
            return words.say("You get this because you asked for papers about {words}.", words=what)
        if digest.follows == ():
            return words.say(
                "You get this because you read {name}.", name=one_line(self.identity.sender_name)
            )
        if digest.follows is None:
            what = words.say("every domain")
        else:
            what = self._some([f"“{self.names.name(slug, digest.locale)}”" for slug in digest.follows], words)
        if digest.since is None:
            return words.say("You get this because you follow {domains}.", domains=what)
        since = words.calendar_day(digest.since)
        return words.say("You get this because you follow {domains}, since {day}.", domains=what, day=since)

    def _some(self, named: Sequence[str], words: Words) -> str:
        """Name the first domains and count the others."""
        if len(named) <= NAMED + 1:
            return words.listing(named)
        rest = words.count("{n} other domain", "{n} other domains", len(named) - NAMED)
        return words.listing([*named[:NAMED], rest])

    def _matched(self, digest: Digest) -> list[str]:
        """Give the domains and keywords that brought papers, the one with most papers first."""
        tally = Counter(
            name
            for pick in digest.picks
            for name in (
                *(self.names.name(slug, digest.locale) for slug in pick.reasons),
                *(f"“{one_line(word, most=KEYWORD)}”" for word in pick.keywords),
            )
        )
        return [name for name, _ in tally.most_common()]

    def _subject(self, digest: Digest, words: Words) -> str:
        """Say how many papers, in which domains, of which day."""
        papers = len(digest.picks)
        parts = [words.count("{n} new paper", "{n} new papers", papers)]
        matched = self._matched(digest)
        if matched:
            named = 2 if len("".join(matched[:2])) <= SUBJECT else 1
            others = len(matched) - named
            parts.append(" / ".join(matched[:named]) + (f" +{others}" if others > 0 else ""))
        if digest.date:
            parts.append(words.short_day(digest.date))
        return " · ".join(parts)

    def _tally(self, digest: Digest, words: Words) -> str:
        """Say how many papers there are, how many of them are here, and for which domains."""
        total = words.count("{n} new paper", "{n} new papers", max(digest.total, len(digest.picks)))
        matched = self._matched(digest)
        if not matched:
            return total
        if len(matched) > NAMED + 1:
            rest = words.count("{n} other domain", "{n} other domains", len(matched) - NAMED)
            matched = [*matched[:NAMED], rest]
        mine = words.count("{n} for you", "{n} for you", len(digest.picks))
        return words.say("{total}, {mine}: {domains}", total=total, mine=mine, domains=" · ".join(matched))


def _whole_day(digest: Digest, words: Words, links: MailLinks | None) -> Values:
    """Give where the papers are that did not fit: on our own page where there is one."""
    if links and links.copy:
        return {"more_url": links.copy, "more_words": words.say("All of them on the web")}
    day = digest.date and f"https://huggingface.co/papers/date/{digest.date.isoformat()}"
    return {"more_url": day, "more_words": words.say("The whole list of the day")}


def _nothing(digest: Digest, words: Words) -> tuple[str, str]:
    """Say why there is no paper: a headline and a sentence or two."""
    match digest.nothing:
        case Nothing.NONE_IN_DOMAINS:
            new = words.count("{n} new paper came", "{n} new papers came", digest.total)
            return (
                words.say("Nothing in your domains today"),
                words.say("{new}, none of them in the domains that you follow. Enjoy the quiet.", new=new),
            )
        case Nothing.NO_DOMAINS_CHOSEN:
            return (
                words.say("You have not chosen a domain yet"),
                words.say(
                    "Send /domains to the bot in Telegram to see them all, and for example "
                    "/subscribe robotics to choose one. Then your papers come here."
                ),
            )
        case Nothing.NO_REPORT_YET:
            return (
                words.say("No report has come yet"),
                words.say("As soon as the first one is here, your papers come with the next digest."),
            )
        case Nothing.NO_NEW_PAPERS | None:
            return (
                words.say("No new papers today"),
                words.say(
                    "Nothing new has appeared since your last digest. "
                    "That is usual at weekends and on holidays."
                ),
            )


def _with_links(line: str) -> list[dict[str, object]]:
    """Cut a line into plain words and addresses; an address ends before the punctuation behind it."""
    pieces: list[dict[str, object]] = []
    at = 0
    for found in _URL.finditer(line):
        url = found.group().rstrip(".,;:!?'*_")
        if "(" not in url:
            url = url.rstrip(")]")
        pieces += [{"url": False, "text": line[at : found.start()]}, {"url": True, "text": url}]
        at = found.start() + len(url)
    return [*pieces, {"url": False, "text": line[at:]}]
