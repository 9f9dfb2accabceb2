"""The web pages from outside: does PUBLIC_URL lead to us, and how long is its certificate good."""

import json
import ssl
from collections.abc import AsyncIterator
from datetime import datetime
from urllib.parse import urlsplit

import httpx

from digest.app.doctor.checks import Area, CheckContext, CheckResult
from digest.app.doctor.database import lock_file_of
from digest.app.doctor.dns_client import DnsUnavailable
from digest.mail.smtp_probe import certificate_expiry
from digest.model.errors import StoreError
from digest.storage.database import database_file
from digest.storage.sqlite.inspect import find_lock_holder

EXPIRY_WARNING_DAYS = 14
"""How many days before its end a certificate is worth a warning."""

_WEB = Area.WEB
_NAME = "PUBLIC_URL"
_MAX_BODY = 100_000
_NO_BACKEND_STATUSES = (502, 503, 504)
"""What a proxy answers while nobody stands behind it."""


async def check_public_url(ctx: CheckContext) -> AsyncIterator[CheckResult]:
    """Ask ``PUBLIC_URL/healthz``, from this machine."""
    url = ctx.settings.public_url
    if url is None:
        yield _WEB.not_checked(_NAME, "not set: readers cannot reach the pages")
        return
    try:
        async with (
            httpx.AsyncClient(timeout=ctx.timeout, verify=ssl.create_default_context(), trust_env=False) as client,
            client.stream("GET", f"{url}/healthz") as answer,
        ):
            channel = answer.extensions["network_stream"].get_extra_info("ssl_object")
            body = b""
            async for chunk in answer.aiter_bytes():
                body += chunk
                if len(body) > _MAX_BODY:
                    break
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        yield await _unreachable_result(ctx, url, error)
        return
    yield evaluate_response(
        url, answer.status_code, answer.headers.get("location", ""), body, service_running=_is_service_running(ctx)
    )
    if channel is not None:
        yield _evaluate_certificate(channel, ctx.clock())


def evaluate_response(url: str, status: int, location: str, body: bytes, *, service_running: bool) -> CheckResult:
    """Return the verdict on an answer."""
    if status in _NO_BACKEND_STATUSES and not service_running:
        return _WEB.not_checked(_NAME, f"{url} answers {status}, and no service runs here", _START_ADVICE)
    if httpx.codes.is_redirect(status):
        return _WEB.problem(
            _NAME,
            f"{url} leads on to {location or 'nowhere'}; one-click unsubscription follows nobody (RFC 8058)",
            "set PUBLIC_URL to where it ends",
        )
    try:
        health = json.loads(body)["status"]
    except (ValueError, KeyError, TypeError):
        return _WEB.problem(
            _NAME,
            f"{url}/healthz answers {status}, and not as we do",
            "let the proxy pass everything under PUBLIC_URL on to WEB_HOST:WEB_PORT",
        )
    if status == httpx.codes.OK and health == "ok":
        return _WEB.ok(_NAME, f"{url} leads to us, from this machine at least")
    return _WEB.problem(_NAME, f"{url} leads to us, and we say {health!r}", "look at the service's log")


_START_ADVICE = "start the service, and ask again"


async def _unreachable_result(ctx: CheckContext, url: str, error: Exception) -> CheckResult:
    """Distinguish a wrong address from a machine without a way out."""
    host = urlsplit(url).hostname or ""
    words = " ".join(str(error).split()) or type(error).__name__
    causes = _error_chain(error)
    if any(isinstance(one, ssl.SSLError) for one in causes):
        return _WEB.problem(_NAME, f"{url}: no safe connection: {words}", "renew its certificate")
    if isinstance(error, httpx.TimeoutException):
        return _WEB.not_checked(
            _NAME, f"{url} did not answer in time", "some networks do not reach themselves from inside"
        )
    if any(isinstance(one, ConnectionError) for one in causes) or isinstance(error, httpx.RemoteProtocolError):
        if not _is_service_running(ctx):
            return _WEB.not_checked(_NAME, f"{url} does not answer, and no service runs here", _START_ADVICE)
        return _WEB.problem(
            _NAME, f"{url} refuses: {words}", "let the proxy listen there, and pass on to WEB_HOST:WEB_PORT"
        )
    try:
        if missing := (await ctx.dns.addresses(host)).missing:
            return _WEB.problem(_NAME, f"{url}: {missing}", "correct PUBLIC_URL, or publish the name")
        why = words
    except DnsUnavailable as unavailable:
        why = str(unavailable)
    return _WEB.not_checked(_NAME, f"no way to {url}: {why}", "look at this machine's network")


def _error_chain(error: BaseException) -> list[BaseException]:
    """Return an exception and everything that led to it, groups of tries too."""
    found: list[BaseException] = []
    waiting: list[BaseException | None] = [error]
    while waiting:
        one = waiting.pop()
        if one is None or one in found:
            continue
        found.append(one)
        waiting += [one.__cause__, one.__context__]
        if isinstance(one, BaseExceptionGroup):
            waiting += one.exceptions
    return found


def _evaluate_certificate(ssl_object: ssl.SSLObject, now: datetime) -> CheckResult:
    until = certificate_expiry(ssl_object)
    if until is None:
        return _WEB.not_checked("certificate", "its end is not told")
    days = (until - now).days
    told = f"good until {until:%Y-%m-%d}, {days} days from now"
    if days < EXPIRY_WARNING_DAYS:
        return _WEB.warning("certificate", told, "renew it; does whatever renews it run?")
    return _WEB.ok("certificate", told)


def _is_service_running(ctx: CheckContext) -> bool:
    try:
        file = database_file(ctx.settings.database_url)
    except StoreError:
        return False
    return file is not None and find_lock_holder(lock_file_of(file)) is not None
