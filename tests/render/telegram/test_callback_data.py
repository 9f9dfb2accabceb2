"""What an inline button says, there and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.render.telegram.callback_data import Action, CallbackData, decode_callback, encode_callback

arguments = st.text(st.characters(exclude_categories=["Cs"], exclude_characters=":"), min_size=1, max_size=12)


@given(
    action=st.sampled_from(Action), said=st.lists(arguments, max_size=2).filter(lambda a: len("".join(a).encode()) < 55)
)
def test_a_button_says_what_it_was_given(action: Action, said: list[str]) -> None:
    data = encode_callback(action, *said)

    assert len(data.encode()) <= 64
    assert decode_callback(data) == CallbackData(action, tuple(said))


@given(data=st.text(max_size=80))
def test_whatever_comes_back_is_a_press_or_nothing(data: str) -> None:
    press = decode_callback(data)

    assert press is None or data.startswith(("1:", "1@"))


def test_what_is_not_ours_is_nothing() -> None:
    for data in ("", "1", "1:", "2:p:2601.00001", "1:zz", "p:2601.00001", "0x1:p"):
        assert decode_callback(data) is None, data


def test_a_button_that_says_too_much_is_our_mistake() -> None:
    with pytest.raises(ValueError, match="64"):
        encode_callback(Action.PAPER, "题" * 21)
    with pytest.raises(ValueError, match="colon"):
        encode_callback(Action.SET_PREFERENCE, "hour", "08:00")


def test_the_first_argument_of_none_is_nothing() -> None:
    assert CallbackData(Action.DOMAINS).first_arg == ""
    assert CallbackData(Action.PAPER, ("2601.00001", "x")).first_arg == "2601.00001"
