"""Where reports come from, and mail that came back."""
