"""Understanding mails that came back."""
