"""Packing blocks into messages."""

from itertools import chain, pairwise

from hypothesis import given
from hypothesis import strategies as st

from digest.render.telegram.fragment import MAX_MESSAGE_SIZE, MessageSize, pack_blocks

SIZES = st.builds(
    MessageSize,
    utf16_units=st.integers(0, 30),
    raw_bytes=st.integers(0, 60),
    plain_units=st.integers(0, 30),
    entities=st.integers(0, 3),
    buttons=st.integers(0, 2),
)
MESSAGE_LIMIT = MessageSize(utf16_units=30, raw_bytes=60, plain_units=30, entities=3, buttons=4)
GAP_SIZE = MessageSize(utf16_units=2, raw_bytes=2, plain_units=2)


def total_size(sizes: tuple[MessageSize, ...]) -> MessageSize:
    """Return what a message of these blocks takes, with the gaps between them."""
    taken = sizes[0]
    for size in sizes[1:]:
        taken = taken + GAP_SIZE + size
    return taken


@given(blocks=st.lists(SIZES, max_size=40))
def test_packing_keeps_every_block_in_order_and_the_room(blocks: list[MessageSize]) -> None:
    messages = pack_blocks(blocks, lambda size: size, separator=GAP_SIZE, limit=MESSAGE_LIMIT)

    assert list(chain.from_iterable(messages)) == blocks
    assert all(total_size(message).fits(MESSAGE_LIMIT) for message in messages)


@given(blocks=st.lists(SIZES, max_size=40))
def test_a_message_ends_only_where_the_next_block_does_not_fit(blocks: list[MessageSize]) -> None:
    messages = pack_blocks(blocks, lambda size: size, separator=GAP_SIZE, limit=MESSAGE_LIMIT)

    for message, following in pairwise(messages):
        assert not total_size((*message, following[0])).fits(MESSAGE_LIMIT)


def test_a_block_that_is_larger_than_a_message_stands_alone() -> None:
    small, large = MessageSize(utf16_units=1), MessageSize(utf16_units=31)

    messages = pack_blocks([small, large, small], lambda size: size, separator=GAP_SIZE, limit=MESSAGE_LIMIT)

    assert messages == ((small,), (large,), (small,))


def test_nothing_packs_into_no_message() -> None:
    assert pack_blocks([], lambda size: size, separator=GAP_SIZE, limit=MESSAGE_LIMIT) == ()


def test_our_message_is_smaller_than_telegrams() -> None:
    assert MAX_MESSAGE_SIZE.fits(
        MessageSize(utf16_units=4096, raw_bytes=32768, plain_units=4096, entities=100, buttons=100)
    )
