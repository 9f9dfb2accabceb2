"""Section Markdown as a language model writes it: one tree, and that as HTML, Telegram HTML, plain text."""

from digest.markup.as_html import to_html
from digest.markup.as_plain import to_plain
from digest.markup.as_telegram import to_telegram
from digest.markup.folded import inline_html, inline_plain, inline_telegram
from digest.markup.measure import telegram_entities, telegram_length, telegram_text, utf16_length
from digest.markup.prune import shorten_tree
from digest.markup.reader import read
from digest.markup.shorten import shorten
from digest.markup.tree import Tree
from digest.markup.width import columns, wrap

__all__ = [
    "Tree",
    "columns",
    "inline_html",
    "inline_plain",
    "inline_telegram",
    "read",
    "shorten",
    "shorten_tree",
    "telegram_entities",
    "telegram_length",
    "telegram_text",
    "to_html",
    "to_plain",
    "to_telegram",
    "utf16_length",
    "wrap",
]
