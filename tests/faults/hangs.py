"""F9: a mail server that falls silent at each command, answers byte by byte, or late."""

from digest.deliver.smtp_line import Timeouts
from digest.model import Channel
from tests.faults.ground import Run
from tests.faults.office import pattern
from tests.faults.replies import arrange, arrivals_of, postbox_to
from tests.faults.score import Promises, Result, Score, judge, together
from tests.support.mail_faults import Drip, MailFault, MailStage, Wait
from tests.support.mail_server import MailServer

S = MailStage
UNITS = 12
SHORT = Timeouts(connect=1, command=1, data=1, block=1, end=1)
LONG_END = Timeouts(connect=1, command=1, data=1, block=1, end=30)
FOR_EVER = 3600.0

CASES: tuple[tuple[str, MailStage, MailFault, Timeouts, int], ...] = (
    ("silent at the greeting", S.GREETING, Wait(seconds=FOR_EVER), SHORT, 0),
    ("silent at EHLO", S.EHLO, Wait(seconds=FOR_EVER), SHORT, 0),
    ("silent at MAIL", S.MAIL, Wait(seconds=FOR_EVER), SHORT, 0),
    ("silent at RCPT", S.RCPT, Wait(seconds=FOR_EVER), SHORT, 0),
    ("silent at DATA", S.DATA, Wait(seconds=FOR_EVER), SHORT, 0),
    ("silent after the dot", S.END, Wait(seconds=FOR_EVER), SHORT, 1),
    ("a byte a second at RCPT", S.RCPT, Drip(seconds=1), SHORT, 0),
    ("late after the dot", S.END, Wait(seconds=3), LONG_END, 0),
)


async def silent(run: Run) -> Result:
    """F9: each hang ends within its time-out, and the other connections go on meanwhile."""
    cases = CASES if run.size == "full" else (CASES[3], CASES[5], CASES[7])
    promises, scores = Promises(), list[Score]()
    own = Timeouts()
    promises.hold(own.end >= 600 and own.command >= 300 and own.data >= 120, "time-outs below RFC 5321's")
    async with pattern(UNITS, Channel.EMAIL) as mails:
        for name, stage, fault, timeouts, uncertain in cases:
            async with mails.office() as office, MailServer(security=run.security) as server:
                arrange(server, stage, fault, to=mails.units[0])
                postbox = postbox_to(server, timeouts=timeouts)
                await office.send(postbox, width=4)
                went_on = len(server.messages)
                promises.hold(went_on >= UNITS - 4, f"{name}: only {went_on} others went on")
                await office.send_all(postbox, width=4)
                await postbox.close()
                score = judge(mails.units, arrivals_of(server), office.place.rows)
                promises.hold(score.uncertain == uncertain, f"{name}: {score.uncertain} uncertain")
                scores.append(score)
    doubts = sum(case[4] for case in cases)
    return promises.of(
        "F9", "silent at each command, byte by byte, late", together(scores), most_uncertain=doubts
    )
