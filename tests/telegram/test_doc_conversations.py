"""The conversations that the page for readers shows are those that the bot holds."""

from tests.telegram.doc_conversations import PAGE, render_conversations, replace_conversations


async def test_the_page_shows_what_the_bot_says() -> None:
    page = PAGE.read_text(encoding="utf-8")

    assert page == replace_conversations(await render_conversations(), page)
