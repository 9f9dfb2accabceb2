"""How often one link may be used to change something."""

from digest.links import Purpose
from digest.web.preferences import CHANGES_AN_HOUR
from tests.web.site import Site


async def test_a_program_that_changes_things_without_end_is_told_to_wait_and_others_are_not(
    site: Site,
) -> None:
    path = await site.path(Purpose.PREFERENCES)
    hidden = await site.form(path)

    answers = [
        await site.client.post(path, data={**hidden, "do": "pause"}) for _ in range(CHANGES_AN_HOUR + 1)
    ]

    assert [one.status_code for one in answers] == [200] * CHANGES_AN_HOUR + [429]
    assert (await site.client.get(path)).status_code == 200
    assert (await site.client.post(await site.path(Purpose.UNSUBSCRIBE))).status_code == 200
