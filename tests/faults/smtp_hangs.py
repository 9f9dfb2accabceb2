"""F9: a mail server that falls silent at each command, answers byte by byte, or late."""

from digest.mail.smtp_connection import SmtpTimeouts
from digest.model import Channel
from tests.faults.environment import CampaignRun
from tests.faults.score import CampaignResult, CampaignScore, Promises, add_scores, compute_score
from tests.faults.smtp_replies import arrange, arrivals_of, build_sender
from tests.faults.workers import queued_broadcast
from tests.support.smtp_faults import DelayReply, SmtpFault, SmtpFaultStage, TrickleReply
from tests.support.smtp_server import SmtpServer

Stage = SmtpFaultStage
UNITS = 12
SHORT_TIMEOUTS = SmtpTimeouts(connect=1, command=1, data=1, block=1, end=1)
LONG_END_TIMEOUTS = SmtpTimeouts(connect=1, command=1, data=1, block=1, end=30)
HANG_SECONDS = 3600.0

CASES: tuple[tuple[str, SmtpFaultStage, SmtpFault, SmtpTimeouts, int], ...] = (
    ("silent at the greeting", Stage.GREETING, DelayReply(seconds=HANG_SECONDS), SHORT_TIMEOUTS, 0),
    ("silent at EHLO", Stage.EHLO, DelayReply(seconds=HANG_SECONDS), SHORT_TIMEOUTS, 0),
    ("silent at MAIL", Stage.MAIL, DelayReply(seconds=HANG_SECONDS), SHORT_TIMEOUTS, 0),
    ("silent at RCPT", Stage.RCPT, DelayReply(seconds=HANG_SECONDS), SHORT_TIMEOUTS, 0),
    ("silent at DATA", Stage.DATA, DelayReply(seconds=HANG_SECONDS), SHORT_TIMEOUTS, 0),
    ("silent after the dot", Stage.END, DelayReply(seconds=HANG_SECONDS), SHORT_TIMEOUTS, 1),
    ("a byte a second at RCPT", Stage.RCPT, TrickleReply(seconds=1), SHORT_TIMEOUTS, 0),
    ("late after the dot", Stage.END, DelayReply(seconds=3), LONG_END_TIMEOUTS, 0),
)


async def check_smtp_hangs(run: CampaignRun) -> CampaignResult:
    """F9: each hang ends within its time-out, and the other connections go on meanwhile."""
    cases = CASES if run.size == "full" else (CASES[3], CASES[5], CASES[7])
    promises, scores = Promises(), list[CampaignScore]()
    own = SmtpTimeouts()
    promises.check(own.end >= 600 and own.command >= 300 and own.data >= 120, "time-outs below RFC 5321's")
    async with queued_broadcast(UNITS, Channel.EMAIL) as mails:
        for name, stage, fault, timeouts, uncertain in cases:
            async with mails.open_copy() as office, SmtpServer(security=run.security) as server:
                arrange(server, stage, fault, to=mails.units[0])
                postbox = build_sender(server, timeouts=timeouts)
                await office.send_due(postbox, width=4)
                went_on = len(server.messages)
                promises.check(went_on >= UNITS - 4, f"{name}: only {went_on} others went on")
                await office.send_until_idle(postbox, width=4)
                await postbox.close()
                score = compute_score(mails.units, arrivals_of(server), office.env.outbox_rows)
                promises.check(score.uncertain == uncertain, f"{name}: {score.uncertain} uncertain")
                scores.append(score)
    doubts = sum(case[4] for case in cases)
    return promises.result("F9", "silent at each command, byte by byte, late", add_scores(scores), max_uncertain=doubts)
