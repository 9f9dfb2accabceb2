"""Programs that others wrote look at our mails and pages: ``make conformance``."""
