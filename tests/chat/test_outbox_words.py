"""What admins type behind ``/outbox`` is understood in both languages, in any order; nonsense never acts."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.chat.outbox_words import AllowGone, Decision, Look, Many, Meaning, Some, Unclear, read_outbox
from digest.model import Channel, DeliveryState
from digest.overview import Order, Wanted

TODAY = date(2026, 1, 26)
DAY = date(2026, 1, 24)
UNCERTAIN, WAITING = DeliveryState.UNCERTAIN, DeliveryState.DUE


def resend(**narrower: object) -> Many:
    """Give the order to resend all uncertain ones, or some of them."""
    return Many(order=Order.RESEND, wanted=Wanted(state=UNCERTAIN, **narrower))  # type: ignore[arg-type] # as named


@pytest.mark.parametrize(
    ("typed", "meaning"),
    [
        ("", Look()),
        ("all", Look()),
        ("uncertain", Look(state=UNCERTAIN)),
        ("不确定", Look(state=UNCERTAIN)),
        ("refused by email", Look(state=DeliveryState.REFUSED, channel=Channel.EMAIL)),
        ("uncertain 2026-01-24", Look(state=UNCERTAIN, edition=DAY)),
        ("broadcast 12", Look(edition=12)),
        ("resend 12 13", Some(order=Order.RESEND, ids=(12, 13))),
        ("resend #12, #13", Some(order=Order.RESEND, ids=(12, 13))),
        ("重发 12，13", Some(order=Order.RESEND, ids=(12, 13))),
        ("cancel 12", Some(order=Order.CANCEL, ids=(12,))),
        ("取消12", Some(order=Order.CANCEL, ids=(12,))),
        ("resend uncertain", resend()),
        ("Resend all the uncertain ones, please", resend()),
        ("resend all", resend()),
        ("uncertain: resend", resend()),
        ("resend --state uncertain --edition 2026-01-24", resend(edition=DAY)),
        ("resend —state=uncertain —channel=email", resend(channel=Channel.EMAIL)),
        ("resend uncertain 2026-01-24", resend(edition=DAY)),
        ("resend uncertain 2026–01–24", resend(edition=DAY)),
        ("resend uncertain of 24 January", resend(edition=DAY)),
        ("resend uncertain 24 Jan 2026 email", resend(edition=DAY, channel=Channel.EMAIL)),
        ("resend yesterday", resend(edition=date(2026, 1, 25))),
        ("resend uncertain today", resend(edition=TODAY)),
        ("resend uncertain broadcast:12", resend(edition=12)),
        ("resend uncertain broadcast 12 in telegram", resend(edition=12, channel=Channel.TELEGRAM)),
        ("resend uncertain 12", resend(edition=12)),
        ("retry held mails", resend(channel=Channel.EMAIL)),
        ("重发 不确定", resend()),
        ("重发不确定的", resend()),
        ("重新发送 所有 不确定 的 邮件", resend(channel=Channel.EMAIL)),
        ("重发 不确定 2026年1月24日", resend(edition=DAY)),
        ("重发不确定1月24日", resend(edition=DAY)),
        ("重发 不确定 广播12", resend(edition=12)),
        ("RESEND ＵＮＣＥＲＴＡＩＮ", resend()),
        ("resend refused", Many(order=Order.RESEND, wanted=Wanted(state=DeliveryState.REFUSED))),
        ("重发 已取消", Many(order=Order.RESEND, wanted=Wanted(state=DeliveryState.CANCELLED))),
        ("cancel due mail", Many(order=Order.CANCEL, wanted=Wanted(state=WAITING, channel=Channel.EMAIL))),
        ("取消 等待", Many(order=Order.CANCEL, wanted=Wanted(state=WAITING))),
        ("yes 1a2b3c4d", Decision(key="1a2b3c4d", yes=True)),
        ("确认 1A2B3C4D", Decision(key="1a2b3c4d", yes=True)),
        ("no 1a2b3c4d", Decision(key="1a2b3c4d", yes=False)),
        ("allow-gone email", AllowGone(channel=Channel.EMAIL)),
        ("Allow gone Telegram", AllowGone(channel=Channel.TELEGRAM)),
        ("allow-gone", AllowGone()),
        ("允许失效 邮件", AllowGone(channel=Channel.EMAIL)),
    ],
)  # fmt: skip
def test_it_is_understood(typed: str, meaning: Meaning) -> None:
    assert read_outbox(typed, TODAY) == meaning


@pytest.mark.parametrize(
    ("typed", "order"),
    [
        ("mine", None),
        ("yes", None),
        ("yes 1a2b", None),
        ("resend", Order.RESEND),
        ("resend x", Order.RESEND),
        ("resend 1 x", Order.RESEND),
        ("resend sent", Order.RESEND),
        ("resend due", Order.RESEND),
        ("resend uncertain refused", Order.RESEND),
        ("resend uncertain 12 13", Order.RESEND),
        ("resend uncertain #12", Order.RESEND),
        ("resend uncertain 2026-02-30", Order.RESEND),
        ("cancel", Order.CANCEL),
        ("cancel all", Order.CANCEL),
        ("cancel 2026-01-24", Order.CANCEL),
        ("cancel refused", Order.CANCEL),
    ],
)
def test_what_is_half_clear_asks_back(typed: str, order: Order | None) -> None:
    assert read_outbox(typed, TODAY) == Unclear(order=order)


def test_two_orders_at_once_are_none() -> None:
    assert isinstance(read_outbox("resend cancel uncertain", TODAY), Unclear)


@given(typed=st.text(max_size=60))
def test_any_text_is_read_without_an_error_and_acts_only_with_an_order_in_it(typed: str) -> None:
    meaning = read_outbox(typed, TODAY)

    assert isinstance(meaning, Look | Unclear | Some | Many | Decision)
    assert not isinstance(meaning, Many) or meaning.wanted.state in meaning.order.states
