"""Identifiers of arXiv in whatever people and reports write."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.papers.arxiv import ArxivId, find_arxiv_id


@pytest.mark.parametrize(
    "text",
    [
        "2601.15876",
        "  2601.15876\n",
        "\u3000２６０１．１５８７６",
        "2601。15876",
        "（2601.15876）",
        "arXiv:2601.15876",
        "ARXIV: 2601.15876",
        "arXiv2601.15876",
        "ａｒＸｉｖ：2601.15876",
        "10.48550/arXiv.2601.15876",
        "https://arxiv.org/abs/2601.15876",
        "https://arxiv.org/pdf/2601.15876.pdf",
        "https://arxiv.org/html/2601.15876#S3",
        "http://www.arxiv.org/abs/2601.15876?context=cs",
        "https://huggingface.co/papers/2601.15876",
        "huggingface.co/papers/2601.15876/",
        "[EvoCUA](https://huggingface.co/papers/2601.15876)",
        "<https://arxiv.org/abs/2601.15876>",
        "请看2601.15876呢？",
        "2601.15876.",
    ],
)
def test_an_id_is_found_wherever_it_stands(text: str) -> None:
    assert find_arxiv_id(text) == ArxivId("2601.15876")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("arXiv:2601.15876v2", ArxivId("2601.15876", 2)),
        ("https://arxiv.org/pdf/2601.15876v12.pdf", ArxivId("2601.15876", 12)),
        ("2601.15876V3", ArxivId("2601.15876", 3)),
        ("2601.15876v0", ArxivId("2601.15876")),
        ("0704.0001", ArxivId("0704.0001")),
        ("1412.9999v1", ArxivId("1412.9999", 1)),
        ("1501.00001", ArxivId("1501.00001")),
        ("cs/0501001", ArxivId("cs/0501001")),
        ("hep-th/9901001v1", ArxivId("hep-th/9901001", 1)),
        ("arXiv:math.GT/0309136", ArxivId("math/0309136")),
        ("https://arxiv.org/abs/CS/0501001v2", ArxivId("cs/0501001", 2)),
        ("first hep-th/9901001 then 2601.15876", ArxivId("hep-th/9901001")),
        ("first 2601.15876 then 2601.00001", ArxivId("2601.15876")),
    ],
)
def test_versions_and_old_ids_are_understood(text: str, expected: ArxivId) -> None:
    assert find_arxiv_id(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "robotics",
        "3",
        "https://huggingface.co/papers/date/2026-01-24",
        "2613.12345",
        "2600.12345",
        "0703.0001",
        "2601.1587",
        "1401.12345",
        "12601.15876",
        "2601.158761",
        "1.2601.15876",
        "v2601.15876",
        "xcs/0501001",
        "example/0501001",
        "cs/0513001",
        "cs/0801001",
        "٢٦٠١.١٥٨٧٦",
    ],
)
def test_what_is_no_id_is_not_taken_for_one(text: str) -> None:
    assert find_arxiv_id(text) is None


@given(st.text())
def test_no_text_makes_it_raise(text: str) -> None:
    find_arxiv_id(text)


@given(st.integers(1501, 9012).filter(lambda n: 1 <= n % 100 <= 12), st.integers(0, 99999), st.integers(1, 99))
def test_what_arxiv_may_hand_out_is_found_again(month: int, number: int, version: int) -> None:
    name = f"{month:04}.{number:05}"

    assert find_arxiv_id(f"see {name}v{version}!") == ArxivId(name, version)
