"""How much of each paper a digest shows, within its bound of bytes."""

from hypothesis import given
from hypothesis import strategies as st

from digest.model import DetailLevel
from digest.render.email.renderer import MAX_FULL_PAPERS, choose_detail_levels

ORDER = [DetailLevel.FULL, DetailLevel.SHORT, DetailLevel.TITLES]
SIZES = {DetailLevel.FULL: 1000, DetailLevel.SHORT: 100, DetailLevel.TITLES: 10}


def size_of(_at: int, layout: DetailLevel) -> int:
    """Return papers that are all alike."""
    return SIZES[layout]


def test_few_papers_are_shown_whole() -> None:
    assert choose_detail_levels(5, size_of, max_bytes=5_000, overflow_line_bytes=10) == (DetailLevel.FULL,) * 5


def test_more_papers_are_shown_with_one_sentence_each() -> None:
    assert choose_detail_levels(6, size_of, max_bytes=90_000, overflow_line_bytes=10) == (DetailLevel.SHORT,) * 6


def test_few_papers_that_are_too_long_are_shown_with_one_sentence_each() -> None:
    assert choose_detail_levels(2, size_of, max_bytes=1_999, overflow_line_bytes=10) == (DetailLevel.SHORT,) * 2


def test_the_last_papers_keep_their_title_alone_where_room_is_short() -> None:
    assert (
        choose_detail_levels(6, size_of, max_bytes=330, overflow_line_bytes=10)
        == (DetailLevel.SHORT,) * 3 + (DetailLevel.TITLES,) * 3
    )


def test_what_was_too_big_once_shows_titles_alone() -> None:
    assert (
        choose_detail_levels(3, size_of, max_bytes=9999, overflow_line_bytes=10, preferred=DetailLevel.TITLES)
        == (DetailLevel.TITLES,) * 3
    )
    assert (
        choose_detail_levels(10, size_of, max_bytes=60, overflow_line_bytes=20, preferred=DetailLevel.TITLES)
        == (DetailLevel.TITLES,) * 4
    )


def test_who_wants_papers_whole_gets_as_many_whole_as_fit_and_the_others_with_a_sentence() -> None:
    assert (
        choose_detail_levels(8, size_of, max_bytes=8_000, overflow_line_bytes=10, preferred=DetailLevel.FULL)
        == (DetailLevel.FULL,) * 8
    )
    assert choose_detail_levels(8, size_of, max_bytes=2_600, overflow_line_bytes=10, preferred=DetailLevel.FULL) == (
        (DetailLevel.FULL,) * 2 + (DetailLevel.SHORT,) * 6
    )
    assert choose_detail_levels(6, size_of, max_bytes=330, overflow_line_bytes=10, preferred=DetailLevel.FULL) == (
        (DetailLevel.SHORT,) * 3 + (DetailLevel.TITLES,) * 3
    )


def test_what_does_not_fit_at_all_leaves_room_for_the_line_that_counts_it() -> None:
    assert choose_detail_levels(10, size_of, max_bytes=60, overflow_line_bytes=20) == (DetailLevel.TITLES,) * 4


@given(
    sizes=st.lists(st.tuples(st.integers(1, 90), st.integers(1, 90), st.integers(1, 90)), max_size=12),
    room=st.integers(0, 600),
    wanted=st.sampled_from(DetailLevel),
)
def test_whatever_the_sizes_the_papers_shown_fit_and_get_poorer_downwards(
    sizes: list[tuple[int, int, int]], room: int, wanted: DetailLevel
) -> None:
    def of(at: int, layout: DetailLevel) -> int:
        return sum(sizes[at][ORDER.index(layout) :])

    shown = choose_detail_levels(len(sizes), of, max_bytes=room, overflow_line_bytes=15, preferred=wanted)

    assert sum(of(at, layout) for at, layout in enumerate(shown)) <= (
        room if len(shown) == len(sizes) else max(room - 15, 0)
    )
    assert [ORDER.index(layout) for layout in shown] == sorted(ORDER.index(layout) for layout in shown)
    assert wanted is DetailLevel.FULL or len(sizes) <= MAX_FULL_PAPERS or DetailLevel.FULL not in shown
    assert wanted is not DetailLevel.TITLES or set(shown) <= {DetailLevel.TITLES}
