"""What an email address is, and the one form in which it is compared and stored."""

from digest.model.errors import InvalidInput


def normalize_email(text: str) -> str:
    """Return an email address in its normal form; raises ``InvalidInput`` where it is none.

    In small letters: RFC 5321 lets a host tell ``Ann`` from ``ann``, and no known one does.
    """
    from email_validator import EmailNotValidError, validate_email  # noqa: PLC0415 - 40 ms that few commands need

    try:
        return validate_email(text.strip(), check_deliverability=False).normalized.lower()
    except EmailNotValidError as error:
        raise InvalidInput(f"{text!r} is no email address: {error}") from error
