"""Hello, help, and what is said where a message means nothing or may not be obeyed."""

from digest.model import Locale
from digest.model.message import Keyboard, TelegramMessage
from digest.papers.domains import Taxonomy
from digest.services.archive import ReportSummary
from digest.telegram.request import (
    Response,
    domain_buttons,
    escape_user_text,
    html_message,
    html_response,
    join_lines,
    join_paragraphs,
)
from digest.text.i18n import Translator


def unknown_link(tr: Translator) -> TelegramMessage:
    """Say that a link that opened the chat means nothing; the greeting follows."""
    return html_message(tr.gettext("I do not know what this link means; it may be cut off, or made for another bot."))


def welcome(tr: Translator, report: ReportSummary | None, keyboard: Keyboard) -> Response:
    """Greet a newcomer: what this is, what came today, and what to press."""
    return html_response(
        join_paragraphs(
            tr.gettext(
                "<b>Paper Digest</b> reads the day's new research papers and sends you those you "
                "care about, at the hour you choose."
            )
            + _papers_language_note(tr),
            join_lines(
                _newest_report_text(tr, report),
                tr.gettext(
                    "What may I send you? Tap <b>Everything</b>, or the domains you want and then "
                    "<b>Done</b>. Or type <code>/subscribe robotics, 3d</code>."
                ),
            ),
        ),
        keyboard,
    )


def welcome_back(
    tr: Translator, report: ReportSummary | None, subscriptions: str, next_digest: str, keyboard: Keyboard
) -> Response:
    """Greet a reader who is known.

    ``subscriptions`` names their domains, ``next_digest`` is a whole sentence.
    """
    return html_response(
        join_paragraphs(
            join_lines(tr.gettext("Good to see you. You follow {domains}.", domains=subscriptions), next_digest),
            join_lines(
                _newest_report_text(tr, report), tr.gettext("Tap to change what you follow. All commands: /help")
            ),
        ),
        keyboard,
    )


def _papers_language_note(tr: Translator) -> str:
    """Say it where the papers speak another language than the bot."""
    if tr.locale is Locale.ZH:
        return ""
    return " " + tr.gettext("Titles are as published; the summaries are in Chinese.")


def _newest_report_text(tr: Translator, report: ReportSummary | None) -> str:
    if report is None:
        return tr.gettext("The first report has not come yet; you will get it as soon as it does.")
    return tr.ngettext(
        "The newest report, {day}, has one paper.",
        "The newest report, {day}, has {n} papers.",
        report.paper_count,
        day=tr.format_long_date(report.date),
    )


def help_text(tr: Translator, *, admin: bool) -> Response:
    """List every command with an example."""
    commands = join_lines(
        tr.gettext("<b>What you can say</b>"),
        tr.gettext("/today – the newest papers; also <code>/today robotics</code> or a date"),
        tr.gettext("/paper – one paper: <code>/paper 3</code> or <code>/paper 2601.15876</code>"),
        tr.gettext("/search – all papers so far, by words: <code>/search robot world model</code>"),
        tr.gettext("/saved – papers that you keep: <code>/saved add 3</code>"),
        tr.gettext("<code>/paper good 3</code>, <code>/paper bad 3</code> – say what you think of one"),
        tr.gettext("/subscribe – follow a domain: <code>/subscribe robotics</code>"),
        tr.gettext("/unsubscribe – stop following it"),
        tr.gettext("/domains – all of them, to tap on and off"),
        tr.gettext("/settings – hour, time zone, rhythm, layout, keywords and more"),
        tr.gettext("/email – get the digest by email too"),
        tr.gettext("/groups – groups, channels and topics that get a digest of their own"),
        tr.gettext("/pause and /resume – a break, as long as you like: <code>/pause two weeks</code>"),
        tr.gettext("/mydata – everything I keep about you"),
        tr.gettext("/forget – erase everything about you"),
    )
    hint = tr.gettext("The slash is not needed, English and Chinese both work, and you can send me any arXiv link.")
    return html_response(join_paragraphs(commands, _admin_help(tr) if admin else "", hint))


def _admin_help(tr: Translator) -> str:
    return join_lines(
        tr.gettext("<b>For you as an admin</b>"),
        tr.gettext("/broadcast – a message to everybody, shown to you first"),
        tr.gettext("/stats – readers, papers and deliveries in numbers"),
        tr.gettext("/outbox – what is held, refused or waits, and why"),
        tr.gettext("/health – how each part of the service does"),
        tr.gettext("/user – one reader: <code>/user 123456789</code> or <code>/user ann@example.org</code>"),
        tr.gettext("/upload – a report from a file; just send it to me"),
    )


def unknown_command(tr: Translator, nearest: str | None = None) -> Response:
    """Answer a command that does not exist, or not for this person; ``nearest`` is one that does."""
    if nearest:
        return html_response(tr.gettext("I do not know this command. Did you mean /{name}? All: /help", name=nearest))
    return html_response(tr.gettext("I do not know this command. All that I know: /help"))


def not_understood(tr: Translator) -> Response:
    """Answer a message without meaning."""
    return html_response(
        tr.gettext(
            "I did not understand that. Send me an arXiv link, the name of a domain such as "
            "<code>robotics</code>, words to search for such as <code>/search world model</code>, or /help."
        )
    )


def domains_offer(tr: Translator, taxonomy: Taxonomy, slugs: tuple[str, ...], typed: str) -> Response:
    """Answer somebody who just names domains: they can be followed, only shown, or searched for."""
    if len(slugs) == 1:
        told = tr.gettext(
            "Would you like to follow this? Tap, or type <code>/subscribe {word}</code>. "
            "Only today's papers: <code>/today {word}</code>",
            word=slugs[0],
        )
    else:
        told = tr.gettext(
            "Would you like to follow these? Tap, or type <code>/subscribe</code> with their names, such as "
            "<code>/subscribe {word}</code>.",
            word=escape_user_text(taxonomy.name(slugs[0], tr.locale)),
        )
    search = tr.gettext(
        "To look for the words in all papers: <code>/search {word}</code>", word=escape_user_text(typed)
    )
    return html_response(join_lines(told, search), domain_buttons(taxonomy, slugs[:8], tr.locale))


def sentence_response(text: str) -> Response:
    """Answer with a sentence of this file."""
    return html_response(text)


def rate_limited(tr: Translator) -> Response:
    """Answer the first command too many."""
    return html_response(tr.gettext("That was a lot at once. Give me a minute, then I am listening again."))


def internal_error(tr: Translator) -> str:
    """Say that we failed, not the person."""
    return tr.gettext("Something went wrong here, and it was not you. Please try again in a minute.")


def group_admins_only(tr: Translator) -> str:
    """Say in a group why nothing changed."""
    return tr.gettext("Only administrators of this group can change what it gets.")


def private_chat_only(tr: Translator) -> str:
    """Say in a group what belongs into a private chat."""
    return tr.gettext("That is personal: please write to me in a private chat.")


def stale_button(tr: Translator) -> str:
    """Answer a button that means nothing any more."""
    return tr.gettext("This button is too old. Send /today or /help and go on from there.")
