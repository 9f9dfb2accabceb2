"""Which domains a paper gets, and how far that agrees with a person's judgement."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.domains import ClassifierScore
from digest.model import Paper, Section
from digest.papers.domains import load_taxonomy
from digest.papers.domains.lexicon import fold_case
from tests.papers.domains.labelled_papers import TAXONOMY, labelled_held_out_papers, labelled_seed_papers, make_paper

taxonomy = load_taxonomy(TAXONOMY)
ALIASES = [(alias, domain.slug) for domain in taxonomy.domains for alias in domain.aliases]


def test_the_seed_agrees_with_the_labels_made_by_hand() -> None:
    judged = labelled_seed_papers()

    score = ClassifierScore.measure(taxonomy.classify, judged)

    assert len(judged) == 27
    assert score.f1 >= 0.94


def test_titles_of_other_days_agree_nearly_as_well() -> None:
    judged = labelled_held_out_papers()

    score = ClassifierScore.measure(taxonomy.classify, judged)

    assert len(judged) == 45
    assert score.f1 >= 0.82


@pytest.mark.parametrize(
    ("title", "area", "domains"),
    [
        ("", "强化学习", ("rl",)),
        ("Cosmos Policy", "机器人", ("robotics",)),
        ("Cosmos Policy", "", ("other",)),
        ("", "大语言模型（数学、物理、化学、生物医学等）", ("llm",)),
        ("", "智能体，例如医疗、金融，以及代码生成", ("agents", "code")),
        ("", "图像生成，应用于教育、法律等", ("image-gen",)),
        ("", "NLP - 机器翻译", ("nlp",)),
        ("", "NLP", ("nlp",)),
        ("", "**计算机视觉**", ("vision",)),
        ("", "聊天机器人", ("nlp",)),
        ("", "视觉-语言-动作模型", ("robotics",)),
        ("", "不确定性量化", ("safety",)),
        ("", "蒙特卡洛树搜索", ("reasoning",)),
        ("", "推理加速", ("efficiency",)),
        ("", "光学字符识别", ("multimodal",)),
        ("Autoregressive Models (AR) in a Codec World", "", ("other",)),
        ("Embodied agents", "", ("robotics",)),
        ("Theorem provers", "", ("reasoning",)),
        ("A Robot's Agents", "", ("robotics", "agents")),
        ("", "", ("other",)),
        ("Untitled", "其他", ("other",)),
    ],
)
def test_words_tell_what_they_mean_and_no_more(title: str, area: str, domains: tuple[str, ...]) -> None:
    assert taxonomy.classify(make_paper(title, area)) == domains


def test_umbrella_words_count_only_where_nothing_else_was_found() -> None:
    assert taxonomy.classify(make_paper("", "大模型")) == ("llm",)
    assert taxonomy.classify(make_paper("", "大模型、机器人")) == ("robotics",)


def test_the_title_tells_more_than_the_area_and_its_beginning_more_than_its_end() -> None:
    assert taxonomy.classify(make_paper("Video for robots", "医学、视频")) == ("video", "robotics", "medical")
    assert taxonomy.classify(make_paper("", "语音、推荐系统")) == ("audio", "ir")


def test_a_paper_has_at_most_four_domains() -> None:
    area = "机器人、视频、语音、医学、量子、法律、代码"

    assert taxonomy.classify(make_paper("", area)) == ("robotics", "video", "audio", "medical")


def test_only_title_and_area_count() -> None:
    told: dict[Section, str] = {section: "机器人" for section in Section if section is not Section.AREA}

    assert taxonomy.classify(Paper(id="1", title="Untitled", url="", sections=told)) == ("other",)


@pytest.mark.parametrize(
    "area", ["如" * 100_000, "(、" * 50_000, "用于、等" * 30_000, "智能体" * 50_000, "a-" * 100_000]
)
def test_an_endless_area_is_read_to_a_bound(area: str) -> None:
    assert taxonomy.classify(make_paper("x" * 100_000, area))


def test_every_alias_alone_gives_its_domain_and_no_other() -> None:
    wrong = [
        alias
        for alias, slug in ALIASES
        for paper in (make_paper(alias), make_paper(area=f"**{alias.upper()}**"))
        if taxonomy.classify(paper) != (slug,)
    ]

    assert wrong == []


alias_texts = st.lists(st.sampled_from([alias for alias, _ in ALIASES]) | st.text(max_size=10)).map(" ".join)


@given(alias_texts, alias_texts)
def test_a_paper_always_has_one_to_four_real_domains(title: str, area: str) -> None:
    domains = taxonomy.classify(make_paper(title, area))

    assert 1 <= len(domains) <= 4
    assert len(set(domains)) == len(domains)
    assert set(domains) <= set(taxonomy.slugs)
    assert "other" not in domains[1:]


@given(alias_texts)
def test_case_and_width_make_no_difference(title: str) -> None:
    wide = title.translate({at: at + 0xFEE0 for at in range(0x21, 0x7F)})
    shouted = "".join(sign.upper() if sign.isascii() else sign for sign in title)

    assert taxonomy.classify(make_paper(wide)) == taxonomy.classify(make_paper(title))
    assert taxonomy.classify(make_paper(shouted)) == taxonomy.classify(make_paper(title))


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold_case(fold_case(text)) == fold_case(text)
