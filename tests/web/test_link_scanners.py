"""Link scanners of mail providers open every link, with any method that is safe: nothing changes."""

import pytest

from tests.web.all_paths import all_paths, database_hash
from tests.web.running_site import RunningSite

USER_AGENTS = ("Mozilla/5.0", "Google-Read-Aloud", "BarracudaCentral/1.0", "Microsoft Office/16.0", "")
OK, WRONG_METHOD = 200, 405


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
async def test_opening_any_link_in_any_state_writes_nothing(site: RunningSite, method: str) -> None:
    addresses = await all_paths(site)
    before = database_hash(site.store)

    answers = {
        (name, agent): await site.client.request(method, path, headers={"User-Agent": agent})
        for name, path in addresses.items()
        for agent in USER_AGENTS
    }

    assert database_hash(site.store) == before
    assert [name for name, answer in answers.items() if answer.status_code >= 500] == []
    expected = {WRONG_METHOD} if method == "OPTIONS" else {OK}
    live = ("unsubscribe", "preferences", "confirm, open", "confirm, done", "copy", "sign-up")
    assert {answers[name, agent].status_code for name in live for agent in USER_AGENTS} == expected


async def test_the_fingerprint_sees_one_changed_letter(site: RunningSite) -> None:
    before = database_hash(site.store)

    await site.client.post((await all_paths(site))["unsubscribe"])

    assert database_hash(site.store) != before


async def test_a_scanner_that_ignores_head_and_reads_the_form_finds_no_link_that_acts(site: RunningSite) -> None:
    addresses = await all_paths(site)
    before = database_hash(site.store)

    for name in ("unsubscribe", "preferences", "confirm, open"):
        for query in ("do=again", "do=erase+really", "do=yes", "List-Unsubscribe=One-Click"):
            token = addresses[name].rpartition("/")[2]
            await site.client.get(f"{addresses[name]}?token={token}&{query}")

    assert database_hash(site.store) == before
