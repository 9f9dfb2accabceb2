"""What is no report at all is refused in one clear line; bounds hold before anything is read."""

import gzip
import json

import pytest

from digest.model import Section
from digest.model.errors import InvalidReport
from digest.papers.report import parse_report
from tests.papers.report.golden_report import GOLDEN, SEED

DATA = SEED.read_bytes()
SOURCE = DATA.decode()
SEED_REPORT = parse_report(SOURCE)

README = """# RoboKit

[![arXiv](https://img.shields.io/badge/arXiv-2401.12345-red)](https://arxiv.org/abs/2401.12345)

Paper: https://arxiv.org/abs/2401.12345

## 使用说明

pip install robokit

## Key Innovations

It runs.

## Usage

Run it.

## Results

| a | b |
"""
OTHER_DIGEST = """# Daily arXiv Digest
**Date**: 2026-01-24

## Some Paper About Robots
- **Authors**: A. Person
- **Link**: https://arxiv.org/abs/2601.00001
- **Summary**: It walks.

## Another Paper
- **Authors**: B. Person
- **Link**: https://arxiv.org/abs/2601.00002
- **Summary**: It talks.
"""


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        ("", "empty"),
        (b"\xef\xbb\xbf \r\n\t\n", "empty"),
        ("\u3000\u00a0\n", "empty"),
        (b"\x00" * 5000, "binary"),
        ("\x00" * 5000, "binary"),
        (bytes(range(256)) * 20, "binary"),
        (b"%PDF-1.7\n1 0 obj", "a PDF"),
        (b"PK\x03\x04rest", "ZIP"),
        (b"\x89PNG\r\n\x1a\n", "PNG"),
        (gzip.compress(DATA), "gzip"),
        (SOURCE.encode("utf-16"), "encoded in UTF-16; save it as UTF-8"),
        (SOURCE.encode("utf-16-le"), "looks like UTF-16; save it as UTF-8"),
        (SOURCE.encode("utf-16-be"), "looks like UTF-16; save it as UTF-8"),
        (SOURCE.encode("utf-32"), "UTF-32; save it as UTF-8"),
        (SOURCE.encode("gb18030"), "looks like GBK .* save it as UTF-8"),
        (SOURCE.encode("gb18030")[:-1], "looks like GBK .* save it as UTF-8"),
        ("# 報告\n應用領域 創新點\n".encode("big5") * 9, "looks like Big5"),
        ("été " * 100).encode("latin-1") and (("été " * 100).encode("latin-1"), "not UTF-8 .line 1."),
        ("<!DOCTYPE html><html><body>x</body></html>", "HTML"),
        ("\n <html>" + SOURCE, "HTML"),
        ("<?xml version='1.0'?><feed/>", "HTML or XML"),
        ('{"date": "2026-01-24"}', "JSON"),
        ('[\n  {"id": "2601.15876"}]', "JSON"),
        (GOLDEN.read_bytes(), "JSON"),
        (json.dumps(SOURCE), "no paper"),
        (README, "sections of a report"),
        (OTHER_DIGEST, "sections of a report"),
        ("# Notes\n\nSome words.\n", "no paper"),
        ("应用领域\n使用指南\n", "no paper"),
        ("x" * 5_000_001, "5.0 MB; a report has at most 5 MB"),
        ("应" * 2_000_000, "MB"),
        (b"x" * 50_000_000, "50.0 MB"),
    ],
    ids=range(33),
)
def test_what_is_no_report_is_refused_in_one_line(data: str | bytes, reason: str) -> None:
    with pytest.raises(InvalidReport, match=reason) as refused:
        parse_report(data)

    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 200


def test_a_few_damaged_bytes_are_told_and_cost_no_paper() -> None:
    damaged = DATA.replace("噪声".encode(), b"\xff\xfe", 1)

    report = parse_report(damaged)

    assert report.papers[1:] == SEED_REPORT.papers[1:]
    assert [problem.message for problem in report.problems] == [
        "From here 2 bytes are not UTF-8; each was replaced by U+FFFD."
    ]
    assert b"\xff" in damaged.split(b"\n")[report.problems[0].line - 1]


def test_a_file_that_ends_inside_a_character_is_told() -> None:
    end = DATA.index("模型".encode(), 90_000) + 2

    report = parse_report(DATA[:end])

    assert "\ufffd" not in str(report.papers)
    assert "The file ends inside a character, which was left out." in [one.message for one in report.problems]


@pytest.mark.parametrize("sign", ["\x00", "\x07", "\x1b", "\x7f", "\x9b", "\u202e", "\u2066", "\u200f", "\ufeff"])
def test_controls_are_dropped_from_titles_and_texts(sign: str) -> None:
    text = SOURCE.replace("Wigner", f"Wig{sign}ner").replace("量子计算", f"量子{sign}计算")

    report = parse_report(text)

    assert report.papers == SEED_REPORT.papers


@pytest.mark.parametrize("sign", ["\u2028", "\u2029", "\x0b", "\x0c", "\x85"])
def test_other_line_separators_become_blanks(sign: str) -> None:
    report = parse_report(SOURCE.replace("VIOLA: Towards", f"VIOLA:{sign}Towards"))

    assert report.papers == SEED_REPORT.papers
    assert report.problems == ()


def test_half_a_surrogate_pair_can_be_stored() -> None:
    report = parse_report(SOURCE.replace("Wigner", "\ud83dWigner"))

    assert report.papers[0].title.encode().startswith(b"\xef\xbf\xbdWigner")


def test_a_line_over_the_bound_is_cut_and_told() -> None:
    report = parse_report(SOURCE.replace("   量子计算（", "   " + "长" * 20_000 + "（"))

    assert report.papers[0].sections[Section.AREA] == "长" * 9_997
    assert [(one.line, one.message[:12]) for one in report.problems] == [(15, "The line has")]
    assert report.papers[1:] == SEED_REPORT.papers[1:]


def test_a_section_over_the_bound_is_cut_and_told() -> None:
    report = parse_report(SOURCE.replace("   量子计算（", "\n".join(["   很多很多字"] * 20_000) + "\n   量子计算（"))

    assert len(report.papers[0].sections[Section.AREA].encode()) <= 200_000
    assert [(one.line, one.message) for one in report.problems] == [
        (14, "The section has over 200 KB; its beginning was kept.")
    ]
    assert report.papers[1:] == SEED_REPORT.papers[1:]


def test_papers_over_the_bound_are_left_out_and_told() -> None:
    entry = "## 📄 T\n- **链接**: https://arxiv.org/abs/2601.{n:05}\n- **阅读来源**: HTML\n**应用领域**：甲\n"
    text = "# R\n**Date**: 2026-01-24\n" + "".join(entry.format(n=n) for n in range(2_500))

    report = parse_report(text)

    assert len(report.papers) == 2_000
    assert "The first 2000 papers were read; 500 from here on were left out." in [p.message for p in report.problems]
    assert len(report.problems) <= 1_000
