"""The operator's own files: templates that compile, a taxonomy that loads, reports that come."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

from digest.app.core import read_taxonomy
from digest.app.doctor.case import Case
from digest.app.doctor.finding import Area, Finding
from digest.domains import Taxonomy
from digest.errors import BadRequest, BadTaxonomy, BadTemplate, NotAReport
from digest.render.email import MailRenderer
from digest.render.mail_message import MailIdentity
from digest.source.folder import read_report, report_files
from digest.source.parser import ParserProcess

TEMPLATES = Path("templates/email")

QUIET_DAYS = 7
"""After how many days without a report something may be wrong."""

_FILES = Area.FILES


async def check_templates(case: Case) -> AsyncIterator[Finding]:
    """Compile the mail templates, and fill each once."""
    try:
        taxonomy = read_taxonomy(case.settings)
    except BadTaxonomy:
        yield _FILES.not_checked("templates", "the domains come first")
        return
    try:
        await asyncio.to_thread(_compile, case, taxonomy)
    except BadTemplate as error:
        yield _FILES.problem("templates", str(error), "correct the template, or take the one of the release")
        return
    yield _FILES.ok("templates", f"{TEMPLATES}: all compile")


def _compile(case: Case, taxonomy: Taxonomy) -> None:
    name, address = case.settings.sender
    MailRenderer.load(
        TEMPLATES,
        taxonomy=taxonomy,
        identity=MailIdentity(sender_name=name, from_address=address, list_domain=address.rpartition("@")[2]),
        secret=b"nothing is signed here",
    )


async def check_taxonomy(case: Case) -> AsyncIterator[Finding]:
    """Load the domains."""
    try:
        taxonomy = await asyncio.to_thread(read_taxonomy, case.settings)
    except BadTaxonomy as error:
        yield _FILES.problem("domains", str(error), "correct TAXONOMY_FILE; `domains` shows what is read")
        return
    yield _FILES.ok("domains", f"{case.settings.taxonomy_file}: {len(taxonomy.domains)} domains")


async def check_reports(case: Case) -> AsyncIterator[Finding]:
    """Look for reports, and for the newest one's date."""
    folder = case.settings.reports_dir
    try:
        files = report_files(folder)
    except BadRequest as error:
        yield _FILES.problem("reports", str(error), "make the folder, or correct REPORTS_DIR")
        return
    if not files:
        yield _FILES.warning("reports", f"{folder} has no report yet", "put one there: NAME.md")
        return
    yield await _newest(files, case)


async def _newest(files: list[Path], case: Case) -> Finding:
    file = files[-1]
    try:
        report = await ParserProcess().parse(read_report(file))
    except (BadRequest, NotAReport) as error:
        return _FILES.problem("reports", f"{file}: {error}", "`python bot.py parse FILE` tells more")
    if report.date is None:
        return _FILES.warning("reports", f"{file} names no date", "write the date into its first lines")
    told = f"{len(files)} in {case.settings.reports_dir}, the newest of {report.date}"
    if (case.clock().date() - report.date).days > QUIET_DAYS:
        return _FILES.warning(
            "reports", told, "is whoever writes them running, and does REPORTS_DIR name their folder?"
        )
    return _FILES.ok("reports", told)
