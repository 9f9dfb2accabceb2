"""Buttons with numbers in rows."""

import pytest

from digest.model.message import Button
from digest.render.telegram.keyboards import number_button_rows


@pytest.mark.parametrize(
    ("count", "rows"), [(0, []), (1, [1]), (8, [8]), (9, [5, 4]), (10, [5, 5]), (27, [7, 7, 7, 6])]
)
def test_number_buttons_stand_in_even_rows_of_at_most_eight(count: int, rows: list[int]) -> None:
    buttons = [Button(text=str(n), callback_data="x") for n in range(count)]

    keyboard = number_button_rows(buttons)

    assert [len(row) for row in keyboard] == rows
    assert [button for row in keyboard for button in row] == buttons
