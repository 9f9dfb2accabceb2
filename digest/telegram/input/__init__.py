"""What people type: commands, settings, dates, times, time zones."""
