"""DMARC: what receivers are asked to do with mail that is not ours, and whether our own passes."""

from collections.abc import AsyncIterator

from digest.app.doctor.context import CheckContext, domain_of
from digest.app.doctor.dns_client import DnsRecords, DnsUnknown
from digest.app.doctor.result import Area, CheckResult
from digest.mail.dns.dmarc import DmarcRecord, find_dmarc_records, is_aligned, parse_dmarc, policy_domains

_DNS = Area.DNS
_PUBLISH_ADVICE = "publish as TXT of _dmarc.{domain}: v=DMARC1; p=none; rua=mailto:YOUR-ADDRESS"


async def check_dmarc(ctx: CheckContext) -> AsyncIterator[CheckResult]:
    """Look for the record that counts for our ``From``, and compare SPF and DKIM with it."""
    sender = ctx.from_domain
    if sender is None:
        yield _DNS.not_checked("DMARC", "MAIL_FROM is not set")
        return
    name = f"DMARC of {sender}"
    for domain in policy_domains(sender):
        looked = await ctx.dns.txt(f"_dmarc.{domain}")
        if isinstance(looked, DnsUnknown):
            yield _DNS.not_checked(name, looked.reason)
            yield _DNS.not_checked("alignment", "the DMARC record comes first")
            return
        records = find_dmarc_records(looked.values) if isinstance(looked, DnsRecords) else []
        if not records:
            continue
        policy = parse_dmarc(records[0]) if len(records) == 1 else None
        yield _evaluate_policy(name, sender, domain, policy, len(records))
        yield _evaluate_alignment(ctx, sender, policy, domain)
        return
    yield _DNS.warning(
        name, "no record: Gmail and Yahoo want one from whoever sends much", _PUBLISH_ADVICE.format(domain=sender)
    )
    yield _evaluate_alignment(ctx, sender, None, policy_domains(sender)[-1])


def _evaluate_policy(name: str, sender: str, domain: str, policy: DmarcRecord | None, count: int) -> CheckResult:
    if policy is None:
        what = f"{count} records, and receivers then take none" if count > 1 else "cannot be read"
        return _DNS.problem(name, f"_dmarc.{domain}: {what}", _PUBLISH_ADVICE.format(domain=domain))
    asked = policy.policy if domain == sender else policy.subdomain_policy
    where = "" if domain == sender else f", from _dmarc.{domain}"
    advice = "once the reports show that all your mail passes: p=quarantine" if asked == "none" else ""
    told = "" if policy.report_address else ", and nobody gets the reports"
    return _DNS.ok(name, f"p={asked}{where}{told}", advice)


def _evaluate_alignment(ctx: CheckContext, sender: str, policy: DmarcRecord | None, top: str) -> CheckResult:
    """Return whether SPF or DKIM can pass for ``From``: one of them must."""
    signs, envelope = ctx.settings.dkim_domain, ctx.envelope_domain
    by_dkim = signs is not None and is_aligned(
        domain_of(signs), sender, strict=policy is not None and policy.strict_dkim, policy_domain=top
    )
    by_spf = envelope is not None and is_aligned(
        envelope, sender, strict=policy is not None and policy.strict_spf, policy_domain=top
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
