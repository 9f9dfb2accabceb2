"""Runs the foreign instruments and prints one line each; ends with 1 if one finds a fault."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.conformance import html_rules, mail_clients, mail_parser, reference_mjml, signatures, spam
from tests.conformance.mails import specimens
from tests.conformance.verdict import Broken, Verdict


def instruments(folder: Path) -> Iterator[tuple[str, Callable[[], Verdict]]]:
    """Give the instruments in the order in which they are used; each writes into ``folder`` alone."""
    mails = specimens()
    yield "mjml", lambda: reference_mjml.check(folder)
    yield "mailparser", lambda: mail_parser.check(mails)
    yield "html-validate", lambda: html_rules.check(mails)
    yield "caniemail", lambda: mail_clients.check(mails, folder)
    yield "mailauth", lambda: signatures.with_mailauth(mails)
    yield "dkimpy", lambda: signatures.with_dkimpy(mails)
    yield "spamassassin", lambda: spam.check(mails, folder)


def main() -> int:
    """Print a line an instrument, and give the exit code."""
    failed = False
    with TemporaryDirectory() as folder:
        for name, look in instruments(Path(folder)):
            try:
                verdict = look()
            except Broken as error:
                verdict = Verdict(name=name, version="-", tried="could not be used", faults=(str(error),))
            failed |= bool(verdict.faults)
            print("\n".join(verdict.lines()), flush=True)  # noqa: T201 - this is a program
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
