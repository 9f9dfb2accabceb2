"""Section Markdown as a language model writes it: one tree, and that as HTML, Telegram HTML, plain text."""

from digest.text.markdown.parser import parse
from digest.text.markdown.single_line import inline_html, inline_plain, inline_telegram
from digest.text.markdown.to_html import to_html
from digest.text.markdown.to_plain import to_plain
from digest.text.markdown.to_telegram import to_telegram
from digest.text.markdown.tree import Document
from digest.text.markdown.truncate import truncate_document
from digest.text.truncate import telegram_entities, telegram_length, telegram_text, truncate, utf16_length
from digest.text.width import display_width, wrap

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
