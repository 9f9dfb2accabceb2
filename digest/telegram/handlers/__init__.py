"""What the bot does for each command and button, one file per feature."""
