"""How much of each paper a digest shows, within its bound of bytes."""

from hypothesis import given
from hypothesis import strategies as st

from digest.model import Layout
from digest.render.layout import FULL_AT_MOST, lay_out

ORDER = [Layout.FULL, Layout.SHORT, Layout.TITLES]
SIZES = {Layout.FULL: 1000, Layout.SHORT: 100, Layout.TITLES: 10}


def size(_at: int, layout: Layout) -> int:
    """Give papers that are all alike."""
    return SIZES[layout]


def test_few_papers_are_shown_whole() -> None:
    assert lay_out(5, size, room=5_000, more=10) == (Layout.FULL,) * 5


def test_more_papers_are_shown_with_one_sentence_each() -> None:
    assert lay_out(6, size, room=90_000, more=10) == (Layout.SHORT,) * 6


def test_few_papers_that_are_too_long_are_shown_with_one_sentence_each() -> None:
    assert lay_out(2, size, room=1_999, more=10) == (Layout.SHORT,) * 2


def test_the_last_papers_keep_their_title_alone_where_room_is_short() -> None:
    assert lay_out(6, size, room=330, more=10) == (Layout.SHORT,) * 3 + (Layout.TITLES,) * 3


def test_what_was_too_big_once_shows_titles_alone() -> None:
    assert lay_out(3, size, room=9999, more=10, wanted=Layout.TITLES) == (Layout.TITLES,) * 3
    assert lay_out(10, size, room=60, more=20, wanted=Layout.TITLES) == (Layout.TITLES,) * 4


def test_who_wants_papers_whole_gets_as_many_whole_as_fit_and_the_others_with_a_sentence() -> None:
    assert lay_out(8, size, room=8_000, more=10, wanted=Layout.FULL) == (Layout.FULL,) * 8
    assert lay_out(8, size, room=2_600, more=10, wanted=Layout.FULL) == (
        (Layout.FULL,) * 2 + (Layout.SHORT,) * 6
    )
    assert lay_out(6, size, room=330, more=10, wanted=Layout.FULL) == (
        (Layout.SHORT,) * 3 + (Layout.TITLES,) * 3
    )


def test_what_does_not_fit_at_all_leaves_room_for_the_line_that_counts_it() -> None:
    assert lay_out(10, size, room=60, more=20) == (Layout.TITLES,) * 4


@given(
    sizes=st.lists(st.tuples(st.integers(1, 90), st.integers(1, 90), st.integers(1, 90)), max_size=12),
    room=st.integers(0, 600),
    wanted=st.sampled_from(Layout),
)
def test_whatever_the_sizes_the_papers_shown_fit_and_get_poorer_downwards(
    sizes: list[tuple[int, int, int]], room: int, wanted: Layout
) -> None:
    def of(at: int, layout: Layout) -> int:
        return sum(sizes[at][ORDER.index(layout) :])

    shown = lay_out(len(sizes), of, room=room, more=15, wanted=wanted)

    assert sum(of(at, layout) for at, layout in enumerate(shown)) <= (
        room if len(shown) == len(sizes) else max(room - 15, 0)
    )
    assert [ORDER.index(layout) for layout in shown] == sorted(ORDER.index(layout) for layout in shown)
    assert wanted is Layout.FULL or len(sizes) <= FULL_AT_MOST or Layout.FULL not in shown
    assert wanted is not Layout.TITLES or set(shown) <= {Layout.TITLES}
