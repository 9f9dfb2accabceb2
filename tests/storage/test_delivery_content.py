"""What a delivery carries comes back as it was frozen."""

import json
from datetime import UTC, date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.model import Announcement, DeliveryContent, Digest, EmptyReason, Locale, SelectedPaper, VerificationCode
from digest.storage.outbox_rows import delivery_kind, dump_content, load_content

texts = st.text(max_size=40)
digests = st.builds(
    Digest,
    date=st.none() | st.dates(),
    locale=st.sampled_from(Locale),
    papers=st.lists(st.builds(SelectedPaper, paper_id=texts, matched_domains=st.lists(texts).map(tuple))).map(tuple),
    candidate_count=st.integers(0, 999),
    subscribed_domains=st.none() | st.lists(texts).map(tuple),
    omitted_count=st.integers(0, 99),
    empty_reason=st.none() | st.sampled_from(EmptyReason),
    next_digest_at=st.none() | st.datetimes(timezones=st.just(UTC)),
    timezone=st.sampled_from(("UTC", "Asia/Shanghai")),
    papers_since=st.none() | st.dates(),
)
contents: st.SearchStrategy[DeliveryContent] = st.one_of(
    digests,
    st.builds(Announcement, text=texts, locale=st.sampled_from(Locale)),
    st.builds(VerificationCode, code=texts, valid_minutes=st.integers(1, 60), locale=st.sampled_from(Locale)),
)


@given(content=contents)
def test_any_content_comes_back(content: DeliveryContent) -> None:
    document = json.loads(json.dumps(dump_content(content)))

    assert load_content(delivery_kind(content), document) == content


def test_what_is_no_content_is_an_error_and_no_half_value() -> None:
    digest = Digest(date=date(2026, 1, 24), locale=Locale.EN, papers=(), candidate_count=0)

    documents: tuple[object, ...] = ({}, {"nonsense": 1}, [], None, "text")
    for document in documents:
        with pytest.raises(ValueError, match="validation error"):
            load_content(delivery_kind(digest), document)
