"""Email: linking an address by a code, and ending that."""

import re
import unicodedata

from digest.chat.answers import email as answers
from digest.chat.ask import Ask, Reply
from digest.chat.house import House

_CODE = re.compile(r"\d{3}[ -]?\d{3}")
_OFF = re.compile(
    r"(?:off|stop|none|remove|unlink|关闭?|取消|解除|删除|退订)(?:\s+(?P<address>\S+))?", re.IGNORECASE
)


async def email(house: House, ask: Ask) -> Reply:
    """Answer ``/email ADDRESS``, ``/email CODE``, ``/email off``, ``/email``."""
    text = unicodedata.normalize("NFKC", ask.text).strip()
    if not text:
        return answers.state(ask.words, ask.reader, mail_folder=house.mail_folder)
    if off := _OFF.fullmatch(text):
        dropped = await house.linking.unlink(ask.target, off["address"])
        return answers.unlinked(ask.words, tuple(dropped))
    if _CODE.fullmatch(text):
        linked = await house.linking.confirm(ask.target, re.sub(r"\D", "", text))
    elif "@" in text:
        linked = await house.linking.ask(ask.target, text, locale=ask.locale)
    else:
        return answers.not_an_address(ask.words)
    return answers.link_step(ask.words, linked, mail_folder=house.mail_folder)
