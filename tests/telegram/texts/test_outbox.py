"""Why something ended is said in the reader's language, around other people's own words."""

from digest.model import Locale
from digest.model.reasons import Reason, ReasonCode, server_reply
from digest.telegram.texts.outbox import format_reason
from digest.text.i18n import translator_for

EN, ZH = translator_for(Locale.EN), translator_for(Locale.ZH)


def test_our_own_sentence_is_translated() -> None:
    cancelled = Reason(ReasonCode.CANCELLED_BY_ADMIN)

    assert format_reason(EN, cancelled) == "cancelled by an admin"
    assert format_reason(ZH, cancelled) == "已由管理员取消"


def test_a_sentence_within_a_sentence_is_translated_too() -> None:
    inner = Reason(ReasonCode.SMTP_NO_ANSWER, "ReadTimeout")

    given_up = inner.as_cause_of(ReasonCode.GIVEN_UP)

    assert format_reason(ZH, given_up) == "已放弃：邮件移交后没有收到响应（ReadTimeout）"


def test_what_a_server_said_stays_as_it_came() -> None:
    said = server_reply("550 5.1.1 no {such} user (rcpt)")

    assert format_reason(ZH, said) == said.detail
    assert format_reason(ZH, said.as_cause_of(ReasonCode.BOUNCED_TOO_OFTEN)) == f"退信过多，最近一次：{said.detail}"


def test_a_reason_is_one_line_of_bounded_length_without_unseen_characters() -> None:
    told = format_reason(EN, server_reply("450\r\n\u202e" + "again " * 100))

    assert told.startswith("450 again again")
    assert "\u202e" not in told
    assert told.endswith("…")
    assert len(told) <= 121


def test_nothing_said_is_nothing() -> None:
    assert format_reason(ZH, None) == ""
