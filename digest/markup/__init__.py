"""Section Markdown as a language model writes it: one tree, and that as HTML, Telegram HTML, plain text."""

from digest.markup.as_html import to_html
from digest.markup.as_plain import to_plain
from digest.markup.as_telegram import to_telegram
from digest.markup.folded import inline_html, inline_plain, inline_telegram
from digest.markup.measure import telegram_entities, telegram_length, telegram_text, utf16_length
from digest.markup.prune import truncate_document
from digest.markup.reader import parse
from digest.markup.shorten import truncate
from digest.markup.tree import Document
from digest.markup.width import display_width, wrap

__all__ = [
    "Document",
    "display_width",
    "inline_html",
    "inline_plain",
    "inline_telegram",
    "parse",
    "telegram_entities",
    "telegram_length",
    "telegram_text",
    "to_html",
    "to_plain",
    "to_telegram",
    "truncate",
    "truncate_document",
    "utf16_length",
    "wrap",
]
