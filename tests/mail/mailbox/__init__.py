"""Tests of digest/mail/mailbox."""
