"""The reader held against the mails of flufl.bounce."""

from tests.mail.bounces.corpus import MAX_MISJUDGED, AddressSets, judge_corpus, read_expectations


def test_of_the_real_mails_at_most_two_in_a_hundred_are_misjudged() -> None:
    mails = judge_corpus()

    wrong = [one.name for one in mails if one.is_wrong]
    assert len(mails) > 100
    assert len(wrong) / len(mails) <= MAX_MISJUDGED, wrong


def test_what_is_right_stands_in_their_own_test() -> None:
    module = "x = 1\nDETECTORS = [\n('a', 'f.txt', [b'A@b'], False),\n('b', 'f.txt', [b'c@d'], True),]\n"

    right = read_expectations(module)

    assert right == {"f.txt": AddressSets(failed=frozenset({"a@b"}), delayed=frozenset({"c@d"}))}
