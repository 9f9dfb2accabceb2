"""What of an edition is for whom: examples, and laws for any papers and any choice."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from digest.model import Candidate, Digest, Nothing, Preferences, Subscriber
from digest.select import OLDEST, digest_for, share

DAY = date(2026, 1, 24)
SLUGS = ("agents", "robotics", "vision", "speech")


def reader(
    domains: tuple[str, ...] | None, *, most: int | None = None, watermark: int = 0, since: date | None = None
) -> Subscriber:
    """Give a subscriber who chose these domains."""
    return Subscriber(
        id=1,
        preferences=Preferences(domains=domains, most=most),
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
        next_at=None,
        watermark=watermark,
        since=since,
    )


def paper(seq: int, *domains: str, day: date = DAY) -> Candidate:
    """Give a candidate whose id tells its number."""
    return Candidate(paper=f"p{seq}", seq=seq, date=day, domains=domains)


def names(digest: Digest) -> list[str]:
    """Give the papers of a digest."""
    return [pick.paper for pick in digest.picks]


def test_a_reader_gets_the_papers_of_their_domains_with_the_reason() -> None:
    papers = [paper(1, "vision"), paper(2, "robotics", "vision"), paper(3, "speech")]

    digest = digest_for(reader(("robotics", "speech")), papers, edition=DAY)

    assert [(pick.paper, pick.reasons) for pick in digest.picks] == [
        ("p2", ("robotics",)),
        ("p3", ("speech",)),
    ]
    assert (digest.total, digest.left_out, digest.nothing) == (3, 0, None)


def test_papers_about_a_chosen_domain_come_before_those_that_touch_it() -> None:
    papers = [paper(1, "vision", "robotics"), paper(2, "robotics"), paper(3, "speech", "robotics")]

    digest = digest_for(reader(("robotics",)), papers, edition=DAY)

    assert names(digest) == ["p2", "p1", "p3"]


def test_newer_reports_come_first_and_each_keeps_its_order() -> None:
    yesterday = DAY - timedelta(days=1)
    papers = [paper(1, day=yesterday), paper(2, day=yesterday), paper(3), paper(4)]

    digest = digest_for(reader(None), papers, edition=DAY)

    assert names(digest) == ["p3", "p4", "p1", "p2"]


def test_everything_needs_no_reason_and_holds_papers_without_a_domain() -> None:
    digest = digest_for(reader(None), [paper(1), paper(2, "vision")], edition=DAY)

    assert [(pick.paper, pick.reasons) for pick in digest.picks] == [("p1", ()), ("p2", ())]
    assert digest.follows is None


def test_a_bound_keeps_the_first_papers_and_counts_the_rest() -> None:
    digest = digest_for(reader(None, most=2), [paper(n) for n in range(1, 6)], edition=DAY)

    assert names(digest) == ["p1", "p2"]
    assert (digest.total, digest.left_out) == (5, 3)


def test_what_was_considered_before_is_not_new_unless_it_is_owed() -> None:
    papers = [paper(1), paper(2), paper(3)]

    digest = digest_for(reader(None, watermark=2), papers, edition=DAY, owed=frozenset({"p1"}))

    assert names(digest) == ["p1", "p3"]


def test_a_reader_gets_nothing_from_before_they_came() -> None:
    papers = [paper(1, day=DAY - timedelta(days=1)), paper(2)]

    digest = digest_for(reader(None, since=DAY), papers, edition=DAY)

    assert names(digest) == ["p2"]


def test_what_came_too_late_is_for_the_archive_alone() -> None:
    papers = [paper(1, day=DAY - OLDEST), paper(2, day=DAY - OLDEST + timedelta(days=1))]

    digest = digest_for(reader(None), papers, edition=DAY)

    assert names(digest) == ["p2"]


def test_an_empty_digest_says_why() -> None:
    assert digest_for(reader(None), [], edition=None).nothing is Nothing.NO_REPORT_YET
    assert digest_for(reader(()), [paper(1)], edition=DAY).nothing is Nothing.NO_DOMAINS_CHOSEN
    assert digest_for(reader(("vision",)), [paper(1)], edition=DAY).nothing is Nothing.NONE_IN_DOMAINS
    assert digest_for(reader(("vision",)), [], edition=DAY).nothing is Nothing.NO_NEW_PAPERS


def test_a_share_does_not_ask_what_the_reader_had() -> None:
    digest = share(reader(("vision",), watermark=9), [paper(1, "vision")], edition=DAY)

    assert names(digest) == ["p1"]


slugs = st.lists(st.sampled_from(SLUGS), unique=True, max_size=3).map(tuple)
bodies = st.tuples(slugs, st.integers(0, 40))
candidates = st.lists(bodies, max_size=12).map(
    lambda bodies: [
        paper(seq, *domains, day=DAY - timedelta(days=age)) for seq, (domains, age) in enumerate(bodies, 1)
    ]
)
subscribers = st.builds(
    reader,
    st.none() | slugs,
    most=st.none() | st.integers(1, 8),
    watermark=st.integers(0, 12),
    since=st.none() | st.integers(0, 40).map(lambda age: DAY - timedelta(days=age)),
)


def wanted(subscriber: Subscriber, papers: Sequence[Candidate]) -> set[str]:
    """Give what should come, in other words than the code's."""
    chosen = subscriber.preferences.domains
    return {
        one.paper
        for one in papers
        if one.seq > subscriber.watermark
        and (subscriber.since is None or one.date >= subscriber.since)
        and one.date > DAY - OLDEST
        and (chosen is None or any(slug in chosen for slug in one.domains))
    }


@given(subscriber=subscribers, papers=candidates)
def test_every_new_matching_paper_comes_exactly_once_and_no_other(
    subscriber: Subscriber, papers: list[Candidate]
) -> None:
    digest = digest_for(subscriber, papers, edition=DAY)

    expected = wanted(subscriber, papers)
    assert len(names(digest)) == len(set(names(digest)))
    assert set(names(digest)) <= expected
    assert len(digest.picks) + digest.left_out == len(expected)
    assert digest.left_out == 0 or len(digest.picks) == subscriber.preferences.most
    assert (digest.nothing is None) == bool(digest.picks)


@given(subscriber=subscribers, papers=candidates)
def test_a_reason_is_a_chosen_domain_of_the_paper(subscriber: Subscriber, papers: list[Candidate]) -> None:
    digest = digest_for(subscriber, papers, edition=DAY)

    chosen = subscriber.preferences.domains
    has = {one.paper: one.domains for one in papers}
    for pick in digest.picks:
        assert (pick.reasons == ()) == (chosen is None)
        assert set(pick.reasons) <= set(chosen or ()) & set(has[pick.paper])


@given(subscriber=subscribers, papers=candidates, data=st.data())
def test_the_order_does_not_hang_on_the_order_of_what_came(
    subscriber: Subscriber, papers: list[Candidate], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(papers))

    assert digest_for(subscriber, shuffled, edition=DAY) == digest_for(subscriber, papers, edition=DAY)


@given(subscriber=subscribers, papers=candidates)
def test_a_digest_considered_twice_has_nothing_left(subscriber: Subscriber, papers: list[Candidate]) -> None:
    newest = max((one.seq for one in papers), default=0)
    later = reader(subscriber.preferences.domains, watermark=newest, since=subscriber.since)

    assert digest_for(later, papers, edition=DAY).picks == ()


def with_keywords(
    domains: tuple[str, ...] | None, *, include: tuple[str, ...] = (), mute: tuple[str, ...] = ()
) -> Subscriber:
    """Give a subscriber with keywords."""
    plain = reader(domains)
    return replace(plain, preferences=replace(plain.preferences, include=include, mute=mute))


def test_a_keyword_brings_a_paper_of_any_domain_and_is_told_as_the_reason() -> None:
    papers = [replace(paper(1, "vision"), text="a world model"), paper(2, "robotics"), paper(3, "speech")]

    digest = digest_for(with_keywords(("robotics",), include=("world model",)), papers, edition=DAY)

    assert [(pick.paper, pick.reasons, pick.keywords) for pick in digest.picks] == [
        ("p1", (), ("world model",)),
        ("p2", ("robotics",), ()),
    ]
    assert digest.include == ("world model",)


def test_a_muted_word_keeps_a_paper_away_whatever_else_it_has() -> None:
    papers = [replace(paper(1, "robotics"), text="a survey of world models"), paper(2, "robotics")]
    subscriber = with_keywords(("robotics",), include=("world model",), mute=("survey",))

    digest = digest_for(subscriber, papers, edition=DAY)

    assert names(digest) == ["p2"]
    assert names(digest_for(with_keywords(None, mute=("survey",)), papers, edition=DAY)) == ["p2"]


def test_keywords_alone_are_a_choice() -> None:
    papers = [replace(paper(1, "vision"), text="diffusion"), paper(2, "vision")]

    digest = digest_for(with_keywords((), include=("diffusion",)), papers, edition=DAY)
    nothing = digest_for(with_keywords((), include=("speech",)), papers, edition=DAY)

    assert names(digest) == ["p1"]
    assert nothing.nothing is Nothing.NONE_IN_DOMAINS
    assert digest_for(with_keywords((), mute=("speech",)), papers, edition=DAY).nothing is (
        Nothing.NO_DOMAINS_CHOSEN
    )
