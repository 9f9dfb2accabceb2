"""Forms of other sites, links that should lead elsewhere, wrong names of hosts: nothing comes of them."""

import asyncio
import re
from datetime import timedelta
from urllib.parse import urlsplit

from digest.model.links import TokenPurpose
from digest.web.forms import MAX_FORM_AGE, create_form_token
from tests.web.all_paths import UNKNOWN_TOKEN, all_paths, database_hash
from tests.web.running_site import PUBLIC_URL, SECRET, RunningSite

EVIL = "evil.example"
CROSS_SITE = {"Origin": f"https://{EVIL}", "Referer": f"https://{EVIL}/x", "Sec-Fetch-Site": "cross-site"}

REDIRECTS = (
    f"//{EVIL}",
    f"///{EVIL}",
    f"////{EVIL}/%2e%2e",
    f"/\\{EVIL}",
    f"/%5c{EVIL}",
    f"\\\\{EVIL}",
    f"/%2f{EVIL}",
    f"/%2f%2f{EVIL}",
    f"/;@{EVIL}",
    f"/@{EVIL}",
    f"/.{EVIL}",
    f"/?next=//{EVIL}",
    f"/?next=https://{EVIL}",
    f"/?url=https:{EVIL}",
    f"/?redirect=%0d%0aLocation:%20https://{EVIL}",
    f"/?lang=%0d%0aLocation:%20https://{EVIL}",
    f"/?lang=//{EVIL}",
    f"/%0d%0aLocation:%20https://{EVIL}",
    f"/u/%0d%0aLocation:%20https://{EVIL}",
    f"/u/..//{EVIL}",
    f"/u/../..//{EVIL}",
    f"/u/%2e%2e//{EVIL}",
    f"/u/{UNKNOWN_TOKEN}/",
    f"/u/{UNKNOWN_TOKEN}//{EVIL}",
    f"/u/{UNKNOWN_TOKEN}?next=//{EVIL}",
    f"/p/{UNKNOWN_TOKEN}?return_to=https://{EVIL}",
    f"/c/{UNKNOWN_TOKEN}/..//{EVIL}",
    f"/d/1/{UNKNOWN_TOKEN}?to=//{EVIL}",
    f"/site.css//{EVIL}",
    f"/healthz/..//{EVIL}",
    f"/\t/{EVIL}",
    f"/%00//{EVIL}",
    f"https://{EVIL}/",
    f"http://{EVIL}@digest.example.org/",
    "/u",
    "/u/",
    "//",
)

HOSTS = (
    {"Host": EVIL},
    {"Host": f"{EVIL}:443"},
    {"Host": f"digest.example.org.{EVIL}"},
    {"Host": f"digest.example.org@{EVIL}"},
    {"Host": "digest.example.org", "X-Forwarded-Host": EVIL},
    {"Host": "digest.example.org", "Forwarded": f"host={EVIL};proto=http"},
    {"Host": "digest.example.org", "X-Host": EVIL, "X-Original-URL": f"//{EVIL}/", "X-Rewrite-URL": f"/{EVIL}"},
    {"Host": "digest.example.org", "X-Forwarded-Server": EVIL, "X-HTTP-Host-Override": EVIL},
    {"Host": "digest.example.org", "X-Forwarded-Proto": EVIL, "X-Forwarded-Scheme": EVIL},
    {"Host": "digest.example.org", "X-Forwarded-Prefix": f"//{EVIL}", "X-Script-Name": f"//{EVIL}"},
    {"Host": f'"><script src=//{EVIL}>'},
    {"Host": ""},
)


async def test_a_sign_up_needs_a_form_that_was_fetched_here_within_a_day(site: RunningSite) -> None:
    now, before = site.clock(), database_hash(site.store)
    good = create_form_token(SECRET, now)
    minute, _, proof = good.partition(".")
    wrong = {
        "none": None,
        "empty": "",
        "of another key": create_form_token(b"another key", now),
        "too old": create_form_token(SECRET, now - MAX_FORM_AGE - timedelta(minutes=1)),
        "another minute": f"{int(minute) + 1}.{proof}",
        "another proof": f"{minute}.{UNKNOWN_TOKEN}",
        "no proof": f"{minute}.",
        "no minute": f".{proof}",
        "no point": minute + proof,
        "two of them": f"{good}.{proof}",
        "a sign before": f"+{good}",
        "other digits": f"{minute.translate({ord('2'): '٢', ord('9'): '９'})}.{proof}",
        "endless": "9" * 5000 + f".{proof}",
        "a token": (await site.page_path(TokenPurpose.PREFERENCES)).rpartition("/")[2],
        "not ASCII": "ü.ü",
    }
    fields = {"scope": "all", "email": "bob@example.org"}
    before = database_hash(site.store)

    for how, form in wrong.items():
        data = fields if form is None else {**fields, "form": form}
        answer = await site.client.post("/", data=data, headers=CROSS_SITE)
        assert answer.status_code == 403, how
    assert database_hash(site.store) == before
    assert (await site.client.post("/", data={**fields, "form": good})).status_code == 200


async def test_a_button_of_a_page_needs_the_token_in_its_body_too(site: RunningSite) -> None:
    addresses = await all_paths(site)
    await site.client.post(addresses["unsubscribe"])
    other = addresses["unsubscribe"].rpartition("/")[2]
    before = database_hash(site.store)

    for name in ("preferences", "confirm, open", "unsubscribe"):
        token = addresses[name].rpartition("/")[2]
        for do in ("save", "pause", "off", "on", "export", "erase", "erase really", "again", "yes", ""):
            for body in ({}, {"token": UNKNOWN_TOKEN}, {"Token": token}):
                answer = await site.client.post(
                    addresses[name], data={"do": do, **body}, params={"token": token}, headers=CROSS_SITE
                )
                assert answer.status_code in (200, 422)
                assert answer.headers["Content-Type"].startswith("text/html")
        if name != "unsubscribe":
            await site.client.post(addresses[name], data={"do": "erase really", "token": other})
    assert database_hash(site.store) == before


async def test_no_body_but_a_form_presses_a_button(site: RunningSite) -> None:
    path = await site.page_path(TokenPurpose.PREFERENCES)
    token, before = path.rpartition("/")[2], database_hash(site.store)
    said = f"token={token}&do=erase really"

    for kind in ("text/plain", "application/json", "application/csp-report", "", "multipart/mixed; boundary=x"):
        await site.client.post(path, content=said, headers={"Content-Type": kind, **CROSS_SITE})
        await site.client.post(path, json={"token": token, "do": "erase really"}, headers=CROSS_SITE)

    assert database_hash(site.store) == before


async def test_no_address_and_no_form_is_answered_with_a_way_elsewhere(site: RunningSite) -> None:
    hidden, statuses = await site.hidden_fields(), set()

    for target in REDIRECTS:
        for method in ("GET", "HEAD", "POST"):
            answer = await raw_request(site, method, target, hidden["form"])
            status, headers = int(answer[9:12]), answer.partition("\r\n\r\n")[0].lower()
            statuses.add(status)
            assert not 300 <= status < 400, target
            assert not re.search(r"^(location|refresh|link|content-location):", headers, re.MULTILINE), target
            assert EVIL not in answer, target

    assert len(REDIRECTS) >= 30
    assert statuses == {200, 400, 404, 405, 422}


async def raw_request(site: RunningSite, method: str, target: str, form: str) -> str:
    """Ask for exactly this target, which a client would tidy up; give the answer as it came."""
    reader, writer = await asyncio.open_connection("127.0.0.1", site.server.port)
    body = f"form={form}&email=x&next=//{EVIL}&redirect=https://{EVIL}" if method == "POST" else ""
    writer.write(
        f"{method} {target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: {len(body)}\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\n\r\n{body}".encode()
    )
    answer = await asyncio.wait_for(reader.read(), 10)
    writer.close()
    return answer.decode()


async def test_no_wrong_name_of_a_host_stands_in_an_answer_or_a_mail(site: RunningSite) -> None:
    addresses = await all_paths(site)
    names = ("unsubscribe", "preferences", "confirm, open", "confirm, late", "copy", "nowhere", "style", "health")

    for number, headers in enumerate(HOSTS):
        for path in map(addresses.__getitem__, names):
            answer = await site.client.get(path, headers=headers)
            assert EVIL not in answer.text, headers
            assert EVIL not in str(answer.headers), headers
        hidden = await site.hidden_fields(**headers)
        await site.client.post(
            "/",
            data={**hidden, "scope": "all", "email": f"reader{number}@example.net"},
            headers={**headers, "X-Forwarded-For": f"203.0.{number}.1"},
        )

    links = await site.email_links()
    assert len([one for one, _ in await site.pending_confirmations() if one.endswith("@example.net")]) == len(HOSTS)
    assert {urlsplit(one).netloc for one in (links.unsubscribe, links.preferences, links.signup)} == {
        urlsplit(PUBLIC_URL).netloc
    }
