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
from tests.conformance.mails import specimens
from tests.conformance.pages import gallery
from tests.conformance.verdict import Broken, Verdict

AT_ONCE = 2
"""How many instruments are at work at once; their lines keep their order."""


def instruments(folder: Path) -> Iterator[tuple[str, Callable[[], Verdict]]]:
    """Give the instruments in the order of their lines; each writes into a folder of its own."""
    mails, pages = specimens(), asyncio.run(gallery())
    yield "mjml", lambda: reference_mjml.check(_own(folder, "mjml"))
    yield "mailparser", lambda: mail_parser.check(mails)
    yield "html-validate", lambda: html_rules.check(mails)
    yield "html-validate", lambda: html_rules.check_pages(pages)
    yield "axe-core", lambda: accessibility.check(pages)
    yield "caniemail", lambda: mail_clients.check(mails, _own(folder, "caniemail"))
    yield "mailauth", lambda: signatures.with_mailauth(mails)
    yield "dkimpy", lambda: signatures.with_dkimpy(mails)
    yield "spamassassin", lambda: spam.check(mails, _own(folder, "spamassassin"))
    yield "flufl.bounce", bounces.check


def main() -> int:
    """Print a line an instrument, and give the exit code."""
    failed = False
    with TemporaryDirectory() as folder, ThreadPoolExecutor(AT_ONCE) as pool:
        for verdict in pool.map(_verdict, *zip(*instruments(Path(folder)), strict=True)):
            failed |= bool(verdict.faults)
            print("\n".join(verdict.lines()), flush=True)  # noqa: T201 - this is a program
    return int(failed)


def _verdict(name: str, look: Callable[[], Verdict]) -> Verdict:
    try:
        return look()
    except Broken as error:
        return Verdict(name=name, version="-", tried="could not be used", faults=(str(error),))


def _own(folder: Path, name: str) -> Path:
    made = folder / name
    made.mkdir()
    return made


if __name__ == "__main__":
    sys.exit(main())
