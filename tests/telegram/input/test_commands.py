"""Which command a message means."""

from hypothesis import given
from hypothesis import strategies as st

from digest.telegram.commands import COMMAND_NAMES, COMMANDS
from digest.telegram.input.commands import ParsedCommand, parse_message


def test_a_message_is_understood() -> None:
    rows = [
        ("/today", "today", ""),
        ("/TODAY robotics", "today", "robotics"),
        ("/today@My_Bot robotics", "today", "robotics"),
        ("／today robotics", "today", "robotics"),
        ("today", "today", ""),
        ("今天", "today", ""),
        ("/今天", "today", ""),
        ("今天 视频", "today", "视频"),
        ("订阅机器人", "subscribe", "机器人"),
        ("取消订阅 机器人", "unsubscribe", "机器人"),
        ("退订", "unsubscribe", ""),
        ("设置：时间 8点", "settings", "时间 8点"),
        ("/broadcast one\n\ntwo  words", "broadcast", "one\n\ntwo  words"),
        ("2601.15876", "paper", "2601.15876"),
        ("https://arxiv.org/abs/2601.15876v2", "paper", "https://arxiv.org/abs/2601.15876v2"),
        ("3", "paper", "3"),
        ("#12", "paper", "#12"),
        ("123456", "email", "123456"),
        ("123 456", "email", "123 456"),
        ("ada@example.org", "email", "ada@example.org"),
        ("hello there", "", "hello there"),
        ("/nonsense now", "", "/nonsense now"),
        ("", "", ""),
        ("/", "", "/"),
    ]

    assert not [
        (text, name, rest)
        for text, name, rest in rows
        if (spoken := parse_message(text, "my_bot", COMMAND_NAMES)) is None
        or (spoken.name, spoken.text) != (name, rest)
    ]


def test_a_command_to_another_bot_is_not_ours() -> None:
    assert parse_message("/today@another_bot", "my_bot", COMMAND_NAMES) is None


def test_a_joined_emoji_in_a_broadcast_stays_whole() -> None:
    spoken = parse_message("/broadcast 👩‍🔬 is here", "my_bot", COMMAND_NAMES)

    assert spoken == ParsedCommand(name="broadcast", text="👩‍🔬 is here", has_slash=True)


def test_signs_that_nobody_sees_do_not_hide_a_command() -> None:
    spoken = parse_message("\u200e/to\u200bday \x00robotics", "my_bot", COMMAND_NAMES)

    assert spoken is not None
    assert spoken.text.endswith("robotics")


def test_every_command_has_a_chinese_word_and_no_word_means_two() -> None:
    assert [name for name, command in COMMANDS.items() if all(word.isascii() for word in command.aliases)] == []
    assert len(COMMAND_NAMES) == sum(1 + len(command.aliases) for command in COMMANDS.values())


@given(text=st.text(max_size=200))
def test_any_message_is_a_command_or_talk(text: str) -> None:
    spoken = parse_message(text, "my_bot", COMMAND_NAMES)

    assert spoken is None or spoken.name in ("", *COMMANDS)
