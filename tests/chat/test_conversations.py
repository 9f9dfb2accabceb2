"""The conversations that the page for readers shows are those that the bot holds."""

from tests.chat.conversations import PAGE, conversations, page_with


async def test_the_page_shows_what_the_bot_says() -> None:
    page = PAGE.read_text(encoding="utf-8")

    assert page == page_with(await conversations(), page)
