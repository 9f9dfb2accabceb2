"""From the bytes of a file to clean lines, or to one clear line why this is no report."""

import codecs
import re
from dataclasses import dataclass

from digest.model import Problem
from digest.model.errors import InvalidReport

MAX_BYTES = 5_000_000
MAX_LINE_LENGTH = 10_000

_AS_UTF8 = "save it as UTF-8 and send it again"
_SIGNATURES = {
    b"%PDF": "a PDF",
    b"PK\x03\x04": "a ZIP archive or an Office document",
    b"\x89PNG": "a PNG picture",
    b"\xff\xd8\xff": "a JPEG picture",
    b"\x1f\x8b": "a gzip archive",
    b"SQLite format 3": "an SQLite database",
}
_WIDE_BOMS = {
    codecs.BOM_UTF32_LE: "UTF-32",
    codecs.BOM_UTF32_BE: "UTF-32",
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
}
_ENCODINGS = {"gb18030": "GBK (GB18030)", "big5": "Big5"}
_TYPICAL_WORDS = ("应用领域", "创新点", "实验效果", "應用領域", "創新點", "實驗效果", "链接", "連結", "鏈接")
_SAMPLE_LENGTH = 200_000
_MAX_DAMAGE_PERCENT = 1
_MAX_BAD_BYTES = 8

_DROPPED_CONTROLS = dict.fromkeys([*range(9), *range(0x0E, 0x20), *range(0x7F, 0x85), *range(0x86, 0xA0)])
_CONTROLS = _DROPPED_CONTROLS | dict.fromkeys([0x0B, 0x0C, 0x85, 0x2028, 0x2029], " ")
_BIDI = dict.fromkeys([0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFEFF])
_CLEANED = _CONTROLS | _BIDI
_UNCLEAN = re.compile("[" + "".join(map(re.escape, map(chr, _CLEANED))) + "]")
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class DecodedReport:
    """A report's clean lines, without line ends and trailing blanks, and what had to be mended."""

    lines: tuple[str, ...]
    problems: tuple[Problem, ...]


def decode_report(data: str | bytes) -> DecodedReport:
    """Return the lines of a report; a line break is LF, CRLF or CR, and line numbers count those alone.

    Control characters, bidirectional controls and byte order marks are dropped, other line separators
    become blanks, lines over 10,000 characters are cut. Raises ``InvalidReport`` for what no text editor
    would open as a report: empty, over 5 MB, binary, not UTF-8, HTML, JSON.
    """
    _reject_too_large(data)
    text, problems = _decode(data) if isinstance(data, bytes) else _replace_surrogates(data)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    _reject_other_formats(text)
    if _UNCLEAN.search(text):
        problems += _control_problems(text)
        text = text.translate(_CLEANED)
    raw = text.split("\n")
    lines = []
    for number, line in enumerate(raw, start=1):
        clean = line.rstrip()
        if len(clean) > MAX_LINE_LENGTH:
            what = f"The line has {len(clean)} characters; the first {MAX_LINE_LENGTH} were kept."
            problems.append(Problem(line=number, message=what))
            clean = clean[:MAX_LINE_LENGTH].rstrip()
        lines.append(clean)
    return DecodedReport(lines=tuple(lines), problems=tuple(problems))


def _reject_too_large(data: str | bytes) -> None:
    size = len(data)
    if isinstance(data, str) and MAX_BYTES // 4 < size <= MAX_BYTES:
        size = len(data.encode("utf-8", "surrogatepass"))
    if size > MAX_BYTES:
        raise InvalidReport(f"The file has {size / 1e6:.1f} MB; a report has at most {MAX_BYTES / 1e6:.0f} MB.")


def _replace_surrogates(text: str) -> tuple[str, list[Problem]]:
    """Return a str that can be encoded, without the halves of surrogate pairs."""
    return _SURROGATE.sub("\ufffd", text), []


def _decode(data: bytes) -> tuple[str, list[Problem]]:
    """Read UTF-8; a few damaged bytes are replaced and told, anything else is refused with its encoding."""
    _reject_binary(data)
    whole = data.removesuffix(_truncated_character(data))
    cut = len(whole) < len(data)
    text = whole.decode("utf-8", "replace")
    bad = text.count("\ufffd") - whole.count("\ufffd".encode())
    problems = []
    if bad:
        good = sum(not char.isascii() for char in text[:_SAMPLE_LENGTH])
        if bad > max(_MAX_BAD_BYTES, good * _MAX_DAMAGE_PERCENT // 100):
            raise InvalidReport(_encoding_error(data))
        first = _first_bad_line(whole)
        what = f"From here {bad} bytes are not UTF-8; each was replaced by U+FFFD."
        problems.append(Problem(line=first, message=what))
    if cut:
        what = "The file ends inside a character, which was left out."
        problems.append(Problem(line=_line_count(text), message=what))
    return text, problems


def _reject_binary(data: bytes) -> None:
    for signature, name in _SIGNATURES.items():
        if data.startswith(signature):
            raise InvalidReport(f"The file is {name}, not a text; a report is a Markdown file in UTF-8.")
    for mark, name in _WIDE_BOMS.items():
        if data.startswith(mark):
            raise InvalidReport(f"The file is encoded in {name}; {_AS_UTF8}.")
    zeros = data.count(0)
    if zeros * 100 <= len(data):
        return
    even, odd = data[0::2].count(0), data[1::2].count(0)
    if min(even, odd) * 10 < max(even, odd) < len(data) // 2:
        raise InvalidReport(f"The file looks like UTF-16; {_AS_UTF8}.")
    raise InvalidReport("The file is binary (NUL bytes), not a text; a report is a Markdown file in UTF-8.")


def _truncated_character(data: bytes) -> bytes:
    """Return the bytes of a character that the end of the file cuts, or none."""
    tail = data[-3:]
    for length in range(len(tail), 0, -1):
        try:
            tail[-length:].decode("utf-8")
        except UnicodeDecodeError as error:
            if error.start == 0 and error.reason == "unexpected end of data":
                return tail[-length:]
    return b""


def _first_bad_line(data: bytes) -> int:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        return _line_count(data[: error.start].decode("utf-8"))
    return 1


def _line_count(text: str) -> int:
    return text.count("\n") + text.count("\r") - text.count("\r\n") + 1


def _encoding_error(data: bytes) -> str:
    for encoding, name in _ENCODINGS.items():
        text = data[:_SAMPLE_LENGTH].decode(encoding, "ignore")
        if any(word in text for word in _TYPICAL_WORDS):
            return f"The file looks like {name}, not UTF-8; {_AS_UTF8}."
    line = _first_bad_line(data)
    return f"The file is not UTF-8 (line {line}): it is binary or in another encoding; {_AS_UTF8}."


def _reject_other_formats(text: str) -> None:
    start = text[:4096].translate(_BIDI).strip()
    if not start and not text.strip("\ufeff \t\n\u00a0\u3000"):
        raise InvalidReport("The file is empty.")
    controls = sum(ord(char) in _DROPPED_CONTROLS for char in start)
    if controls * 20 > len(start):
        raise InvalidReport("The file is binary (control characters), not a text; a report is Markdown in UTF-8.")
    if start.lower().startswith(("<!doctype", "<html", "<head", "<body", "<?xml", "<svg")):
        raise InvalidReport("The file is HTML or XML; a report is a Markdown file.")
    if start.startswith("{") or "".join(start[:60].split()).startswith(("[{", '["', "[]")):
        raise InvalidReport("The file is JSON; a report is a Markdown file.")


def _control_problems(text: str) -> list[Problem]:
    clean = text.translate(_DROPPED_CONTROLS)
    count = len(text) - len(clean)
    if not count:
        return []
    first = next(at for at, char in enumerate(text) if ord(char) in _DROPPED_CONTROLS)
    what = f"From here {count} control characters were dropped."
    return [Problem(line=text.count("\n", 0, first) + 1, message=what)]
