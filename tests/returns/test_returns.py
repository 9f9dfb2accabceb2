"""Whose mail it is that comes back, and what follows from it."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digest.bounces import Verdict
from digest.model import EndpointState, Locale, Target
from digest.returns import Kept
from digest.verp import Verp, own_message_id
from tests.bounces import mails
from tests.bounces.mails import ANN, Sent, complaint, letter, report
from tests.returns.household import CHAT, TOKEN, VERP, Household
from tests.support.stores import membership_on

SERVERS = [
    report,
    mails.exchange,
    mails.gmail,
    mails.sendmail,
    mails.exim,
    mails.qmail,
    mails.microsoft,
    mails.qq,
    mails.netease,
]


@pytest.mark.parametrize("server", SERVERS)
async def test_a_bounce_is_a_point_against_its_address(
    home: Household, server: Callable[[Sent], bytes]
) -> None:
    taken = await home.returns.take(server(home.sent))

    assert (taken.verdict, taken.endpoint, taken.kept) == (Verdict.FAILED, home.number, Kept.NOTED)
    assert await home.score() == 1
    assert await home.state() is EndpointState.ACTIVE


async def test_on_the_third_day_the_address_stops_and_its_reader_hears_of_it(home: Household) -> None:
    for day in range(3):
        taken = await home.returns.take(report(home.sent, said=f"smtp; 550 <{ANN}> unknown, day {day}"))
        home.tomorrow()

    assert taken.kept is Kept.STOPPED
    assert await home.state() is EndpointState.SUPPRESSED
    assert (
        await home.why() == "mail bounced too often, the last time: 5.1.1 550 <a…@example.net> unknown, day 2"
    )
    assert await home.queued() == ["cancelled"]
    reason = "5.1.1 550 <a…@example.net> unknown, day 2"
    words = f"Mail to a…@example.net does not arrive any more ({reason}). /email links another address."
    assert await home.told() == [words]


async def test_the_reader_is_told_in_their_language(home: Household) -> None:
    await membership_on(home.store, home.clock).change(CHAT, locale=Locale.ZH)
    for _ in range(3):
        await home.returns.take(report(home.sent, said=f"smtp; {home.clock()}"))
        home.tomorrow()

    (told,) = await home.told()
    assert told.startswith("发往 a…@example.net 的邮件已无法送达")


async def test_many_bounces_on_one_day_are_one_point(home: Household) -> None:
    for number in range(20):
        await home.returns.take(report(home.sent, said=f"smtp; 550 {number}"))

    assert await home.score() == 1
    assert len(await home.noted()) == 20


async def test_the_same_mail_counts_once_also_when_it_comes_twice_at_once(home: Household) -> None:
    raw = report(home.sent)

    ends = await asyncio.gather(*(home.returns.take(raw) for _ in range(5)))

    assert sorted(one.kept for one in ends) == ["known"] * 4 + ["noted"]
    home.tomorrow()
    assert (await home.returns.take(raw)).kept is Kept.KNOWN
    assert await home.score() == 1


async def test_an_address_that_comes_back_begins_anew(home: Household) -> None:
    for _ in range(3):
        await home.returns.take(report(home.sent, said=f"smtp; {home.clock()}"))
        home.tomorrow()

    await membership_on(home.store, home.clock).enrol([Target.email(ANN)], None)

    assert await home.state() is EndpointState.ACTIVE
    await home.returns.take(report(home.sent, said="smtp; once more"))
    assert await home.score() == 1
    assert await home.state() is EndpointState.ACTIVE


@pytest.mark.parametrize("action", ["delayed", "delivered", "relayed", "expanded"])
async def test_what_did_not_fail_has_no_consequence(home: Household, action: str) -> None:
    await home.returns.take(report(home.sent, action=action, status="5.1.1"))

    assert await home.score() == 0


async def test_an_automatic_answer_has_no_consequence(home: Household) -> None:
    taken = await home.returns.take(letter(subject="Out of office", to=home.sent.sender))

    assert (taken.verdict, taken.endpoint) == (Verdict.AUTO_REPLY, home.number)
    assert (await home.score(), await home.state()) == (0, EndpointState.ACTIVE)


@pytest.mark.parametrize("kind", ["abuse", "fraud", "virus", "other"])
async def test_a_complaint_is_an_unsubscription(home: Household, kind: str) -> None:
    taken = await home.returns.take(complaint(home.sent, kind=kind))

    assert taken.kept is Kept.STOPPED
    assert (await home.state(), await home.why()) == (EndpointState.UNSUBSCRIBED, "complaint")
    assert await home.queued() == ["cancelled"]


async def test_a_complaint_in_microsofts_older_form_is_an_unsubscription(home: Household) -> None:
    taken = await home.returns.take(mails.junk_report(home.sent))

    assert taken.kept is Kept.STOPPED
    assert (await home.state(), await home.why()) == (EndpointState.UNSUBSCRIBED, "complaint")


async def test_a_bounce_that_speaks_of_our_server_costs_its_reader_nothing(home: Household) -> None:
    for day in range(5):
        taken = await home.returns.take(
            report(home.sent, status="5.7.1", said=f"smtp; 550 5.7.1 {day}: client [192.0.2.9] is blocked")
        )
        home.tomorrow()

        assert (taken.verdict, taken.endpoint, taken.kept) == (Verdict.BLAMELESS, home.number, Kept.NOTED)
    assert (await home.score(), await home.state()) == (0, EndpointState.ACTIVE)


async def test_a_complaint_whose_provider_hid_the_sender_is_known_by_the_unsubscribe_header(
    home: Household,
) -> None:
    hidden = Sent(sender="redacted@example.org", message_id="<redacted@example.org>")
    address = VERP.unsubscribe(TOKEN)
    header = f"List-Unsubscribe: <https://example.org/u/x>, <mailto:{address}?subject=unsubscribe>\n"

    await home.returns.take(complaint(hidden, original=hidden.headers + header))

    assert await home.state() is EndpointState.UNSUBSCRIBED


async def test_not_spam_is_nothing(home: Household) -> None:
    await home.returns.take(complaint(home.sent, kind="not-spam"))

    assert await home.state() is EndpointState.ACTIVE


@pytest.mark.parametrize("subject", ["unsubscribe", "退订", "", "please stop"])
async def test_a_mail_to_the_address_for_leaving_unsubscribes(home: Household, subject: str) -> None:
    address = VERP.unsubscribe(TOKEN).upper()

    taken = await home.returns.take(letter(subject=subject, to=address, sender="someone.else@example.net"))

    assert (taken.verdict, taken.kept) == (Verdict.UNSUBSCRIBE, Kept.STOPPED)
    assert (await home.state(), await home.why()) == (EndpointState.UNSUBSCRIBED, "unsubscribed by mail")


async def test_an_automatic_answer_to_the_address_for_leaving_unsubscribes_nobody(home: Household) -> None:
    await home.returns.take(letter(subject="Automatic reply: x", to=VERP.unsubscribe(TOKEN)))

    assert await home.state() is EndpointState.ACTIVE


async def test_who_asks_to_leave_without_a_key_is_left_to_a_person(home: Household) -> None:
    taken = await home.returns.take(letter(subject="unsubscribe", sender=ANN))

    assert (taken.needs_person, taken.endpoint) == (True, None)
    assert await home.state() is EndpointState.ACTIVE


async def test_a_bounce_without_our_key_is_known_by_the_id_of_our_own_mail(home: Household) -> None:
    await home.returns.take(report(home.sent_without_key))

    assert await home.score() == 1


@pytest.mark.parametrize(
    "forged",
    [
        Sent(sender="bounces+d1-aaaaaaaaaaaaaaaa@example.org"),
        Sent(sender=Verp(address=VERP.address, secret=b"a guess").sender(1)),
        Sent(sender="bounces@example.org", message_id="<made.up@example.org>"),
        Sent(sender="bounces@example.org", message_id=f"<{own_message_id(b'a guess', 'k')}@example.org>"),
        Sent(sender="bounces+u-aaaaaaaaaaaaaaaaaaaaaaaaaa@example.org", message_id="<x@y>"),
    ],
)
@pytest.mark.parametrize("kind", [report, mails.exim, mails.qmail, mails.qq, complaint])
async def test_a_forged_mail_harms_nobody(
    home: Household, forged: Sent, kind: Callable[[Sent], bytes]
) -> None:
    taken = await home.returns.take(kind(forged))

    assert taken.endpoint is None
    assert (await home.score(), await home.state()) == (0, EndpointState.ACTIVE)


async def test_the_id_of_one_readers_mail_does_not_speak_for_another(home: Household) -> None:
    await membership_on(home.store, home.clock).enrol([Target.email("bob@example.net")], None)
    lying = replace(home.sent_without_key, to="bob@example.net")

    taken = await home.returns.take(report(lying, final="rfc822; bob@example.net"))

    assert taken.endpoint is None


async def test_of_a_reader_who_was_erased_nothing_is_kept(home: Household) -> None:
    await membership_on(home.store, home.clock).forget(CHAT)

    taken = await home.returns.take(report(home.sent))

    assert taken.endpoint is None
    assert [(who, verdict) for who, verdict, _ in await home.noted()] == [(None, "failed")]


async def test_what_is_noted_names_no_address(home: Household) -> None:
    await home.returns.take(report(home.sent, said=f"smtp; 550 <{ANN}>: bob@example.net is not here"))

    assert await home.noted() == [
        (home.number, "failed", "5.1.1 550 <a…@example.net>: b…@example.net is not here")
    ]


async def test_the_address_of_a_report_that_names_others_too_is_judged_by_its_own_words(
    home: Household,
) -> None:
    final = "rfc822; bob@example.net\nAction: failed\n\nFinal-Recipient: rfc822; ann@example.net"

    taken = await home.returns.take(report(home.sent, final=final, action="delayed"))

    assert taken.verdict is Verdict.DELAYED


async def test_the_id_that_is_looked_for_is_the_one_that_mails_have(home: Household) -> None:
    assert home.as_mail().message_id == f"<{own_message_id(VERP.secret, home.key)}@example.org>"


@given(raw=st.binary(max_size=300))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_any_bytes_are_taken(home: Household, raw: bytes) -> None:
    taken = await home.returns.take(raw)

    assert taken.endpoint is None
    assert await home.state() is EndpointState.ACTIVE
