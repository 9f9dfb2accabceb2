"""Reports that an admin sends as a file: looked at, shown, and taken in after a yes."""

import re

import structlog
from telegram.error import TelegramError

from digest.chat.answers import broadcasting as broadcast_answers
from digest.chat.answers import uploads as answers
from digest.chat.ask import Ask, Reply, SentFile, said
from digest.chat.confirmations import TakeReport
from digest.chat.house import House
from digest.errors import NotAReport
from digest.render.one_line import one_line

MOST_BYTES = 5_000_000
_LONGEST_NAME = 100
_YES = re.compile(r"(?:yes|确认)\s+([0-9a-f]{8})", re.IGNORECASE)
_log = structlog.get_logger(__name__)


async def upload(house: House, ask: Ask) -> Reply:
    """Answer ``/upload`` by saying how, ``/upload yes KEY`` by taking the report in, and a file with it."""
    if ask.file:
        return await receive(house, ask, ask.file)
    confirmed = _YES.fullmatch(ask.text.strip())
    if not confirmed:
        return answers.how_to_upload(ask.words, MOST_BYTES)
    key = confirmed[1].lower()
    matter = house.confirmations.look(key, person=ask.person, target=ask.target, now=house.clock())
    if not isinstance(matter, TakeReport):
        return said(broadcast_answers.not_open(ask.words))
    house.confirmations.take(key, person=ask.person, target=ask.target, now=house.clock())
    return await take(house, ask, matter)


async def receive(house: House, ask: Ask, file: SentFile) -> Reply:
    """Answer a file: to an admin with what it holds and a question, to everybody else as no file is read."""
    if not ask.admin:
        return answers.no_files(ask.words)
    if file.size > MOST_BYTES:
        return answers.too_big(ask.words, MOST_BYTES)
    try:
        data = await file.fetch()
    except TelegramError as error:
        _log.warning("a file could not be fetched", kind=type(error).__name__, reason=error.message)
        return answers.not_fetched(ask.words)
    if len(data) > MOST_BYTES:
        return answers.too_big(ask.words, MOST_BYTES)
    name = one_line(file.name, most=_LONGEST_NAME)
    return await _look(house, ask, data, name)


async def _look(house: House, ask: Ask, data: bytes, name: str) -> Reply:
    try:
        outline = await house.archive.outline(data, name=name)
    except NotAReport as error:
        return answers.no_report(ask.words, name, str(error))
    if not outline.changes:
        return answers.nothing_new(ask.words, outline)
    matter = TakeReport(data=data, name=name)
    key = house.confirmations.ask(matter, person=ask.person, target=ask.target, now=house.clock())
    return answers.asked(ask.words, house.taxonomy, outline, key)


async def take(house: House, ask: Ask, matter: TakeReport) -> Reply:
    """Take the report in, and say who gets it when."""
    try:
        done = await house.archive.ingest(matter.data, name=matter.name)
    except NotAReport as error:
        return answers.no_report(ask.words, matter.name, str(error))
    _log.info("report taken in", file=matter.name, date=done.date.isoformat(), new=done.new, by=ask.person)
    zone = ask.reader.preferences.zone if ask.reader else house.membership.defaults.zone
    return answers.taken(ask.words, done, await house.overview.turns(), zone)
