"""Email: linking an address by a code, and ending that."""

import re
import unicodedata

from digest.telegram.dependencies import HandlerDependencies
from digest.telegram.request import Request, Response
from digest.telegram.texts import email as answers

_CODE = re.compile(r"\d{3}[ -]?\d{3}")
_UNLINK = re.compile(
    r"(?:off|stop|none|remove|unlink|关闭?|取消|解除|删除|退订)(?:\s+(?P<address>\S+))?", re.IGNORECASE
)


async def email(deps: HandlerDependencies, request: Request) -> Response:
    """Answer ``/email ADDRESS``, ``/email CODE``, ``/email off``, ``/email``."""
    text = unicodedata.normalize("NFKC", request.text).strip()
    if not text:
        return answers.email_status(request.tr, request.profile, email_folder=deps.email_folder)
    if off := _UNLINK.fullmatch(text):
        dropped = await deps.email_linking.unlink(request.target, off["address"])
        return answers.unlink_result(request.tr, tuple(dropped))
    if _CODE.fullmatch(text):
        linked = await deps.email_linking.confirm(request.target, re.sub(r"\D", "", text))
    elif "@" in text:
        linked = await deps.email_linking.send_code(request.target, text, locale=request.locale)
    else:
        return answers.invalid_address_or_code(request.tr)
    return answers.link_step_result(request.tr, linked, email_folder=deps.email_folder)
