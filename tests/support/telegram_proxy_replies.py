"""What stands between a bot and Telegram answers like this: seen of real software, made shorter."""

import json

from tests.support.telegram_faults import ForeignReply


def json_reply(status: int, payload: object) -> ForeignReply:
    """Return an answer in JSON."""
    return ForeignReply(status=status, body=json.dumps(payload).encode(), content_type="application/json")


def html_reply(status: int, title: str, *headers: tuple[str, str]) -> ForeignReply:
    """Return an answer as a page."""
    body = f"<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>"
    return ForeignReply(status=status, body=body.encode(), headers=headers)


FOREIGN_REPLIES = {
    "API gateway 403": json_reply(403, {"message": "Forbidden"}),
    "API gateway 404": json_reply(404, {"message": "no Route matched with those values"}),
    "firewall 403": html_reply(403, "Access Denied"),
    "firewall 403 in JSON": json_reply(403, {"error": "blocked by policy", "ok": False}),
    "bare Forbidden": json_reply(403, {"ok": False, "error_code": 403, "description": "Forbidden"}),
    "another code": json_reply(403, {"ok": False, "error_code": 1020, "description": "Forbidden: bot was blocked"}),
    "code in words": json_reply(403, {"ok": False, "error_code": "403", "description": "Forbidden: bot was blocked"}),
    "another status": json_reply(200, {"ok": False, "error_code": 403, "description": "Forbidden: bot was blocked"}),
    "no ok": json_reply(403, {"error_code": 403, "description": "Forbidden: bot was blocked by the user"}),
    "proxy 401": json_reply(401, {"error": "unauthorized"}),
    "proxy 401 page": html_reply(401, "Authorization Required", ("WWW-Authenticate", 'Basic realm="proxy"')),
    "nginx 404": html_reply(404, "404 Not Found"),
    "proxy 400": json_reply(400, {"status": 400, "error": "Bad Request"}),
    "nginx 400": html_reply(400, "400 Bad Request"),
    "proxy 407": html_reply(407, "Proxy Authentication Required", ("Proxy-Authenticate", "Basic")),
    "nginx 409": html_reply(409, "409 Conflict"),
    "request time-out": html_reply(408, "408 Request Time-out"),
    "CDN 429": html_reply(429, "Error 1015: You are being rate limited", ("Retry-After", "10")),
    "API gateway 429": json_reply(429, {"message": "API rate limit exceeded"}),
    "legal 451": html_reply(451, "Unavailable For Legal Reasons"),
    "portal page": html_reply(200, "Welcome to our free network"),
    "portal in JSON": json_reply(200, {"status": "login required"}),
    "blackhole": ForeignReply(status=200),
    "no content": ForeignReply(status=204),
    "words": ForeignReply(status=200, body=b"OK\n", content_type="text/plain"),
    "a list": json_reply(200, []),
    "null": json_reply(200, None),
    "a string": json_reply(200, "x"),
    "ok false alone": json_reply(200, {"ok": False}),
    "redirect": html_reply(302, "Found", ("Location", "http://login.example.net/?from=api.telegram.org")),
    "moved": ForeignReply(status=301, headers=(("Location", "https://elsewhere.example.net/"),)),
    "see other, nowhere": ForeignReply(status=303),
    "network login": html_reply(511, "Network Authentication Required"),
}
"""Answers of whoever has not passed the request on: nothing was delivered."""

AMBIGUOUS_REPLIES = {
    "nginx 502": html_reply(502, "502 Bad Gateway"),
    "nginx 504": html_reply(504, "504 Gateway Time-out"),
    "HAProxy 503": html_reply(503, "503 Service Unavailable"),
    "Envoy 503": ForeignReply(
        status=503, body=b"upstream connect error or disconnect/reset", content_type="text/plain"
    ),
    "JSON 500": json_reply(500, {"error": "internal"}),
    "empty 500": ForeignReply(status=500),
    "CDN 520": html_reply(520, "Web server is returning an unknown error"),
    "half of an answer": ForeignReply(status=200, body=b'{"ok":true,"result":{"mess', content_type="application/json"),
    "ok without a result": json_reply(200, {"ok": True}),
    "ok with nonsense": json_reply(200, {"ok": True, "result": {"message_id": "x"}}),
    "compressed twice": ForeignReply(status=200, body=b"\x1f\x8b\x08\x00\xff\xfe", content_type="application/json"),
    "no status of HTTP": ForeignReply(status=999, body=b"denied", content_type="text/plain"),
}
"""Answers after which nobody knows whether Telegram had the request."""
