"""What the chat says, by topic: pure, from a language and a result to an answer."""
