"""Runs the foreign instruments and prints one line each; ends with 1 if one finds a fault."""

import asyncio
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.conformance import (
    accessibility,
    bounces,
    html_rules,
    mail_clients,
    mail_parser,
    reference_mjml,
    signatures,
    spam,
)
from tests.conformance.mails import all_samples
from tests.conformance.pages import render_all_pages
from tests.conformance.validator_report import ValidatorReport, ValidatorUnavailable

PARALLEL_VALIDATORS = 2
"""How many instruments are at work at once; their lines keep their order."""


def validators(folder: Path) -> Iterator[tuple[str, Callable[[], ValidatorReport]]]:
    """Return the instruments in the order of their lines; each writes into a folder of its own."""
    mails, pages = all_samples(), asyncio.run(render_all_pages())
    yield "mjml", lambda: reference_mjml.check(_make_folder(folder, "mjml"))
    yield "mailparser", lambda: mail_parser.check(mails)
    yield "html-validate", lambda: html_rules.check(mails)
    yield "html-validate", lambda: html_rules.check_pages(pages)
    yield "axe-core", lambda: accessibility.check(pages)
    yield "caniemail", lambda: mail_clients.check(mails, _make_folder(folder, "caniemail"))
    yield "mailauth", lambda: signatures.check_with_mailauth(mails)
    yield "dkimpy", lambda: signatures.check_with_dkimpy(mails)
    yield "spamassassin", lambda: spam.check(mails, _make_folder(folder, "spamassassin"))
    yield "flufl.bounce", bounces.check


def main() -> int:
    """Print a line an instrument, and give the exit code."""
    failed = False
    with TemporaryDirectory() as folder, ThreadPoolExecutor(PARALLEL_VALIDATORS) as pool:
        for verdict in pool.map(_run_validator, *zip(*validators(Path(folder)), strict=True)):
            failed |= bool(verdict.faults)
            print("\n".join(verdict.format_lines()), flush=True)  # noqa: T201 - this is a program
    return int(failed)


def _run_validator(name: str, validate: Callable[[], ValidatorReport]) -> ValidatorReport:
    try:
        return validate()
    except ValidatorUnavailable as error:
        return ValidatorReport(name=name, version="-", scope="could not be used", faults=(str(error),))


def _make_folder(folder: Path, name: str) -> Path:
    made = folder / name
    made.mkdir()
    return made


if __name__ == "__main__":
    sys.exit(main())
