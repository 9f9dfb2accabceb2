"""The web pages from outside: does PUBLIC_URL lead to us, and how long is its certificate good."""

import json
import ssl
from collections.abc import AsyncIterator
from datetime import datetime
from urllib.parse import urlsplit

import httpx

from digest.app.doctor.case import Case
from digest.app.doctor.finding import Area, Finding
from digest.app.doctor.names import Found, Missing
from digest.app.doctor.store import lock_of
from digest.app.doctor.trust import authorities
from digest.deliver.smtp_look import valid_until
from digest.errors import StoreError
from digest.store.condition import database_file, holder_of

SOON_DAYS = 14
"""How many days before its end a certificate is worth a warning."""

_WEB = Area.WEB
_NAME = "PUBLIC_URL"
_MOST = 100_000
_NOBODY = (502, 503, 504)
"""What a proxy answers while nobody stands behind it."""


async def check(case: Case) -> AsyncIterator[Finding]:
    """Ask ``PUBLIC_URL/healthz``, from this machine."""
    url = case.settings.public_url
    if url is None:
        yield _WEB.not_checked(_NAME, "not set: readers cannot reach the pages")
        return
    try:
        async with (
            httpx.AsyncClient(
                timeout=case.patience, verify=authorities(None) or True, trust_env=False
            ) as client,
            client.stream("GET", f"{url}/healthz") as answer,
        ):
            channel = answer.extensions["network_stream"].get_extra_info("ssl_object")
            body = b""
            async for chunk in answer.aiter_bytes():
                body += chunk
                if len(body) > _MOST:
                    break
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        yield await _unreached(case, url, error)
        return
    yield judged(url, answer.status_code, answer.headers.get("location", ""), body, runs=_runs(case))
    if channel is not None:
        yield _certificate(channel, case.clock())


def judged(url: str, status: int, to: str, body: bytes, *, runs: bool) -> Finding:
    """Give the verdict on an answer."""
    if status in _NOBODY and not runs:
        return _WEB.not_checked(_NAME, f"{url} answers {status}, and no service runs here", _START)
    if httpx.codes.is_redirect(status):
        return _WEB.problem(
            _NAME,
            f"{url} leads on to {to or 'nowhere'}; one-click unsubscription follows nobody (RFC 8058)",
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


_START = "start the service, and ask again"


async def _unreached(case: Case, url: str, error: Exception) -> Finding:
    """Tell a wrong address from a machine without a way out."""
    host = urlsplit(url).hostname or ""
    words = " ".join(str(error).split()) or type(error).__name__
    causes = _causes(error)
    if any(isinstance(one, ssl.SSLError) for one in causes):
        return _WEB.problem(_NAME, f"{url}: no safe connection: {words}", "renew its certificate")
    if isinstance(error, httpx.TimeoutException):
        return _WEB.not_checked(
            _NAME, f"{url} did not answer in time", "some networks do not reach themselves from inside"
        )
    if any(isinstance(one, ConnectionError) for one in causes) or isinstance(
        error, httpx.RemoteProtocolError
    ):
        if not _runs(case):
            return _WEB.not_checked(_NAME, f"{url} does not answer, and no service runs here", _START)
        return _WEB.problem(
            _NAME, f"{url} refuses: {words}", "let the proxy listen there, and pass on to WEB_HOST:WEB_PORT"
        )
    looked = await case.names.addresses(host)
    if isinstance(looked, Missing):
        return _WEB.problem(_NAME, f"{url}: {looked.why}", "correct PUBLIC_URL, or publish the name")
    why = words if isinstance(looked, Found) else looked.why
    return _WEB.not_checked(_NAME, f"no way to {url}: {why}", "look at this machine's network")


def _causes(error: BaseException) -> list[BaseException]:
    """Give an exception and everything that led to it, groups of tries too."""
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


def _certificate(channel: ssl.SSLObject, now: datetime) -> Finding:
    until = valid_until(channel)
    if until is None:
        return _WEB.not_checked("certificate", "its end is not told")
    days = (until - now).days
    told = f"good until {until:%Y-%m-%d}, {days} days from now"
    if days < SOON_DAYS:
        return _WEB.warning("certificate", told, "renew it; does whatever renews it run?")
    return _WEB.ok("certificate", told)


def _runs(case: Case) -> bool:
    try:
        file = database_file(case.settings.database_url)
    except StoreError:
        return False
    return file is not None and holder_of(lock_of(file)) is not None
