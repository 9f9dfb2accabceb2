"""The mails with which flufl.bounce tests itself: whom our reader of returned mail finds in them."""

from importlib.metadata import version

from tests.conformance.validator_report import ValidatorReport, ValidatorUnavailable
from tests.mail.bounces import corpus


def check() -> ValidatorReport:
    """Have every mail of the corpus judged; a few of them may be misjudged, and are told."""
    try:
        mails = corpus.judge_corpus()
    except RuntimeError as error:
        raise ValidatorUnavailable(str(error)) from error
    wrong = [one.name for one in mails if one.is_wrong]
    too_many = len(wrong) > corpus.MAX_MISJUDGED * len(mails)
    told = f" ({', '.join(wrong)})" if wrong else ""
    return ValidatorReport(
        name="flufl.bounce",
        version=version("flufl.bounce"),
        scope=f"{len(mails)} returned mails of other servers, {len(wrong)} misjudged{told}",
        faults=tuple(f"{name} is misjudged" for name in wrong) if too_many else (),
    )
