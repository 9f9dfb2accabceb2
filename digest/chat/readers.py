"""One reader: who they are by any of their names, what they chose, and what became of their deliveries."""

import re
import unicodedata
from collections.abc import Sequence

from digest.chat.answers import readers as answers
from digest.chat.ask import Ask, Reply
from digest.chat.command_words import without_unseen
from digest.chat.house import House
from digest.email_address import normal_address
from digest.errors import BadRequest
from digest.model import Channel
from digest.overview import Card

_CHAT = re.compile(r"-?[0-9]{1,18}")
_NUMBER = re.compile(r"#([0-9]{1,18})")


async def user(house: House, ask: Ask) -> Reply:
    """Answer ``/user ID``: a Telegram id, ``#`` with a subscriber's number, or an email address."""
    word = unicodedata.normalize("NFKC", without_unseen(ask.text)).strip()
    if not word:
        return answers.how_to_ask(ask.words)
    if word.startswith("@"):
        return answers.no_names(ask.words)
    cards = await _found(house, word)
    if cards is None:
        return answers.how_to_ask(ask.words)
    if not cards:
        return answers.unknown(ask.words, word)
    own = ask.reader.preferences.zone if ask.reader else house.membership.defaults.zone
    return answers.cards(ask.words, house.taxonomy, cards, own)


async def _found(house: House, word: str) -> Sequence[Card] | None:
    """Give whom a word means; None where it cannot mean anybody.

    A bare number is a Telegram id, and a subscriber's number where no chat has it.
    """
    if number := _NUMBER.fullmatch(word):
        return await _numbered(house, int(number[1]))
    if _CHAT.fullmatch(word):
        return await house.cards.at(Channel.TELEGRAM, str(int(word))) or await _numbered(house, int(word))
    try:
        return await house.cards.at(Channel.EMAIL, normal_address(word))
    except BadRequest:
        return None


async def _numbered(house: House, number: int) -> Sequence[Card]:
    card = await house.cards.numbered(number)
    return [card] if card else []
