"""What admins type behind ``/outbox`` is understood in both languages, in any order; nonsense never acts."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from digest.model import Channel, DeliveryState
from digest.services.admin import BulkAction, DeliverySelection
from digest.telegram.input.admin import (
    AllowUnreachable,
    ChangeByIds,
    ChangeMatching,
    ListDeliveries,
    UnclearCommand,
    parse_outbox,
)
from digest.telegram.input.commands import ConfirmationReply

TODAY = date(2026, 1, 26)
DAY = date(2026, 1, 24)
UNCERTAIN, WAITING = DeliveryState.UNCERTAIN, DeliveryState.DUE


def resend_order(**narrower: object) -> ChangeMatching:
    """Return the order to resend all uncertain ones, or some of them."""
    return ChangeMatching(action=BulkAction.RESEND, selection=DeliverySelection(state=UNCERTAIN, **narrower))  # type: ignore[arg-type] # as named


def _resend(state: DeliveryState) -> ChangeMatching:
    return ChangeMatching(action=BulkAction.RESEND, selection=DeliverySelection(state=state))


_CANCEL_DUE_EMAIL = ChangeMatching(
    action=BulkAction.CANCEL, selection=DeliverySelection(state=WAITING, channel=Channel.EMAIL)
)


def test_it_is_understood() -> None:
    rows = [
        ("", ListDeliveries()),
        ("all", ListDeliveries()),
        ("uncertain", ListDeliveries(state=UNCERTAIN)),
        ("不确定", ListDeliveries(state=UNCERTAIN)),
        ("refused by email", ListDeliveries(state=DeliveryState.REFUSED, channel=Channel.EMAIL)),
        ("uncertain 2026-01-24", ListDeliveries(state=UNCERTAIN, edition=DAY)),
        ("broadcast 12", ListDeliveries(edition=12)),
        ("resend 12 13", ChangeByIds(action=BulkAction.RESEND, ids=(12, 13))),
        ("resend #12, #13", ChangeByIds(action=BulkAction.RESEND, ids=(12, 13))),
        ("重发 12，13", ChangeByIds(action=BulkAction.RESEND, ids=(12, 13))),
        ("cancel 12", ChangeByIds(action=BulkAction.CANCEL, ids=(12,))),
        ("取消12", ChangeByIds(action=BulkAction.CANCEL, ids=(12,))),
        ("resend uncertain", resend_order()),
        ("Resend all the uncertain ones, please", resend_order()),
        ("resend all", resend_order()),
        ("uncertain: resend", resend_order()),
        ("resend --state uncertain --edition 2026-01-24", resend_order(edition=DAY)),
        ("resend —state=uncertain —channel=email", resend_order(channel=Channel.EMAIL)),
        ("resend uncertain 2026-01-24", resend_order(edition=DAY)),
        ("resend uncertain 2026–01–24", resend_order(edition=DAY)),
        ("resend uncertain of 24 January", resend_order(edition=DAY)),
        ("resend uncertain 24 Jan 2026 email", resend_order(edition=DAY, channel=Channel.EMAIL)),
        ("resend yesterday", resend_order(edition=date(2026, 1, 25))),
        ("resend uncertain today", resend_order(edition=TODAY)),
        ("resend uncertain broadcast:12", resend_order(edition=12)),
        ("resend uncertain broadcast 12 in telegram", resend_order(edition=12, channel=Channel.TELEGRAM)),
        ("resend uncertain 12", resend_order(edition=12)),
        ("retry held mails", resend_order(channel=Channel.EMAIL)),
        ("重发 不确定", resend_order()),
        ("重发不确定的", resend_order()),
        ("重新发送 所有 不确定 的 邮件", resend_order(channel=Channel.EMAIL)),
        ("重发 不确定 2026年1月24日", resend_order(edition=DAY)),
        ("重发不确定1月24日", resend_order(edition=DAY)),
        ("重发 不确定 广播12", resend_order(edition=12)),
        ("RESEND ＵＮＣＥＲＴＡＩＮ", resend_order()),
        ("resend refused", _resend(DeliveryState.REFUSED)),
        ("重发 已取消", _resend(DeliveryState.CANCELLED)),
        ("cancel due mail", _CANCEL_DUE_EMAIL),
        ("取消 等待", ChangeMatching(action=BulkAction.CANCEL, selection=DeliverySelection(state=WAITING))),
        ("yes 1a2b3c4d", ConfirmationReply(key="1a2b3c4d", yes=True)),
        ("确认 1A2B3C4D", ConfirmationReply(key="1a2b3c4d", yes=True)),
        ("no 1a2b3c4d", ConfirmationReply(key="1a2b3c4d", yes=False)),
        ("allow-gone email", AllowUnreachable(channel=Channel.EMAIL)),
        ("Allow gone Telegram", AllowUnreachable(channel=Channel.TELEGRAM)),
        ("allow-gone", AllowUnreachable()),
        ("允许失效 邮件", AllowUnreachable(channel=Channel.EMAIL)),
    ]

    assert not [(typed, meaning) for typed, meaning in rows if parse_outbox(typed, TODAY) != meaning]


def test_what_is_half_clear_asks_back() -> None:
    rows = [
        ("mine", None),
        ("yes", None),
        ("yes 1a2b", None),
        ("resend", BulkAction.RESEND),
        ("resend x", BulkAction.RESEND),
        ("resend 1 x", BulkAction.RESEND),
        ("resend sent", BulkAction.RESEND),
        ("resend due", BulkAction.RESEND),
        ("resend uncertain refused", BulkAction.RESEND),
        ("resend uncertain 12 13", BulkAction.RESEND),
        ("resend uncertain #12", BulkAction.RESEND),
        ("resend uncertain 2026-02-30", BulkAction.RESEND),
        ("cancel", BulkAction.CANCEL),
        ("cancel all", BulkAction.CANCEL),
        ("cancel 2026-01-24", BulkAction.CANCEL),
        ("cancel refused", BulkAction.CANCEL),
    ]

    assert not [(typed, order) for typed, order in rows if parse_outbox(typed, TODAY) != UnclearCommand(action=order)]


def test_two_orders_at_once_are_none() -> None:
    assert isinstance(parse_outbox("resend cancel uncertain", TODAY), UnclearCommand)


@given(typed=st.text(max_size=60))
def test_any_text_is_read_without_an_error_and_acts_only_with_an_order_in_it(typed: str) -> None:
    meaning = parse_outbox(typed, TODAY)

    assert isinstance(meaning, ListDeliveries | UnclearCommand | ChangeByIds | ChangeMatching | ConfirmationReply)
    assert not isinstance(meaning, ChangeMatching) or meaning.selection.state in meaning.action.states
