"""The taxonomy file is checked as a whole, and its mistakes are told in one line."""

from pathlib import Path

import pytest

from digest.model import Locale
from digest.model.errors import InvalidTaxonomy
from digest.papers.domains import OTHER, load_taxonomy
from tests.papers.domains.labelled_papers import TAXONOMY

HEADER = "slug\ten\tzh\tarxiv\taliases\tumbrella"
ROBOTS = "robots\tRobots\t机器人\tcs.RO,cs.AI\trobot arm|机械臂\tmachine"


def make_table(*rows: str) -> str:
    return "\n".join((HEADER, *rows)) + "\n"


def taxonomy_errors(text: str) -> str:
    with pytest.raises(InvalidTaxonomy) as told:
        load_taxonomy(text)
    assert "\n" not in str(told.value)
    return str(told.value)


def test_the_seed_taxonomy_loads_with_its_22_domains_and_other_last() -> None:
    taxonomy = load_taxonomy(TAXONOMY)

    assert len(taxonomy.domains) == 23
    assert taxonomy.slugs[0] == "llm"
    assert taxonomy.domains[-1] == OTHER


def test_a_row_becomes_a_domain_with_everything_that_stands_in_it() -> None:
    (robots, _) = load_taxonomy(make_table(ROBOTS)).domains

    assert (robots.slug, robots.name(Locale.EN), robots.name(Locale.ZH)) == ("robots", "Robots", "机器人")
    assert robots.arxiv_categories == ("cs.RO", "cs.AI")
    assert robots.aliases == ("robot arm", "机械臂")
    assert robots.broad_terms == ("machine",)


def test_columns_may_stand_in_any_order() -> None:
    text = "zh\ten\tslug\tumbrella\taliases\tarxiv\n机器人\tRobots\trobots\t\trobot arm\tcs.RO\n"

    assert load_taxonomy(text).domains[0].aliases == ("robot arm",)


def test_crlf_a_bom_blank_lines_and_comments_do_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "taxonomy.tsv"
    path.write_bytes(("\ufeff" + make_table("# ours", "", ROBOTS)).replace("\n", "\r\n").encode())

    assert load_taxonomy(path).slugs == ("robots", "other")
    assert load_taxonomy("\ufeff" + make_table(ROBOTS)).slugs == ("robots", "other")


def test_cells_missing_at_the_end_of_a_line_are_empty() -> None:
    assert load_taxonomy(make_table("robots\tRobots\t机器人")).domains[0].aliases == ()


@pytest.mark.parametrize("text", ["", "\n \n", "\ufeff", "# only a comment\n"])
def test_an_empty_file_is_told(text: str) -> None:
    assert taxonomy_errors(text) == "the taxonomy is empty"


def test_a_header_without_domains_is_told() -> None:
    assert taxonomy_errors(make_table()) == "line 1: no domain follows"


def test_missing_unknown_and_repeated_columns_are_told_together() -> None:
    told = taxonomy_errors("slug\ten\tzh\tarxiv\talias\tumbrella\tslug\n")

    assert told == "line 1: column 'aliases' is missing; unknown column 'alias'; column 'slug' stands twice"


@pytest.mark.parametrize(
    ("row", "mistake"),
    [
        ("\tRobots\t机器人\t\t\t", "line 2: the slug is missing"),
        ("Robots\tRobots\t机器人\t\t\t", "line 2: the slug 'Robots' may hold only a-z, 0-9 and '-'"),
        ("a_b\tRobots\t机器人\t\t\t", "line 2: the slug 'a_b' may hold only"),
        ("-ab\tRobots\t机器人\t\t\t", "line 2: the slug '-ab' may hold only"),
        ("a" * 33 + "\tRobots\t机器人\t\t\t", "at most 32"),
        ("other\tRobots\t机器人\t\t\t", "line 2: the slug 'other' is reserved"),
        ("robots\t\t机器人\t\t\t", "line 2: the name in 'en' is missing"),
        ("robots\tRobots\t \t\t\t", "line 2: the name in 'zh' is missing"),
        ("robots\tRobots\t机器人\t\t全部\t", "line 2: '全部' is reserved"),
        ("robots\tRobots\t机器人\t\tＡＬＬ\t", "line 2: 'ＡＬＬ' is reserved"),
        ("robots\tRobots\t机器人\t\t其他\t", "line 2: '其他' is reserved"),
        ("robots\tRobots\t机器人\t\t--\t", "line 2: '--' holds neither a letter nor a digit"),
        ("robots\tRobots\t机器人\t\t\t\textra", "line 2: 7 cells under 6 columns"),
    ],
)
def test_a_mistake_in_a_row_is_told_with_its_line(row: str, mistake: str) -> None:
    assert mistake in taxonomy_errors(make_table(row))


def test_a_repeated_slug_is_told_with_both_lines() -> None:
    told = taxonomy_errors(make_table(ROBOTS, "robots\tArms\t手臂\t\t\t"))

    assert told == "line 3: the slug 'robots' stands in line 2 already"


@pytest.mark.parametrize(
    "word", ["robot arm", "Robot-Arm", "ｒｏｂｏｔ　ａｒｍ", "machine", "Robots", "机器人", "机械臂"]
)
@pytest.mark.parametrize("place", ["alias", "umbrella", "name"])
def test_a_word_of_two_domains_is_told_in_any_spelling(word: str, place: str) -> None:
    name = word if place == "name" else "Hands"
    alias, umbrella = (word if place == "alias" else ""), (word if place == "umbrella" else "")

    told = taxonomy_errors(make_table(ROBOTS, f"hands\t{name}\t手\t\t{alias}\t{umbrella}"))

    assert told == f"line 3: '{word}' of 'hands' belongs to 'robots' in line 2 already"


def test_a_domain_may_repeat_its_own_words() -> None:
    taxonomy = load_taxonomy(make_table("robots\tRobots\t机器人\t\trobots|Robots\t机器人"))

    assert taxonomy.find_slug("ROBOTS") == "robots"


def test_all_mistakes_of_a_file_are_told_at_once() -> None:
    told = taxonomy_errors(make_table(ROBOTS, "\tHands\t\t\t\t", "feet\tRobots\t脚\t\t\t"))

    assert told.split("; ") == [
        "line 3: the slug is missing",
        "line 3: the name in 'zh' is missing",
        "line 4: 'Robots' of 'feet' belongs to 'robots' in line 2 already",
    ]


def test_a_file_that_is_away_or_no_text_is_told_with_its_path(tmp_path: Path) -> None:
    away, binary = tmp_path / "away.tsv", tmp_path / "binary.tsv"
    binary.write_bytes(b"slug\xff\xfe")

    with pytest.raises(InvalidTaxonomy, match=r"away\.tsv: cannot be read \(No such file or directory\)"):
        load_taxonomy(away)
    with pytest.raises(InvalidTaxonomy, match=r"binary\.tsv: not UTF-8 text \(byte 4\)"):
        load_taxonomy(binary)


def test_a_mistake_in_a_file_is_told_with_its_path(tmp_path: Path) -> None:
    path = tmp_path / "taxonomy.tsv"
    path.write_text(make_table("other\tA\t甲"), encoding="utf-8")

    with pytest.raises(InvalidTaxonomy, match=r"taxonomy\.tsv: line 2: the slug 'other' is reserved"):
        load_taxonomy(path)
