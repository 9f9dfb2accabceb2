"""What owners hear: one line that names the chat and says what to do next."""

import pytest

from digest.model import Locale
from digest.services.group_notices import GroupEvent, notice_for


@pytest.mark.parametrize("locale", Locale)
@pytest.mark.parametrize("news", GroupEvent)
def test_each_news_names_the_chat_in_one_short_line_and_says_what_to_do(news: GroupEvent, locale: Locale) -> None:
    line = notice_for(news, "Lab\n" + "x" * 300, 57, locale)

    assert "“Lab xxx" in line.text
    assert "/groups" in line.text
    assert "\n" not in line.text
    assert len(line.text) < 300
    assert line.is_system


def test_every_news_has_words_of_its_own() -> None:
    assert len({notice_for(news, "Lab", 57, Locale.EN).text for news in GroupEvent}) == len(GroupEvent)
