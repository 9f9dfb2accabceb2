"""What of an edition is for whom: examples, and laws for any papers and any choice."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from digest.model import Candidate, Digest, EmptyReason, Preferences, Subscriber
from digest.services.selection import MAX_PAPER_AGE, build_digest, select_papers

DAY = date(2026, 1, 24)
SLUGS = ("agents", "robotics", "vision", "speech")


def make_subscriber(
    domains: tuple[str, ...] | None, *, most: int | None = None, watermark: int = 0, since: date | None = None
) -> Subscriber:
    """Return a subscriber who chose these domains."""
    return Subscriber(
        id=1,
        preferences=Preferences(domains=domains, max_papers=most),
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
        next_digest_at=None,
        last_paper_seq=watermark,
        papers_since=since,
    )


def make_candidate(seq: int, *domains: str, day: date = DAY) -> Candidate:
    """Return a candidate whose id tells its number."""
    return Candidate(paper_id=f"p{seq}", seq=seq, date=day, domains=domains)


def paper_ids(digest: Digest) -> list[str]:
    """Return the papers of a digest."""
    return [pick.paper_id for pick in digest.papers]


def test_a_reader_gets_the_papers_of_their_domains_with_the_reason() -> None:
    papers = [make_candidate(1, "vision"), make_candidate(2, "robotics", "vision"), make_candidate(3, "speech")]

    digest = build_digest(make_subscriber(("robotics", "speech")), papers, edition=DAY)

    assert [(pick.paper_id, pick.matched_domains) for pick in digest.papers] == [
        ("p2", ("robotics",)),
        ("p3", ("speech",)),
    ]
    assert (digest.candidate_count, digest.omitted_count, digest.empty_reason) == (3, 0, None)


def test_papers_about_a_chosen_domain_come_before_those_that_touch_it() -> None:
    papers = [
        make_candidate(1, "vision", "robotics"),
        make_candidate(2, "robotics"),
        make_candidate(3, "speech", "robotics"),
    ]

    digest = build_digest(make_subscriber(("robotics",)), papers, edition=DAY)

    assert paper_ids(digest) == ["p2", "p1", "p3"]


def test_newer_reports_come_first_and_each_keeps_its_order() -> None:
    yesterday = DAY - timedelta(days=1)
    papers = [make_candidate(1, day=yesterday), make_candidate(2, day=yesterday), make_candidate(3), make_candidate(4)]

    digest = build_digest(make_subscriber(None), papers, edition=DAY)

    assert paper_ids(digest) == ["p3", "p4", "p1", "p2"]


def test_everything_needs_no_reason_and_holds_papers_without_a_domain() -> None:
    digest = build_digest(make_subscriber(None), [make_candidate(1), make_candidate(2, "vision")], edition=DAY)

    assert [(pick.paper_id, pick.matched_domains) for pick in digest.papers] == [("p1", ()), ("p2", ())]
    assert digest.subscribed_domains is None


def test_a_bound_keeps_the_first_papers_and_counts_the_rest() -> None:
    digest = build_digest(make_subscriber(None, most=2), [make_candidate(n) for n in range(1, 6)], edition=DAY)

    assert paper_ids(digest) == ["p1", "p2"]
    assert (digest.candidate_count, digest.omitted_count) == (5, 3)


def test_what_was_considered_before_is_not_new_unless_it_is_owed() -> None:
    papers = [make_candidate(1), make_candidate(2), make_candidate(3)]

    digest = build_digest(make_subscriber(None, watermark=2), papers, edition=DAY, undelivered=frozenset({"p1"}))

    assert paper_ids(digest) == ["p1", "p3"]


def test_a_reader_gets_nothing_from_before_they_came() -> None:
    papers = [make_candidate(1, day=DAY - timedelta(days=1)), make_candidate(2)]

    digest = build_digest(make_subscriber(None, since=DAY), papers, edition=DAY)

    assert paper_ids(digest) == ["p2"]


def test_what_came_too_late_is_for_the_archive_alone() -> None:
    papers = [
        make_candidate(1, day=DAY - MAX_PAPER_AGE),
        make_candidate(2, day=DAY - MAX_PAPER_AGE + timedelta(days=1)),
    ]

    digest = build_digest(make_subscriber(None), papers, edition=DAY)

    assert paper_ids(digest) == ["p2"]


def test_an_empty_digest_says_why() -> None:
    assert build_digest(make_subscriber(None), [], edition=None).empty_reason is EmptyReason.NO_REPORT_YET
    assert (
        build_digest(make_subscriber(()), [make_candidate(1)], edition=DAY).empty_reason
        is EmptyReason.NO_DOMAINS_CHOSEN
    )
    assert (
        build_digest(make_subscriber(("vision",)), [make_candidate(1)], edition=DAY).empty_reason
        is EmptyReason.NONE_IN_DOMAINS
    )
    assert build_digest(make_subscriber(("vision",)), [], edition=DAY).empty_reason is EmptyReason.NO_NEW_PAPERS


def test_a_share_does_not_ask_what_the_reader_had() -> None:
    digest = select_papers(make_subscriber(("vision",), watermark=9), [make_candidate(1, "vision")], edition=DAY)

    assert paper_ids(digest) == ["p1"]


slugs = st.lists(st.sampled_from(SLUGS), unique=True, max_size=3).map(tuple)
bodies = st.tuples(slugs, st.integers(0, 40))
candidates = st.lists(bodies, max_size=12).map(
    lambda bodies: [
        make_candidate(seq, *domains, day=DAY - timedelta(days=age)) for seq, (domains, age) in enumerate(bodies, 1)
    ]
)
subscribers = st.builds(
    make_subscriber,
    st.none() | slugs,
    most=st.none() | st.integers(1, 8),
    watermark=st.integers(0, 12),
    since=st.none() | st.integers(0, 40).map(lambda age: DAY - timedelta(days=age)),
)


def expected_papers(subscriber: Subscriber, papers: Sequence[Candidate]) -> set[str]:
    """Return what should come, in other words than the code's."""
    chosen = subscriber.preferences.domains
    return {
        one.paper_id
        for one in papers
        if one.seq > subscriber.last_paper_seq
        and (subscriber.papers_since is None or one.date >= subscriber.papers_since)
        and one.date > DAY - MAX_PAPER_AGE
        and (chosen is None or any(slug in chosen for slug in one.domains))
    }


@given(subscriber=subscribers, papers=candidates)
def test_every_new_matching_paper_comes_exactly_once_and_no_other(
    subscriber: Subscriber, papers: list[Candidate]
) -> None:
    digest = build_digest(subscriber, papers, edition=DAY)

    expected = expected_papers(subscriber, papers)
    assert len(paper_ids(digest)) == len(set(paper_ids(digest)))
    assert set(paper_ids(digest)) <= expected
    assert len(digest.papers) + digest.omitted_count == len(expected)
    assert digest.omitted_count == 0 or len(digest.papers) == subscriber.preferences.max_papers
    assert (digest.empty_reason is None) == bool(digest.papers)


@given(subscriber=subscribers, papers=candidates)
def test_a_reason_is_a_chosen_domain_of_the_paper(subscriber: Subscriber, papers: list[Candidate]) -> None:
    digest = build_digest(subscriber, papers, edition=DAY)

    chosen = subscriber.preferences.domains
    has = {one.paper_id: one.domains for one in papers}
    for pick in digest.papers:
        assert (pick.matched_domains == ()) == (chosen is None)
        assert set(pick.matched_domains) <= set(chosen or ()) & set(has[pick.paper_id])


@given(subscriber=subscribers, papers=candidates, data=st.data())
def test_the_order_does_not_hang_on_the_order_of_what_came(
    subscriber: Subscriber, papers: list[Candidate], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(papers))

    assert build_digest(subscriber, shuffled, edition=DAY) == build_digest(subscriber, papers, edition=DAY)


@given(subscriber=subscribers, papers=candidates)
def test_a_digest_considered_twice_has_nothing_left(subscriber: Subscriber, papers: list[Candidate]) -> None:
    newest = max((one.seq for one in papers), default=0)
    later = make_subscriber(subscriber.preferences.domains, watermark=newest, since=subscriber.papers_since)

    assert build_digest(later, papers, edition=DAY).papers == ()


def subscriber_with_keywords(
    domains: tuple[str, ...] | None, *, include: tuple[str, ...] = (), mute: tuple[str, ...] = ()
) -> Subscriber:
    """Return a subscriber with keywords."""
    plain = make_subscriber(domains)
    return replace(plain, preferences=replace(plain.preferences, include_keywords=include, mute_keywords=mute))


def test_a_keyword_brings_a_paper_of_any_domain_and_is_told_as_the_reason() -> None:
    papers = [
        replace(make_candidate(1, "vision"), search_text="a world model"),
        make_candidate(2, "robotics"),
        make_candidate(3, "speech"),
    ]

    digest = build_digest(subscriber_with_keywords(("robotics",), include=("world model",)), papers, edition=DAY)

    assert [(pick.paper_id, pick.matched_domains, pick.matched_keywords) for pick in digest.papers] == [
        ("p1", (), ("world model",)),
        ("p2", ("robotics",), ()),
    ]
    assert digest.include_keywords == ("world model",)


def test_a_muted_word_keeps_a_paper_away_whatever_else_it_has() -> None:
    papers = [
        replace(make_candidate(1, "robotics"), search_text="a survey of world models"),
        make_candidate(2, "robotics"),
    ]
    subscriber = subscriber_with_keywords(("robotics",), include=("world model",), mute=("survey",))

    digest = build_digest(subscriber, papers, edition=DAY)

    assert paper_ids(digest) == ["p2"]
    assert paper_ids(build_digest(subscriber_with_keywords(None, mute=("survey",)), papers, edition=DAY)) == ["p2"]


def test_keywords_alone_are_a_choice() -> None:
    papers = [replace(make_candidate(1, "vision"), search_text="diffusion"), make_candidate(2, "vision")]

    digest = build_digest(subscriber_with_keywords((), include=("diffusion",)), papers, edition=DAY)
    nothing = build_digest(subscriber_with_keywords((), include=("speech",)), papers, edition=DAY)

    assert paper_ids(digest) == ["p1"]
    assert nothing.empty_reason is EmptyReason.NONE_IN_DOMAINS
    assert build_digest(subscriber_with_keywords((), mute=("speech",)), papers, edition=DAY).empty_reason is (
        EmptyReason.NO_DOMAINS_CHOSEN
    )
