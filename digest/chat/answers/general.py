"""Hello, help, and what is said where a message means nothing or may not be obeyed."""

from digest.archive import Day
from digest.chat.ask import Reply, domain_buttons, lines, message, paragraphs, said, shown
from digest.domains import Taxonomy
from digest.message import ChatPart, Keyboard
from digest.model import Locale
from digest.words import Words


def strange_link(words: Words) -> ChatPart:
    """Say that a link that opened the chat means nothing; the greeting follows."""
    return message(
        words.say("I do not know what this link means; it may be cut off, or made for another bot.")
    )


def welcome(words: Words, day: Day | None, keyboard: Keyboard) -> Reply:
    """Greet a newcomer: what this is, what came today, and what to press."""
    return said(
        paragraphs(
            words.say(
                "<b>Paper Digest</b> reads the day's new research papers and sends you those you "
                "care about, at the hour you choose."
            )
            + _language_of_papers(words),
            lines(
                _today(words, day),
                words.say(
                    "What may I send you? Tap <b>Everything</b>, or the domains you want and then "
                    "<b>Done</b>. Or type <code>/subscribe robotics, 3d</code>."
                ),
            ),
        ),
        keyboard,
    )


def welcome_back(words: Words, day: Day | None, follows: str, delivery: str, keyboard: Keyboard) -> Reply:
    """Greet a reader who is known; ``follows`` names their domains, ``delivery`` is a whole sentence."""
    return said(
        paragraphs(
            lines(words.say("Good to see you. You follow {domains}.", domains=follows), delivery),
            lines(_today(words, day), words.say("Tap to change what you follow. All commands: /help")),
        ),
        keyboard,
    )


def _language_of_papers(words: Words) -> str:
    """Say it where the papers speak another language than the bot."""
    if words.locale is Locale.ZH:
        return ""
    return " " + words.say("Titles are as published; the summaries are in Chinese.")


def _today(words: Words, day: Day | None) -> str:
    if day is None:
        return words.say("The first report has not come yet; you will get it as soon as it does.")
    return words.count(
        "The newest report, {day}, has one paper.",
        "The newest report, {day}, has {n} papers.",
        day.papers,
        day=words.calendar_day(day.date),
    )


def help_text(words: Words, *, admin: bool) -> Reply:
    """List every command with an example."""
    commands = lines(
        words.say("<b>What you can say</b>"),
        words.say("/today – the newest papers; also <code>/today robotics</code> or a date"),
        words.say("/paper – one paper: <code>/paper 3</code> or <code>/paper 2601.15876</code>"),
        words.say("/search – all papers so far, by words: <code>/search robot world model</code>"),
        words.say("/saved – papers that you keep: <code>/saved add 3</code>"),
        words.say("<code>/paper good 3</code>, <code>/paper bad 3</code> – say what you think of one"),
        words.say("/subscribe – follow a domain: <code>/subscribe robotics</code>"),
        words.say("/unsubscribe – stop following it"),
        words.say("/domains – all of them, to tap on and off"),
        words.say("/settings – hour, time zone, rhythm, layout, keywords and more"),
        words.say("/email – get the digest by email too"),
        words.say("/groups – groups, channels and topics that get a digest of their own"),
        words.say("/pause and /resume – a break, as long as you like: <code>/pause two weeks</code>"),
        words.say("/mydata – everything I keep about you"),
        words.say("/forget – erase everything about you"),
    )
    hint = words.say(
        "The slash is not needed, English and Chinese both work, and you can send me any arXiv link."
    )
    return said(paragraphs(commands, _admin_help(words) if admin else "", hint))


def _admin_help(words: Words) -> str:
    return lines(
        words.say("<b>For you as an admin</b>"),
        words.say("/broadcast – a message to everybody, shown to you first"),
        words.say("/stats – readers, papers and deliveries in numbers"),
        words.say("/outbox – what is held, refused or waits, and why"),
        words.say("/health – how each part of the service does"),
        words.say("/user – one reader: <code>/user 123456789</code> or <code>/user ann@example.org</code>"),
        words.say("/upload – a report from a file; just send it to me"),
    )


def unknown_command(words: Words, nearest: str | None = None) -> Reply:
    """Answer a command that does not exist, or not for this person; ``nearest`` is one that does."""
    if nearest:
        return said(words.say("I do not know this command. Did you mean /{name}? All: /help", name=nearest))
    return said(words.say("I do not know this command. All that I know: /help"))


def not_understood(words: Words) -> Reply:
    """Answer a message without meaning."""
    return said(
        words.say(
            "I did not understand that. Send me an arXiv link, the name of a domain such as "
            "<code>robotics</code>, words to search for such as <code>/search world model</code>, or /help."
        )
    )


def offer_domains(words: Words, taxonomy: Taxonomy, slugs: tuple[str, ...], typed: str) -> Reply:
    """Answer somebody who just names domains: they can be followed, only shown, or searched for."""
    if len(slugs) == 1:
        told = words.say(
            "Would you like to follow this? Tap, or type <code>/subscribe {word}</code>. "
            "Only today's papers: <code>/today {word}</code>",
            word=slugs[0],
        )
    else:
        told = words.say(
            "Would you like to follow these? Tap, or type <code>/subscribe</code> with their names, such as "
            "<code>/subscribe {word}</code>.",
            word=shown(taxonomy.name(slugs[0], words.locale)),
        )
    search = words.say("To look for the words in all papers: <code>/search {word}</code>", word=shown(typed))
    return said(lines(told, search), domain_buttons(taxonomy, slugs[:8], words.locale))


def one_line(text: str) -> Reply:
    """Answer with a sentence of this file."""
    return said(text)


def slow_down(words: Words) -> Reply:
    """Answer the first command too many."""
    return said(words.say("That was a lot at once. Give me a minute, then I am listening again."))


def went_wrong(words: Words) -> str:
    """Say that we failed, not the person."""
    return words.say("Something went wrong here, and it was not you. Please try again in a minute.")


def administrators_only(words: Words) -> str:
    """Say in a group why nothing changed."""
    return words.say("Only administrators of this group can change what it gets.")


def in_private_only(words: Words) -> str:
    """Say in a group what belongs into a private chat."""
    return words.say("That is personal: please write to me in a private chat.")


def stale(words: Words) -> str:
    """Answer a button that means nothing any more."""
    return words.say("This button is too old. Send /today or /help and go on from there.")
