"""Programs that others wrote look at our mails: ``make conformance``."""
