"""Tests of the render room: what people see in Telegram and in their mail."""
