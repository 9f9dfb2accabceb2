"""Buttons with numbers in rows as even as can be, so that none stands wide and alone."""

from collections.abc import Sequence
from itertools import pairwise

from digest.message import Button, Keyboard

MAX_BUTTONS_PER_ROW = 8
"""Buttons that Telegram shows beside each other."""


def number_button_rows(buttons: Sequence[Button]) -> Keyboard:
    """Return the buttons in the fewest rows, none more than one button longer than another."""
    rows = -(-len(buttons) // MAX_BUTTONS_PER_ROW)
    if not rows:
        return ()
    least, longer = divmod(len(buttons), rows)
    ends = [0]
    for row in range(rows):
        ends.append(ends[-1] + least + (row < longer))
    return tuple(tuple(buttons[a:b]) for a, b in pairwise(ends))
