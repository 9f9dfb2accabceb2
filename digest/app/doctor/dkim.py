"""DKIM: does DNS hold the public half of the key that we sign with."""

from collections.abc import AsyncIterator

from digest.app.doctor.context import CheckContext
from digest.app.doctor.dns_client import DnsMissing, DnsRecords, DnsUnknown
from digest.app.doctor.result import Area, CheckResult
from digest.mail.dkim import DkimTxtRecord, load_signer
from digest.mail.dns.dkim import find_dkim_records, parse_dkim
from digest.model.errors import InvalidSettings

_DNS = Area.DNS


async def check_dkim(ctx: CheckContext) -> AsyncIterator[CheckResult]:
    """Compare each key with its record."""
    settings = ctx.settings
    try:
        signer = load_signer(
            domain=settings.dkim_domain,
            selector=settings.dkim_selector,
            key_file=settings.dkim_key_file,
            ed25519_selector=settings.dkim_ed25519_selector,
            ed25519_key_file=settings.dkim_ed25519_key_file,
        )
    except InvalidSettings as error:
        yield _DNS.problem("DKIM", str(error), "openssl genrsa -out FILE 2048 makes a key")
        return
    if signer is None:
        yield _DNS.not_checked("DKIM", "DKIM_DOMAIN is not set: we sign nothing")
        return
    for record in signer.dns_records():
        name = f"DKIM {record.name.partition('._domainkey')[0]}"
        looked = await ctx.dns.txt(record.name)
        if isinstance(looked, DnsUnknown):
            yield _DNS.not_checked(name, looked.reason)
        else:
            yield evaluate_dkim(name, record, looked)


def evaluate_dkim(name: str, expected: DkimTxtRecord, answer: DnsRecords | DnsMissing) -> CheckResult:
    """Return the verdict on what stands at a selector's name."""
    publish = f"publish: {expected.zone_line}"
    records = find_dkim_records(answer.values) if isinstance(answer, DnsRecords) else []
    key, mine = parse_dkim(records[0]) if len(records) == 1 else None, parse_dkim(expected.text)
    if key is None or mine is None:
        return _DNS.problem(
            name, f"{_missing_record_text(expected, answer, len(records))}: our signatures fail", publish
        )
    if not key.public_key:
        return _DNS.problem(name, "the key was revoked (p= is empty)", f"choose a new selector, or {publish}")
    if (key.algorithm, key.public_key) != (mine.algorithm, mine.public_key):
        return _DNS.problem(name, "DNS holds another key than we sign with", publish)
    if key.is_testing:
        return _DNS.warning(name, "the key we sign with, but marked as a test (t=y)", "take t=y out")
    return _DNS.ok(name, f"{expected.name} holds the key we sign with")


def _missing_record_text(expected: DkimTxtRecord, answer: DnsRecords | DnsMissing, count: int) -> str:
    if isinstance(answer, DnsMissing):
        return answer.reason
    match count:
        case 0:
            return f"{expected.name} has no key record"
        case 1:
            return f"the record at {expected.name} cannot be read"
        case _:
            return f"{expected.name} has {count} key records, where one may stand"
