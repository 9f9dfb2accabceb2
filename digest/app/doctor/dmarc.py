"""DMARC: what receivers are asked to do with mail that is not ours, and whether our own passes."""

from collections.abc import AsyncIterator

from digest.app.doctor.case import Case, domain_of
from digest.app.doctor.finding import Area, Finding
from digest.app.doctor.names import Found, Unknown
from digest.dns_records.dmarc import Dmarc, aligned, dmarc_records, read_dmarc, where_to_look

_DNS = Area.DNS
_PUBLISH = "publish as TXT of _dmarc.{domain}: v=DMARC1; p=none; rua=mailto:YOUR-ADDRESS"


async def check(case: Case) -> AsyncIterator[Finding]:
    """Look for the record that counts for our ``From``, and compare SPF and DKIM with it."""
    sender = case.from_domain
    if sender is None:
        yield _DNS.not_checked("DMARC", "MAIL_FROM is not set")
        return
    name = f"DMARC of {sender}"
    for domain in where_to_look(sender):
        looked = await case.names.texts(f"_dmarc.{domain}")
        if isinstance(looked, Unknown):
            yield _DNS.not_checked(name, looked.why)
            yield _DNS.not_checked("alignment", "the DMARC record comes first")
            return
        records = dmarc_records(looked.values) if isinstance(looked, Found) else []
        if not records:
            continue
        policy = read_dmarc(records[0]) if len(records) == 1 else None
        yield _judged(name, sender, domain, policy, len(records))
        yield _alignment(case, sender, policy, domain)
        return
    yield _DNS.warning(
        name,
        "no record: Gmail and Yahoo want one from whoever sends much",
        _PUBLISH.format(domain=sender),
    )
    yield _alignment(case, sender, None, where_to_look(sender)[-1])


def _judged(name: str, sender: str, domain: str, policy: Dmarc | None, count: int) -> Finding:
    if policy is None:
        what = f"{count} records, and receivers then take none" if count > 1 else "cannot be read"
        return _DNS.problem(name, f"_dmarc.{domain}: {what}", _PUBLISH.format(domain=domain))
    asked = policy.policy if domain == sender else policy.subdomains
    where = "" if domain == sender else f", from _dmarc.{domain}"
    advice = "once the reports show that all your mail passes: p=quarantine" if asked == "none" else ""
    told = "" if policy.reports_to else ", and nobody gets the reports"
    return _DNS.ok(name, f"p={asked}{where}{told}", advice)


def _alignment(case: Case, sender: str, policy: Dmarc | None, top: str) -> Finding:
    """Tell whether SPF or DKIM can pass for ``From``: one of them must."""
    signs, envelope = case.settings.dkim_domain, case.envelope_domain
    by_dkim = signs is not None and aligned(
        domain_of(signs), sender, strict=policy is not None and policy.strict_dkim, top=top
    )
    by_spf = envelope is not None and aligned(
        envelope, sender, strict=policy is not None and policy.strict_spf, top=top
    )
    if by_dkim:
        return _DNS.ok("alignment", f"DKIM of {signs}{' and SPF of ' + str(envelope) if by_spf else ''}")
    if by_spf:
        return _DNS.warning(
            "alignment",
            f"by SPF of {envelope} alone, which forwarding breaks",
            "sign with DKIM for this domain, here or at your provider",
        )
    return _DNS.problem(
        "alignment",
        f"neither DKIM ({signs or 'none'}) nor SPF ({envelope}) counts for From at {sender}",
        f"sign with DKIM_DOMAIN={sender}, or use a BOUNCE_ADDRESS there",
    )
