"""People name domains in their own words."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.model import Locale
from digest.papers.domains import DomainSelection, load_taxonomy
from digest.papers.domains.lexicon import fold_case, normalize_key
from tests.papers.domains.labelled_papers import TAXONOMY

taxonomy = load_taxonomy(TAXONOMY)
KNOWN_WORDS = [(word, domain.slug) for domain in taxonomy.domains for word in domain.all_terms]


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("robotics", ("robotics",)),
        ("robotics, nlp", ("robotics", "nlp")),
        ("robotics nlp", ("robotics", "nlp")),
        ("nlp,robotics,NLP", ("nlp", "robotics")),
        ("机器人", ("robotics",)),
        ("机器人，大模型", ("robotics", "llm")),
        ("机器人、大模型；视频;语音\n代码", ("robotics", "llm", "video", "audio", "code")),
        ("机器人和大模型", ("robotics", "llm")),
        ("机器人 大模型", ("robotics", "llm")),
        ("机器人大模型", ("robotics", "llm")),
        ("agents and video", ("agents", "video")),
        ("agents/video + audio | 3D", ("agents", "video", "audio", "3d")),
        ("Computer Vision", ("vision",)),
        ("computer vision robotics", ("vision", "robotics")),
        ("computer-vision", ("vision",)),
        ("ｃｏｍｐｕｔｅｒ　ｖｉｓｉｏｎ", ("vision",)),
        ('"RL"', ("rl",)),
        ("“强化学习”", ("rl",)),
        ("#robotics #nlp", ("robotics", "nlp")),
        ("/agents", ("agents",)),
        ("🤖 robotics", ("robotics",)),
        ("Robotics, embodied AI & driving", ("robotics",)),
        ("物理、量子与计算科学, nlp", ("physics", "nlp")),
        ("image-gen", ("image-gen",)),
        ("LLMs", ("llm",)),
        ("other", ("other",)),
        ("其他", ("other",)),
    ],
)
def test_forgiving_words_mean_their_domains(said: str, meant: tuple[str, ...]) -> None:
    assert taxonomy.parse_domains(said) == DomainSelection(slugs=meant)


@pytest.mark.parametrize("said", ["all", "Everything", "ALL", "全部", "所有", "*", "全部领域", "all domains", '"all"'])
def test_words_for_everything_are_told_as_such(said: str) -> None:
    assert taxonomy.parse_domains(said) == DomainSelection(all_domains=True)


@pytest.mark.parametrize("said", ["nlp, all", "all nlp", "nlp *", "* nlp", "nlp 全部"])
def test_everything_may_stand_beside_a_domain(said: str) -> None:
    assert taxonomy.parse_domains(said) == DomainSelection(slugs=("nlp",), all_domains=True)


@pytest.mark.parametrize("said", ["", "  ", ",,，、", '""', "#"])
def test_saying_nothing_chooses_nothing(said: str) -> None:
    assert taxonomy.parse_domains(said) == DomainSelection()


@pytest.mark.parametrize(
    ("said", "slug"),
    [
        ("robtics", "robotics"),
        ("reinforcment learning", "rl"),
        ("computer vison", "vision"),
        ("mutlimodal", "multimodal"),
        ("机器狗", "robotics"),
        ("大语言摸型", "llm"),
        ("器机人", "robotics"),
    ],
)
def test_a_mistyped_name_comes_with_the_nearest_domains(said: str, slug: str) -> None:
    choice = taxonomy.parse_domains(said)

    (unknown,) = choice.unknown
    assert (choice.slugs, unknown.word, unknown.suggestions[0]) == ((), said, slug)
    assert len(set(unknown.suggestions)) == len(unknown.suggestions) <= 3


def test_unknown_words_do_not_hide_the_known_ones() -> None:
    choice = taxonomy.parse_domains("robtics nlp, xyzzy 视频")

    assert choice.slugs == ("nlp", "video")
    assert [unknown.word for unknown in choice.unknown] == ["robtics", "xyzzy"]


def test_two_mistyped_names_are_two_unknown_words() -> None:
    unknown = taxonomy.parse_domains("robtics visoin").unknown

    assert [(one.word, one.suggestions[0]) for one in unknown] == [("robtics", "robotics"), ("visoin", "vision")]


def test_an_emoji_alone_is_unknown_and_near_to_nothing() -> None:
    (unknown,) = taxonomy.parse_domains("🤖").unknown

    assert (unknown.word, unknown.suggestions) == ("🤖", ())


def test_an_unknown_word_said_twice_is_told_once() -> None:
    assert len(taxonomy.parse_domains("xyzzy, XYZZY, xyzzy").unknown) == 1


@pytest.mark.parametrize("comma", [", ", " ", "\n"])
def test_a_message_full_of_nonsense_is_answered_with_few_guesses(comma: str) -> None:
    words = [f"robtix{at}" for at in range(400)]

    unknown = taxonomy.parse_domains(comma.join(words)).unknown

    assert [one.word for one in unknown] == words
    assert sum(bool(one.suggestions) for one in unknown) == 20


def test_an_endless_word_is_near_to_nothing() -> None:
    assert taxonomy.parse_domains("a" * 4000).unknown[0].suggestions == ()


def test_every_word_of_the_taxonomy_finds_its_domain_in_any_spelling() -> None:
    lost = [
        spelling
        for word, slug in KNOWN_WORDS
        for spelling in (word, word.upper(), f" {word} ".replace("-", "\u3000"))
        if taxonomy.find_slug(spelling) != slug or taxonomy.parse_domains(spelling) != DomainSelection(slugs=(slug,))
    ]

    assert lost == []


def test_an_unknown_word_finds_nothing() -> None:
    assert taxonomy.find_slug("basket weaving") is None
    assert taxonomy.find_slug("") is None


def test_a_domain_has_a_name_in_each_language_and_a_lost_slug_is_its_own() -> None:
    assert taxonomy.name("nlp", Locale.EN) == "Language tasks & dialogue"
    assert taxonomy.name("nlp", Locale.ZH) == "自然语言处理与对话"
    assert taxonomy.name("alchemy", Locale.ZH) == "alchemy"


name_strategy = st.one_of(
    st.sampled_from([word for word, _ in KNOWN_WORDS]),
    st.text(alphabet="robtics机器人学习 -#\"'🤖*/", max_size=12),
    st.text(max_size=12),
)


@given(st.lists(name_strategy, max_size=8), st.sampled_from([",", "，", "、", "；", "\n", " "]))
def test_no_word_is_ever_lost(said: list[str], comma: str) -> None:
    text = comma.join(said)

    choice = taxonomy.parse_domains(text)

    unknown = "".join(normalize_key(one.word) for one in choice.unknown)
    understood = bool(choice.slugs) or choice.all_domains
    words = {normalize_key(word) for word in re.split(r"[\W_]+", fold_case(text))} - {"", "and", "or", *"和与及或"}
    assert understood or all(word in unknown for word in words)


@given(st.text())
def test_choosing_never_fails_and_names_only_real_domains(text: str) -> None:
    choice = taxonomy.parse_domains(text)

    assert set(choice.slugs) <= set(taxonomy.slugs)
    assert len(set(choice.slugs)) == len(choice.slugs)
    assert all(set(one.suggestions) <= set(taxonomy.slugs) for one in choice.unknown)


@given(st.lists(st.sampled_from([(word, slug) for word, slug in KNOWN_WORDS if "," not in word]), max_size=5))
def test_names_between_commas_are_understood_in_order(said: list[tuple[str, str]]) -> None:
    choice = taxonomy.parse_domains(", ".join(word for word, _ in said))

    assert choice == DomainSelection(slugs=tuple(dict.fromkeys(slug for _, slug in said)))
