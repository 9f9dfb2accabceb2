"""What mails that came back do to their readers."""
