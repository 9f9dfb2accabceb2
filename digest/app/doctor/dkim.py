"""DKIM: does DNS hold the public half of the key that we sign with."""

from collections.abc import AsyncIterator

from digest.app.doctor.case import Case
from digest.app.doctor.finding import Area, Finding
from digest.app.doctor.names import Found, Missing, Unknown
from digest.deliver.dkim import PublicRecord, load_signer
from digest.dns_records.dkim import dkim_records, read_dkim
from digest.errors import BadSettings

_DNS = Area.DNS


async def check(case: Case) -> AsyncIterator[Finding]:
    """Compare each key with its record."""
    settings = case.settings
    try:
        signer = load_signer(
            domain=settings.dkim_domain,
            selector=settings.dkim_selector,
            key_file=settings.dkim_key_file,
            ed25519_selector=settings.dkim_ed25519_selector,
            ed25519_key_file=settings.dkim_ed25519_key_file,
        )
    except BadSettings as error:
        yield _DNS.problem("DKIM", str(error), "openssl genrsa -out FILE 2048 makes a key")
        return
    if signer is None:
        yield _DNS.not_checked("DKIM", "DKIM_DOMAIN is not set: we sign nothing")
        return
    for record in signer.records():
        name = f"DKIM {record.name.partition('._domainkey')[0]}"
        looked = await case.names.texts(record.name)
        if isinstance(looked, Unknown):
            yield _DNS.not_checked(name, looked.why)
        else:
            yield judged(name, record, looked)


def judged(name: str, ours: PublicRecord, looked: Found | Missing) -> Finding:
    """Give the verdict on what stands at a selector's name."""
    publish = f"publish: {ours.zone_line}"
    records = dkim_records(looked.values) if isinstance(looked, Found) else []
    key, mine = read_dkim(records[0]) if len(records) == 1 else None, read_dkim(ours.text)
    if key is None or mine is None:
        return _DNS.problem(name, f"{_lack(ours, looked, len(records))}: our signatures fail", publish)
    if not key.public:
        return _DNS.problem(name, "the key was revoked (p= is empty)", f"choose a new selector, or {publish}")
    if (key.algorithm, key.public) != (mine.algorithm, mine.public):
        return _DNS.problem(name, "DNS holds another key than we sign with", publish)
    if key.testing:
        return _DNS.warning(name, "the key we sign with, but marked as a test (t=y)", "take t=y out")
    return _DNS.ok(name, f"{ours.name} holds the key we sign with")


def _lack(ours: PublicRecord, looked: Found | Missing, count: int) -> str:
    if isinstance(looked, Missing):
        return looked.why
    match count:
        case 0:
            return f"{ours.name} has no key record"
        case 1:
            return f"the record at {ours.name} cannot be read"
        case _:
            return f"{ours.name} has {count} key records, where one may stand"
