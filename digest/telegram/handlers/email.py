"""Email: linking an address by a code, and ending that."""

import re
import unicodedata

from digest.model import Channel, SubscriberProfile
from digest.services.email_linking import CODE_LIFETIME, MAX_CODES_PER_DAY, LinkResult, LinkStep
from digest.telegram.dependencies import HandlerDependencies
from digest.telegram.request import Request, Response, escape_user_text, html_response, join_lines
from digest.telegram.routes import Command
from digest.text.i18n import Translator, gettext_noop

_CODE = re.compile(r"\d{3}[ -]?\d{3}")
_UNLINK = re.compile(
    r"(?:off|stop|none|remove|unlink|关闭?|取消|解除|删除|退订)(?:\s+(?P<address>\S+))?", re.IGNORECASE
)


async def email(deps: HandlerDependencies, request: Request) -> Response:
    """Answer ``/email ADDRESS``, ``/email CODE``, ``/email off``, ``/email``."""
    text = unicodedata.normalize("NFKC", request.text).strip()
    if not text:
        return _email_status(request.tr, request.profile, email_folder=deps.email_folder)
    if off := _UNLINK.fullmatch(text):
        dropped = await deps.email_linking.unlink(request.target, off["address"])
        return _unlink_result(request.tr, tuple(dropped))
    if _CODE.fullmatch(text):
        linked = await deps.email_linking.confirm(request.target, re.sub(r"\D", "", text))
    elif "@" in text:
        linked = await deps.email_linking.send_code(request.target, text, locale=request.locale)
    else:
        return _invalid_address_or_code(request.tr)
    return _link_step_result(request.tr, linked, email_folder=deps.email_folder)


def _email_status(tr: Translator, profile: SubscriberProfile | None, *, email_folder: str | None) -> Response:
    linked = profile.active_addresses(Channel.EMAIL) if profile else ()
    if linked:
        told = tr.gettext(
            "Your digest also goes to {address}. To stop: <code>/email off</code>",
            address=escape_user_text(tr.format_list(linked)),
        )
    else:
        told = tr.gettext(
            "You can receive your digest by email too. Type your address: <code>/email "
            "you@example.org</code>. A code is sent there; send it back here."
        )
    return html_response(join_lines(told, _no_mail_server_note(tr, email_folder)))


def _no_mail_server_note(tr: Translator, email_folder: str | None) -> str:
    if email_folder is None:
        return ""
    return tr.gettext(
        "Note: no mail server is configured yet. Emails are written to the folder {folder} on the bot's "
        "machine, where its operator can read them.",
        folder=f"<code>{escape_user_text(email_folder)}</code>",
    )


def _link_step_result(  # noqa: PLR0911 - one return for each end
    tr: Translator, step: LinkStep, *, email_folder: str | None
) -> Response:
    address = escape_user_text(step.address)
    match step.result:
        case LinkResult.CODE_SENT:
            told = tr.ngettext(
                "A code was sent to {address}. It is valid for one minute. Send it here, for example "
                "<code>/email 123456</code>",
                "A code was sent to {address}. It is valid for {n} minutes. Send it here, for example "
                "<code>/email 123456</code>",
                int(CODE_LIFETIME.total_seconds()) // 60,
                address=address,
            )
            return html_response(join_lines(told, _no_mail_server_note(tr, email_folder)))
        case LinkResult.LINKED:
            return html_response(
                tr.gettext(
                    "Done. Your digest now also goes to {address}. To stop: <code>/email off</code>. "
                    "Delivery time: /settings",
                    address=address,
                )
            )
        case LinkResult.ALREADY_LINKED:
            return html_response(
                tr.gettext("{address} is already linked. To unlink it: <code>/email off</code>", address=address)
            )
        case LinkResult.WRONG_CODE:
            return html_response(_wrong_code(tr, step))
        case LinkResult.NO_PENDING_CODE:
            return html_response(
                tr.gettext(
                    "There is no pending code, or it has expired. Request a new one: <code>/email "
                    "you@example.org</code>"
                )
            )
        case LinkResult.TOO_MANY_CODES:
            return html_response(
                tr.ngettext(
                    "Only one code can be sent per day. Check your spam folder, or try again tomorrow.",
                    "Only {n} codes can be sent per day. Check your spam folder, or try again tomorrow.",
                    MAX_CODES_PER_DAY,
                )
            )
        case LinkResult.INVALID_ADDRESS:
            return _invalid_address_or_code(tr)


def _wrong_code(tr: Translator, step: LinkStep) -> str:
    if not step.tries_left:
        return tr.gettext(
            "That is not the code, and there are no attempts left. Request a new one: <code>/email {address}</code>",
            address=escape_user_text(step.address),
        )
    return tr.ngettext(
        "That is not the code sent to {address}. You have one attempt left.",
        "That is not the code sent to {address}. You have {n} attempts left.",
        step.tries_left,
        address=escape_user_text(step.address),
    )


def _invalid_address_or_code(tr: Translator) -> Response:
    return html_response(
        tr.gettext(
            "That is neither an email address nor a six-digit code. Type <code>/email "
            "you@example.org</code>, or <code>/email 123456</code> with the code you received."
        )
    )


def _unlink_result(tr: Translator, addresses: tuple[str, ...]) -> Response:
    if not addresses:
        return html_response(tr.gettext("No email address is linked. To link one: <code>/email you@example.org</code>"))
    return html_response(
        tr.gettext(
            "Done. Nothing more will be sent to {address}. Your digest still comes here; see /settings.",
            address=escape_user_text(tr.format_list(addresses)),
        )
    )


COMMANDS = (
    Command(
        name="email",
        handle=email,
        aliases=("邮箱", "邮件"),
        menu=gettext_noop("Receive the digest by email too"),
        help=(gettext_noop("/email – receive the digest by email too"),),
        personal=True,
        private_only=True,
    ),
)
