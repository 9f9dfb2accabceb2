"""What a report says and which domains a paper has. Pure."""
