"""Every error that Paper Digest raises on purpose.

::

    PaperDigestError            somebody must mend something; str() is one clear line for them
    ├── NotAReport              a file that is no report at all
    ├── BadTaxonomy             the domain taxonomy contradicts itself
    ├── BadSettings             the operator's settings, all mistakes in one line
    ├── BadTemplate             a template that does not compile
    ├── BadRequest              what a person or script asked for makes no sense
    ├── StoreError              the database is away, locked, full, newer than the code
    ├── StoreDamaged            its files are damaged, deleted or replaced; the program must end
    ├── MailboxAway             the mailbox of mail that came back cannot be read just now
    └── ChannelStopped          a channel cannot go on at all (token refused, second poller)

What may simply happen (an unknown paper, a full mailbox) is a value, not an error.
"""


class PaperDigestError(Exception):
    """Something that a person must mend; ``str()`` says what is wrong and what to do, in one line."""


class InvalidReport(PaperDigestError):
    """The text is no daily report: empty, binary, HTML, JSON, or another project's Markdown."""


class InvalidTaxonomy(PaperDigestError):
    """The taxonomy file has a missing column, a repeated alias, or a missing name."""


class InvalidSettings(PaperDigestError):
    """One or more settings are missing or wrong; the line names each of them and no secret."""


class InvalidTemplate(PaperDigestError):
    """A template under ``templates/`` does not compile; the line names the file."""


class InvalidInput(PaperDigestError):
    """A command's words make no sense; the line says what would."""


class StoreError(PaperDigestError):
    """The database cannot do what was asked: away, locked, read-only, full, or of a newer schema."""


class DatabaseCorrupted(PaperDigestError):
    """The database's files are damaged, deleted or replaced: waiting mends nothing, and the program ends.

    No ``StoreError``: whoever waits for a store that is away must not wait for this one.
    """


class MailboxUnavailable(PaperDigestError):
    """The mailbox of mail that came back is not there, or refuses us; reading it is tried again later."""


class ChannelMisconfigured(PaperDigestError):
    """A channel cannot go on until the operator acts, such as a refused bot token."""
