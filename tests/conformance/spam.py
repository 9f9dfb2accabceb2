"""SpamAssassin scores our mails with its local tests, as a mailbox would that asks nobody."""

import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.conformance.mails import SampleEmail
from tests.conformance.validator_report import ValidatorReport, ValidatorUnavailable, prefix_with_name

MAX_SCORE = 2.0
"""Points that no mail may reach; 5 make it spam."""

MIN_GTUBE_SCORE = 900.0
GTUBE = (
    b"From: <a@example.org>\r\nTo: <b@example.org>\r\nSubject: test\r\n\r\n"
    b"XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X\r\n"
)
"""The mail that every spam filter must refuse: one that lets it pass was not working."""

STATUS = re.compile(r"^X-Spam-Status: \w+, score=(-?[\d.]+)", re.MULTILINE)
SCORES = re.compile(r"^X-Spam-Scores: (.*(?:\n[ \t].*)*)", re.MULTILINE)
SWITCHES = (
    "--local",
    "--nocreate-prefs",
    "--cf=use_bayes 0",
    "--cf=report_safe 0",
    "--cf=add_header all Scores _TESTSSCORES_",
)


def check(mails: Mapping[str, SampleEmail], folder: Path) -> ValidatorReport:
    """Score every mail; a mail of ``MAX_SCORE`` points is a fault, and the rules that gave any are told."""
    files = []
    for at, raw in enumerate([GTUBE, *(one.part.raw for one in mails.values())]):
        file = folder / f"{at:03}.eml"
        file.write_bytes(raw)
        files.append(str(file))
    said = _run([*SWITCHES, *files], folder)
    scores = [float(score) for score in STATUS.findall(said)]
    if len(scores) != len(files) or scores[0] < MIN_GTUBE_SCORE:
        raise ValidatorUnavailable("SpamAssassin did not score every mail, or let pass what nothing may let pass")
    rules = dict(_matched_rules(said))
    hit = ", ".join(f"{name} {points}" for name, points in sorted(rules.items()) if points > 0.01)
    return ValidatorReport(
        name="spamassassin",
        version=_version(folder),
        scope=f"{len(mails)} mails by local tests, at most {max(scores[1:])} points ({hit or 'no rule'})",
        faults=prefix_with_name({name: _score_faults(score) for name, score in zip(mails, scores[1:], strict=True)}),
    )


def _score_faults(score: float) -> list[str]:
    return [f"{score} points, not below {MAX_SCORE}"] if score >= MAX_SCORE else []


def _matched_rules(output: str) -> Iterator[tuple[str, float]]:
    """Return the rules that our mails hit, with their points."""
    for scores in SCORES.findall(output)[1:]:
        for rule in re.sub(r"\s", "", scores).split(","):
            name, _, points = rule.partition("=")
            if points:
                yield name, float(points)


def _version(folder: Path) -> str:
    return _run(["--version"], folder).split("version ", 1)[1].split()[0]


def _run(arguments: list[str], home: Path) -> str:
    """Run SpamAssassin with a home of its own. Raises ``ValidatorUnavailable``."""
    try:
        done = subprocess.run(  # noqa: S603 - a program of the system, on files of ours
            ["spamassassin", *arguments],  # noqa: S607 - wherever the system has it
            capture_output=True,
            timeout=600,
            check=False,
            env={"HOME": str(home), "PATH": "/usr/local/bin:/usr/bin:/bin"},
        )
    except OSError as error:
        raise ValidatorUnavailable(f"spamassassin cannot be run: {error.strerror}") from error
    if done.returncode:
        raise ValidatorUnavailable(done.stderr.decode(errors="replace").strip()[-500:])
    return done.stdout.decode(errors="replace").replace("\r\n", "\n")
