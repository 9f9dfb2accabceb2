"""How often one link may be used to change something."""

from digest.model.links import TokenPurpose
from digest.web.pages.preferences import MAX_CHANGES_PER_HOUR
from tests.web.running_site import RunningSite


async def test_a_program_that_changes_things_without_end_is_told_to_wait_and_others_are_not(site: RunningSite) -> None:
    path = await site.page_path(TokenPurpose.PREFERENCES)
    hidden = await site.hidden_fields(path)

    answers = [await site.client.post(path, data={**hidden, "do": "pause"}) for _ in range(MAX_CHANGES_PER_HOUR + 1)]

    assert [one.status_code for one in answers] == [200] * MAX_CHANGES_PER_HOUR + [429]
    assert (await site.client.get(path)).status_code == 200
    assert (await site.client.post(await site.page_path(TokenPurpose.UNSUBSCRIBE))).status_code == 200
