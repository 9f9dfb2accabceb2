"""Whose mail it is that comes back, and what follows from it."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digest.model import EndpointState, Locale, Target
from digest.model.bounce import BounceKind
from digest.model.verp import Verp, message_id_local_part
from digest.services.bounces import RecordResult
from tests.mail.bounces import sample_mails
from tests.mail.bounces.sample_mails import ANN_ADDRESS, OriginalMail, arf_complaint, delivery_report, plain_mail
from tests.services.bounce_scenario import CHAT, TOKEN, VERP, BounceScenario
from tests.support.database import subscription_service

REPORT_BUILDERS = [
    delivery_report,
    sample_mails.exchange_report,
    sample_mails.gmail_report,
    sample_mails.sendmail_report,
    sample_mails.exim_report,
    sample_mails.qmail_report,
    sample_mails.exchange_online_report,
    sample_mails.qq_report,
    sample_mails.netease_report,
]


@pytest.mark.parametrize("server", REPORT_BUILDERS)
async def test_a_bounce_is_a_point_against_its_address(
    bounce_scenario: BounceScenario, server: Callable[[OriginalMail], bytes]
) -> None:
    taken = await bounce_scenario.returns.process(server(bounce_scenario.original))

    assert (taken.kind, taken.endpoint_id, taken.result) == (
        BounceKind.FAILED,
        bounce_scenario.endpoint_id,
        RecordResult.RECORDED,
    )
    assert await bounce_scenario.load_score() == 1
    assert await bounce_scenario.load_state() is EndpointState.ACTIVE


async def test_on_the_third_day_the_address_stops_and_its_reader_hears_of_it(bounce_scenario: BounceScenario) -> None:
    for day in range(3):
        taken = await bounce_scenario.returns.process(
            delivery_report(bounce_scenario.original, diagnostic=f"smtp; 550 <{ANN_ADDRESS}> unknown, day {day}")
        )
        bounce_scenario.advance_day()

    assert taken.result is RecordResult.DEACTIVATED
    assert await bounce_scenario.load_state() is EndpointState.SUPPRESSED
    assert (
        await bounce_scenario.load_reason()
        == "emails bounced too often, most recently: 5.1.1 550 <a…@example.net> unknown, day 2"
    )
    assert await bounce_scenario.email_states() == ["cancelled"]
    reason = "5.1.1 550 <a…@example.net> unknown, day 2"
    words = f"Email to a…@example.net can no longer be delivered ({reason}). Use /email to link another address."
    assert await bounce_scenario.pending_notices() == [words]


async def test_the_reader_is_told_in_their_language(bounce_scenario: BounceScenario) -> None:
    await subscription_service(bounce_scenario.store, bounce_scenario.clock).update_preferences(CHAT, locale=Locale.ZH)
    for _ in range(3):
        await bounce_scenario.returns.process(
            delivery_report(bounce_scenario.original, diagnostic=f"smtp; {bounce_scenario.clock()}")
        )
        bounce_scenario.advance_day()

    (told,) = await bounce_scenario.pending_notices()
    assert told.startswith("发往 a…@example.net 的邮件已无法送达")


async def test_many_bounces_on_one_day_are_one_point(bounce_scenario: BounceScenario) -> None:
    for number in range(20):
        await bounce_scenario.returns.process(
            delivery_report(bounce_scenario.original, diagnostic=f"smtp; 550 {number}")
        )

    assert await bounce_scenario.load_score() == 1
    assert len(await bounce_scenario.load_bounces()) == 20


async def test_the_same_mail_counts_once_also_when_it_comes_twice_at_once(bounce_scenario: BounceScenario) -> None:
    raw = delivery_report(bounce_scenario.original)

    ends = await asyncio.gather(*(bounce_scenario.returns.process(raw) for _ in range(5)))

    assert sorted(one.result for one in ends) == ["known"] * 4 + ["noted"]
    bounce_scenario.advance_day()
    assert (await bounce_scenario.returns.process(raw)).result is RecordResult.DUPLICATE
    assert await bounce_scenario.load_score() == 1


async def test_an_address_that_comes_back_begins_anew(bounce_scenario: BounceScenario) -> None:
    for _ in range(3):
        await bounce_scenario.returns.process(
            delivery_report(bounce_scenario.original, diagnostic=f"smtp; {bounce_scenario.clock()}")
        )
        bounce_scenario.advance_day()

    await subscription_service(bounce_scenario.store, bounce_scenario.clock).add_subscriber(
        [Target.email(ANN_ADDRESS)], None
    )

    assert await bounce_scenario.load_state() is EndpointState.ACTIVE
    await bounce_scenario.returns.process(delivery_report(bounce_scenario.original, diagnostic="smtp; once more"))
    assert await bounce_scenario.load_score() == 1
    assert await bounce_scenario.load_state() is EndpointState.ACTIVE


@pytest.mark.parametrize("action", ["delayed", "delivered", "relayed", "expanded"])
async def test_what_did_not_fail_has_no_consequence(bounce_scenario: BounceScenario, action: str) -> None:
    await bounce_scenario.returns.process(delivery_report(bounce_scenario.original, action=action, status="5.1.1"))

    assert await bounce_scenario.load_score() == 0


async def test_an_automatic_answer_has_no_consequence(bounce_scenario: BounceScenario) -> None:
    taken = await bounce_scenario.returns.process(
        plain_mail(subject="Out of office", to=bounce_scenario.original.sender)
    )

    assert (taken.kind, taken.endpoint_id) == (BounceKind.AUTO_REPLY, bounce_scenario.endpoint_id)
    assert (await bounce_scenario.load_score(), await bounce_scenario.load_state()) == (0, EndpointState.ACTIVE)


@pytest.mark.parametrize("kind", ["abuse", "fraud", "virus", "other"])
async def test_a_complaint_is_an_unsubscription(bounce_scenario: BounceScenario, kind: str) -> None:
    taken = await bounce_scenario.returns.process(arf_complaint(bounce_scenario.original, kind=kind))

    assert taken.result is RecordResult.DEACTIVATED
    assert (await bounce_scenario.load_state(), await bounce_scenario.load_reason()) == (
        EndpointState.UNSUBSCRIBED,
        "spam complaint",
    )
    assert await bounce_scenario.email_states() == ["cancelled"]


async def test_a_complaint_in_microsofts_older_form_is_an_unsubscription(bounce_scenario: BounceScenario) -> None:
    taken = await bounce_scenario.returns.process(sample_mails.outlook_complaint(bounce_scenario.original))

    assert taken.result is RecordResult.DEACTIVATED
    assert (await bounce_scenario.load_state(), await bounce_scenario.load_reason()) == (
        EndpointState.UNSUBSCRIBED,
        "spam complaint",
    )


async def test_a_bounce_that_speaks_of_our_server_costs_its_reader_nothing(bounce_scenario: BounceScenario) -> None:
    for day in range(5):
        taken = await bounce_scenario.returns.process(
            delivery_report(
                bounce_scenario.original,
                status="5.7.1",
                diagnostic=f"smtp; 550 5.7.1 {day}: client [192.0.2.9] is blocked",
            )
        )
        bounce_scenario.advance_day()

        assert (taken.kind, taken.endpoint_id, taken.result) == (
            BounceKind.BLAMELESS,
            bounce_scenario.endpoint_id,
            RecordResult.RECORDED,
        )
    assert (await bounce_scenario.load_score(), await bounce_scenario.load_state()) == (0, EndpointState.ACTIVE)


async def test_a_complaint_whose_provider_hid_the_sender_is_known_by_the_unsubscribe_header(
    bounce_scenario: BounceScenario,
) -> None:
    hidden = OriginalMail(sender="redacted@example.org", message_id="<redacted@example.org>")
    address = VERP.unsubscribe_address(TOKEN)
    header = f"List-Unsubscribe: <https://example.org/u/x>, <mailto:{address}?subject=unsubscribe>\n"

    await bounce_scenario.returns.process(arf_complaint(hidden, original=hidden.headers + header))

    assert await bounce_scenario.load_state() is EndpointState.UNSUBSCRIBED


async def test_not_spam_is_nothing(bounce_scenario: BounceScenario) -> None:
    await bounce_scenario.returns.process(arf_complaint(bounce_scenario.original, kind="not-spam"))

    assert await bounce_scenario.load_state() is EndpointState.ACTIVE


@pytest.mark.parametrize("subject", ["unsubscribe", "退订", "", "please stop"])
async def test_a_mail_to_the_address_for_leaving_unsubscribes(bounce_scenario: BounceScenario, subject: str) -> None:
    address = VERP.unsubscribe_address(TOKEN).upper()

    taken = await bounce_scenario.returns.process(
        plain_mail(subject=subject, to=address, sender="someone.else@example.net")
    )

    assert (taken.kind, taken.result) == (BounceKind.UNSUBSCRIBE, RecordResult.DEACTIVATED)
    assert (await bounce_scenario.load_state(), await bounce_scenario.load_reason()) == (
        EndpointState.UNSUBSCRIBED,
        "unsubscribed by email",
    )


async def test_an_automatic_answer_to_the_address_for_leaving_unsubscribes_nobody(
    bounce_scenario: BounceScenario,
) -> None:
    await bounce_scenario.returns.process(plain_mail(subject="Automatic reply: x", to=VERP.unsubscribe_address(TOKEN)))

    assert await bounce_scenario.load_state() is EndpointState.ACTIVE


async def test_who_asks_to_leave_without_a_key_is_left_to_a_person(bounce_scenario: BounceScenario) -> None:
    taken = await bounce_scenario.returns.process(plain_mail(subject="unsubscribe", sender=ANN_ADDRESS))

    assert (taken.needs_review, taken.endpoint_id) == (True, None)
    assert await bounce_scenario.load_state() is EndpointState.ACTIVE


async def test_a_bounce_without_our_key_is_known_by_the_id_of_our_own_mail(bounce_scenario: BounceScenario) -> None:
    await bounce_scenario.returns.process(delivery_report(bounce_scenario.original_without_verp))

    assert await bounce_scenario.load_score() == 1


@pytest.mark.parametrize(
    "forged",
    [
        OriginalMail(sender="bounces+d1-aaaaaaaaaaaaaaaa@example.org"),
        OriginalMail(sender=Verp(address=VERP.address, secret=b"a guess").envelope_sender(1)),
        OriginalMail(sender="bounces@example.org", message_id="<made.up@example.org>"),
        OriginalMail(
            sender="bounces@example.org", message_id=f"<{message_id_local_part(b'a guess', 'k')}@example.org>"
        ),
        OriginalMail(sender="bounces+u-aaaaaaaaaaaaaaaaaaaaaaaaaa@example.org", message_id="<x@y>"),
    ],
)
@pytest.mark.parametrize(
    "kind",
    [delivery_report, sample_mails.exim_report, sample_mails.qmail_report, sample_mails.qq_report, arf_complaint],
)
async def test_a_forged_mail_harms_nobody(
    bounce_scenario: BounceScenario, forged: OriginalMail, kind: Callable[[OriginalMail], bytes]
) -> None:
    taken = await bounce_scenario.returns.process(kind(forged))

    assert taken.endpoint_id is None
    assert (await bounce_scenario.load_score(), await bounce_scenario.load_state()) == (0, EndpointState.ACTIVE)


async def test_the_id_of_one_readers_mail_does_not_speak_for_another(bounce_scenario: BounceScenario) -> None:
    await subscription_service(bounce_scenario.store, bounce_scenario.clock).add_subscriber(
        [Target.email("bob@example.net")], None
    )
    lying = replace(bounce_scenario.original_without_verp, to="bob@example.net")

    taken = await bounce_scenario.returns.process(delivery_report(lying, final="rfc822; bob@example.net"))

    assert taken.endpoint_id is None


async def test_of_a_reader_who_was_erased_nothing_is_kept(bounce_scenario: BounceScenario) -> None:
    await subscription_service(bounce_scenario.store, bounce_scenario.clock).erase(CHAT)

    taken = await bounce_scenario.returns.process(delivery_report(bounce_scenario.original))

    assert taken.endpoint_id is None
    assert [(who, verdict) for who, verdict, _ in await bounce_scenario.load_bounces()] == [(None, "failed")]


async def test_what_is_noted_names_no_address(bounce_scenario: BounceScenario) -> None:
    await bounce_scenario.returns.process(
        delivery_report(bounce_scenario.original, diagnostic=f"smtp; 550 <{ANN_ADDRESS}>: bob@example.net is not here")
    )

    assert await bounce_scenario.load_bounces() == [
        (bounce_scenario.endpoint_id, "failed", "5.1.1 550 <a…@example.net>: b…@example.net is not here")
    ]


async def test_the_address_of_a_report_that_names_others_too_is_judged_by_its_own_words(
    bounce_scenario: BounceScenario,
) -> None:
    final = "rfc822; bob@example.net\nAction: failed\n\nFinal-Recipient: rfc822; ann@example.net"

    taken = await bounce_scenario.returns.process(
        delivery_report(bounce_scenario.original, final=final, action="delayed")
    )

    assert taken.kind is BounceKind.DELAYED


async def test_the_id_that_is_looked_for_is_the_one_that_mails_have(bounce_scenario: BounceScenario) -> None:
    assert (
        bounce_scenario.build_email().message_id
        == f"<{message_id_local_part(VERP.secret, bounce_scenario.key)}@example.org>"
    )


@given(raw=st.binary(max_size=300))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_any_bytes_are_taken(bounce_scenario: BounceScenario, raw: bytes) -> None:
    taken = await bounce_scenario.returns.process(raw)

    assert taken.endpoint_id is None
    assert await bounce_scenario.load_state() is EndpointState.ACTIVE
