"""The reader held against the mails of flufl.bounce."""

from tests.returns.corpus import MOST_MISJUDGED, Expected, expectations, judged


def test_of_the_real_mails_at_most_two_in_a_hundred_are_misjudged() -> None:
    mails = judged()

    wrong = [one.name for one in mails if one.misjudged]
    assert len(mails) > 100
    assert len(wrong) / len(mails) <= MOST_MISJUDGED, wrong


def test_what_is_right_stands_in_their_own_test() -> None:
    module = "x = 1\nDETECTORS = [\n('a', 'f.txt', [b'A@b'], False),\n('b', 'f.txt', [b'c@d'], True),]\n"

    right = expectations(module)

    assert right == {"f.txt": Expected(failed=frozenset({"a@b"}), delayed=frozenset({"c@d"}))}
