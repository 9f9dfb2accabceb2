"""What stands between a bot and Telegram answers like this: seen of real software, made shorter."""

import json

from tests.support.telegram_faults import Foreign


def said(status: int, answer: object) -> Foreign:
    """Give an answer in JSON."""
    return Foreign(status=status, body=json.dumps(answer).encode(), kind="application/json")


def page(status: int, title: str, *headers: tuple[str, str]) -> Foreign:
    """Give an answer as a page."""
    body = f"<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>"
    return Foreign(status=status, body=body.encode(), headers=headers)


INSTEAD = {
    "API gateway 403": said(403, {"message": "Forbidden"}),
    "API gateway 404": said(404, {"message": "no Route matched with those values"}),
    "firewall 403": page(403, "Access Denied"),
    "firewall 403 in JSON": said(403, {"error": "blocked by policy", "ok": False}),
    "bare Forbidden": said(403, {"ok": False, "error_code": 403, "description": "Forbidden"}),
    "another code": said(403, {"ok": False, "error_code": 1020, "description": "Forbidden: bot was blocked"}),
    "code in words": said(
        403, {"ok": False, "error_code": "403", "description": "Forbidden: bot was blocked"}
    ),
    "another status": said(
        200, {"ok": False, "error_code": 403, "description": "Forbidden: bot was blocked"}
    ),
    "no ok": said(403, {"error_code": 403, "description": "Forbidden: bot was blocked by the user"}),
    "proxy 401": said(401, {"error": "unauthorized"}),
    "proxy 401 page": page(401, "Authorization Required", ("WWW-Authenticate", 'Basic realm="proxy"')),
    "nginx 404": page(404, "404 Not Found"),
    "proxy 400": said(400, {"status": 400, "error": "Bad Request"}),
    "nginx 400": page(400, "400 Bad Request"),
    "proxy 407": page(407, "Proxy Authentication Required", ("Proxy-Authenticate", "Basic")),
    "nginx 409": page(409, "409 Conflict"),
    "request time-out": page(408, "408 Request Time-out"),
    "CDN 429": page(429, "Error 1015: You are being rate limited", ("Retry-After", "10")),
    "API gateway 429": said(429, {"message": "API rate limit exceeded"}),
    "legal 451": page(451, "Unavailable For Legal Reasons"),
    "portal page": page(200, "Welcome to our free network"),
    "portal in JSON": said(200, {"status": "login required"}),
    "blackhole": Foreign(status=200),
    "no content": Foreign(status=204),
    "words": Foreign(status=200, body=b"OK\n", kind="text/plain"),
    "a list": said(200, []),
    "null": said(200, None),
    "a string": said(200, "x"),
    "ok false alone": said(200, {"ok": False}),
    "redirect": page(302, "Found", ("Location", "http://login.example.net/?from=api.telegram.org")),
    "moved": Foreign(status=301, headers=(("Location", "https://elsewhere.example.net/"),)),
    "see other, nowhere": Foreign(status=303),
    "network login": page(511, "Network Authentication Required"),
}
"""Answers of whoever has not passed the request on: nothing was delivered."""

IN_DOUBT = {
    "nginx 502": page(502, "502 Bad Gateway"),
    "nginx 504": page(504, "504 Gateway Time-out"),
    "HAProxy 503": page(503, "503 Service Unavailable"),
    "Envoy 503": Foreign(status=503, body=b"upstream connect error or disconnect/reset", kind="text/plain"),
    "JSON 500": said(500, {"error": "internal"}),
    "empty 500": Foreign(status=500),
    "CDN 520": page(520, "Web server is returning an unknown error"),
    "half of an answer": Foreign(status=200, body=b'{"ok":true,"result":{"mess', kind="application/json"),
    "ok without a result": said(200, {"ok": True}),
    "ok with nonsense": said(200, {"ok": True, "result": {"message_id": "x"}}),
    "compressed twice": Foreign(status=200, body=b"\x1f\x8b\x08\x00\xff\xfe", kind="application/json"),
    "no status of HTTP": Foreign(status=999, body=b"denied", kind="text/plain"),
}
"""Answers after which nobody knows whether Telegram had the request."""
