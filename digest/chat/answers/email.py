"""Linking an email address."""

from digest.chat.ask import Reply, lines, said, shown
from digest.linking import CODE_LIFE, CODES_A_DAY, Linked, LinkEnd
from digest.model import Channel, Reader
from digest.words import Words


def state(words: Words, reader: Reader | None, *, mail_folder: str | None) -> Reply:
    """Tell which addresses are linked, and how to change that."""
    linked = reader.addresses(Channel.EMAIL) if reader else ()
    if linked:
        told = words.say(
            "Your digest also goes to {address}. To stop that: <code>/email off</code>",
            address=shown(words.listing(linked)),
        )
    else:
        told = words.say(
            "Your digest can come by email too. Type your address: <code>/email you@example.org</code>. "
            "I send a code there, and you answer with it."
        )
    return said(lines(told, without_server(words, mail_folder)))


def without_server(words: Words, mail_folder: str | None) -> str:
    """Say where mail goes while there is no mail server."""
    if mail_folder is None:
        return ""
    return words.say(
        "Please note: no mail server is set up here yet. Mail is written to the folder {folder} of the "
        "machine that runs me, where its operator can read it.",
        folder=f"<code>{shown(mail_folder)}</code>",
    )


def link_step(  # noqa: PLR0911 - one return for each end
    words: Words, linked: Linked, *, mail_folder: str | None
) -> Reply:
    """Tell how asking for a code, or answering with it, ended."""
    address = shown(linked.address)
    match linked.end:
        case LinkEnd.CODE_SENT:
            told = words.count(
                "I have sent a code to {address}; it is good for one minute. Send it here, such as "
                "<code>/email 123456</code>",
                "I have sent a code to {address}; it is good for {n} minutes. Send it here, such as "
                "<code>/email 123456</code>",
                int(CODE_LIFE.total_seconds()) // 60,
                address=address,
            )
            return said(lines(told, without_server(words, mail_folder)))
        case LinkEnd.LINKED:
            return said(
                words.say(
                    "Done: your digest now also goes to {address}. To stop that: <code>/email off</code>. "
                    "When it comes: /settings",
                    address=address,
                )
            )
        case LinkEnd.ALREADY_LINKED:
            return said(
                words.say(
                    "{address} is linked already. To end that: <code>/email off</code>", address=address
                )
            )
        case LinkEnd.WRONG_CODE:
            return said(_wrong_code(words, linked))
        case LinkEnd.NO_CODE:
            return said(
                words.say(
                    "No code is waiting here, or its time is over. "
                    "Ask for a new one: <code>/email you@example.org</code>"
                )
            )
        case LinkEnd.TOO_MANY_CODES:
            return said(
                words.count(
                    "One code a day is all I may send. Please look into your spam folder, or try again "
                    "tomorrow.",
                    "{n} codes a day are all I may send. Please look into your spam folder, or try again "
                    "tomorrow.",
                    CODES_A_DAY,
                )
            )
        case LinkEnd.NOT_AN_ADDRESS:
            return not_an_address(words)


def _wrong_code(words: Words, linked: Linked) -> str:
    if not linked.tries_left:
        return words.say(
            "That is not the code, and it was the last try. Ask for a new one: <code>/email {address}</code>",
            address=shown(linked.address),
        )
    return words.count(
        "That is not the code I sent to {address}. You have one more try.",
        "That is not the code I sent to {address}. You have {n} more tries.",
        linked.tries_left,
        address=shown(linked.address),
    )


def not_an_address(words: Words) -> Reply:
    """Say what an address and a code look like."""
    return said(
        words.say(
            "That is neither an email address nor a code of six digits. "
            "Type <code>/email you@example.org</code>, or <code>/email 123456</code> with the code you got."
        )
    )


def unlinked(words: Words, addresses: tuple[str, ...]) -> Reply:
    """Tell which addresses get nothing any more."""
    if not addresses:
        return said(words.say("No address is linked. To link one: <code>/email you@example.org</code>"))
    return said(
        words.say(
            "Done: {address} gets nothing more from me. Your digest still comes here; see /settings.",
            address=shown(words.listing(addresses)),
        )
    )
