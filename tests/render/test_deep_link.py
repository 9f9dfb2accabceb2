"""Addresses that open a paper in the private chat with the bot."""

import re

import pytest

from digest.render.deep_link import deep_link


@pytest.mark.parametrize("paper", ["2601.15876", "0704.0001"])
def test_a_paper_travels_without_its_dot(paper: str) -> None:
    link = deep_link("paper_digest_bot", paper)

    assert link == f"https://t.me/paper_digest_bot?start=p_{paper.replace('.', '-')}"
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,64}", link.partition("start=")[2])


@pytest.mark.parametrize("paper", ["hep-th/9901001", "", "2601.15876v2", "２６01.15876", "2601.15876&x=1"])
def test_what_no_payload_carries_has_no_address(paper: str) -> None:
    assert deep_link("paper_digest_bot", paper) is None
