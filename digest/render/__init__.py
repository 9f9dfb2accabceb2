"""Rendering: a digest becomes a Telegram message or an email, a paper becomes a view; pure, without I/O."""
