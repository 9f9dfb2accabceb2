"""The chat: every command in both languages, buttons, strangers, and the terminal."""
