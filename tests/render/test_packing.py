"""Packing blocks into messages."""

from itertools import chain, pairwise

from hypothesis import given
from hypothesis import strategies as st

from digest.render.packing import ONE_MESSAGE, Size, pack

SIZES = st.builds(
    Size,
    units=st.integers(0, 30),
    raw=st.integers(0, 60),
    plain=st.integers(0, 30),
    entities=st.integers(0, 3),
    buttons=st.integers(0, 2),
)
ROOM = Size(units=30, raw=60, plain=30, entities=3, buttons=4)
GAP = Size(units=2, raw=2, plain=2)


def total(sizes: tuple[Size, ...]) -> Size:
    """Give what a message of these blocks takes, with the gaps between them."""
    taken = sizes[0]
    for size in sizes[1:]:
        taken = taken + GAP + size
    return taken


@given(blocks=st.lists(SIZES, max_size=40))
def test_packing_keeps_every_block_in_order_and_the_room(blocks: list[Size]) -> None:
    messages = pack(blocks, lambda size: size, gap=GAP, room=ROOM)

    assert list(chain.from_iterable(messages)) == blocks
    assert all(total(message).fits(ROOM) for message in messages)


@given(blocks=st.lists(SIZES, max_size=40))
def test_a_message_ends_only_where_the_next_block_does_not_fit(blocks: list[Size]) -> None:
    messages = pack(blocks, lambda size: size, gap=GAP, room=ROOM)

    for message, following in pairwise(messages):
        assert not total((*message, following[0])).fits(ROOM)


def test_a_block_that_is_larger_than_a_message_stands_alone() -> None:
    small, large = Size(units=1), Size(units=31)

    messages = pack([small, large, small], lambda size: size, gap=GAP, room=ROOM)

    assert messages == ((small,), (large,), (small,))


def test_nothing_packs_into_no_message() -> None:
    assert pack([], lambda size: size, gap=GAP, room=ROOM) == ()


def test_our_message_is_smaller_than_telegrams() -> None:
    assert ONE_MESSAGE.fits(Size(units=4096, raw=32768, plain=4096, entities=100, buttons=100))
