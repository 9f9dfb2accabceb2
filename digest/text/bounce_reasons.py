"""The decision: enhanced codes first, then words, then the reply code.

Servers use codes loosely: blocks come with the code of an unknown user, or with none. So a reader is blamed
only where nothing in the answer speaks plainly of somebody else.

Enhanced codes are read by subject and detail (RFC 3463, 5248, 7372, 7505). Phrases are looked for in the order
of their rows; each row is what Postfix, Exim, Sendmail, qmail, Exchange, Gmail, Microsoft, Yahoo, iCloud, GMX,
NetEase, QQ or a filter in front of them write. Texts come without addresses and in one line.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

from digest.model.bounce import Blame, BounceReason
from digest.model.bounce import BounceReason as R

MAILBOX_FULL = 552
"""The reply of a mailbox that holds no more (RFC 5321 4.2.3)."""

BY_DETAIL: Mapping[str, R] = {
    **dict.fromkeys(("1.0", "1.1", "1.2", "1.3", "1.6", "1.10", "2.1"), R.NO_MAILBOX),
    **dict.fromkeys(("1.7", "1.8"), R.POLICY),
    "1.90": R.POLICY,
    "2.2": R.MAILBOX_FULL,
    "2.3": R.TOO_LARGE,
    "2.4": R.REMOTE_SYSTEM,
    **dict.fromkeys(("2.121", "2.122"), R.TEMPORARY),
    "3.4": R.TOO_LARGE,
    "4.7": R.TEMPORARY,
    **dict.fromkeys(("7.5", "7.8", "7.9", "7.30", *(f"7.{n}" for n in range(20, 27))), R.AUTHENTICATION),
    "7.28": R.REPUTATION,
}
"""Subject and detail, whatever the class. 1.90, 2.121 and 2.122 are Microsoft's, for its own limits."""

BY_SUBJECT: Mapping[str, R] = {
    "1": R.NOT_REACHED,
    "3": R.REMOTE_SYSTEM,
    "4": R.ROUTING,
    "5": R.PROTOCOL,
    "6": R.FORMAT,
    "7": R.POLICY,
}
"""What a subject means where its detail stands nowhere else. Subjects 0 and 2 mean nothing by themselves."""

VAGUE_DETAILS: Mapping[str, R] = {"2.0": R.NOT_REACHED, "3.0": R.REMOTE_SYSTEM}
"""Codes that servers give for want of a better one: words decide, and this where they say nothing."""

BY_REPLY_CODE: Mapping[int, R] = {
    **dict.fromkeys((500, 501, 502, 503, 504, 555), R.PROTOCOL),
    **dict.fromkeys((525, 530, 534, 535, 538), R.AUTHENTICATION),
    **dict.fromkeys((541, 571), R.POLICY),
    521: R.NOT_REACHED,
    523: R.TOO_LARGE,
    MAILBOX_FULL: R.MAILBOX_FULL,
    556: R.NO_MAILBOX,
}
"""What a reply code means that comes without an enhanced code and without words that say more."""

MAILBOX_REPLY_CODES = frozenset({0, 550, 551, 553})
"""Reply codes under which words that a mailbox is unknown are certain; 0 where the code was not told."""


def reason_for_detail(detail: str) -> R | None:
    """Return what the subject and detail of an enhanced code mean, None where they mean nothing."""
    if detail in VAGUE_DETAILS:
        return None
    return BY_DETAIL.get(detail) or BY_SUBJECT.get(detail.partition(".")[0])


ReasonPattern = tuple[R, re.Pattern[str]]
ReasonPatterns = Sequence[ReasonPattern]


def _pattern(reason: R, *patterns: str) -> ReasonPattern:
    return reason, re.compile("|".join(patterns), re.IGNORECASE)


CLEARING_PATTERNS: ReasonPatterns = (
    _pattern(
        R.REPUTATION,
        r"\b(?:black|block|deny|drop)[ -]?list",
        r"\b(?:dnsbl|rbl)s?\b",
        r"spamhaus|spamcop|barracudacentral|sorbs\.net|ipcheck\.proofpoint|senderbase|uceprotect|abusix",
        r"\breputation\b",
        r"\[(?:BL|CS|HM|TSS?|VS)\d{1,3}\]",
        r"\bS3(?:140|150)\b|\b(?:SC|DY|OU|RP)-00\d\b",
        r"\b(?:banned|blocked|blacklisted|suspicious|unauthori[sz]ed|throttled) "
        r"(?:(?:sending|sender|client|source|your) )?(?:ip|host|network|server|domain)s?\b",
        r"\b(?:client(?: host| address)?|(?:connecting|sending) (?:ip|host|server|mta|system)"
        r"|your (?:ip|host|server|network|domain|mail ?server|mta|system|provider)|ip(?: address(?:es)?)?)\b"
        r".{0,80}(?:block|banned|denied|\blisted|reject|refuse|\blimited|throttle|not (?:allow|accept|auth))",
        r"\bfrequency (?:is )?limit",
        r"(?<![?&])\bIP=\[?\d|\binvalid ip\b",
        r"黑名单|黑名單|信誉|频率(?:限制|过高|太高)|发信频率",
        r"(?:IP|发件服务器)[^。]{0,20}(?:拒|限制|屏蔽|封)",
    ),
    _pattern(
        R.AUTHENTICATION,
        r"\b(?:spf|dkim|dmarc|ptr|rdns)\b",
        r"reverse (?:dns|lookup|name)",
        r"unauthenticated|not authenticated|must authenticate|auth required",
        r"authentication (?:is )?(?:required|failed|failure|check|information)",
        r"dns check failed",
        r"\b(?:helo|ehlo)\b",
    ),
    _pattern(
        R.POLICY,
        r"\bsender(?:'s)? (?:(?:e-?mail|address|domain|id|ip|host|verify|verification|callout|is|was|has|been"
        r"|could|can|not|be|does|frequency) ){0,4}"
        r"(?:reject|deni|fail|not\b|exist|invalid|unknown|block|refuse|verif|limit|resolve|allow)",
        r"\b(?:of|null|invalid|bad|unknown|forged) sender\b",
        r"\bsender (?:verify|verification)\b",
        r"\bmail from\b|envelope[ -]from|\bfrom (?:address|domain|header)\b",
        r"callback (?:setup|verification)|callout",
        r"\b(?:submission|sending|sender|outgoing|outbound|daily|hourly)\b[\w ]{0,30}\b(?:quota|limit)",
        r"发件人|发信人|寄件人|寄件者",
    ),
    _pattern(
        R.CONTENT,
        r"\bspam|unsolicited|\bvirus|malware|phish",
        r"\b(?:ube|uce)\b|(?:bulk|junk) (?:e-?)?mail",
        r"\b(?:DT|MI|HL|RP|IP|CN):[A-Z]{2,4}\b",
        r"content (?:is |was )?(?:denied|rejected|refused|filter|not accepted|block)",
        r"suspicious (?:content|message)",
        r"垃圾邮件|垃圾郵件|反垃圾|病毒|内容[^。]{0,12}(?:拒|违规|不合规|敏感|涉嫌)",
    ),
    _pattern(R.TEMPORARY, r"receiving (?:e?-?mails?|messages) (?:at a rate|too (?:quickly|fast))"),
)
"""Words that clear the reader even beside the code of a mailbox: our server, our domain, what we send."""

_RECIPIENT_PATTERNS: ReasonPatterns = (
    _pattern(
        R.MAILBOX_FULL,
        r"over ?quota|quota\b.{0,40}\b(?:exceed|full|limit|reached|violation)|exceed\w*\b.{0,40}\bquota",
        r"(?:mail|in)box\b.{0,30}\bfull\b|full (?:mail|in)box|mailbox (?:size|exceed)|(?:storage|disk) full",
        r"out of (?:storage|disk|mailbox)|exceeded storage|over (?:the )?(?:maximum|allocated) storage",
        r"(?:邮箱|郵箱|信箱|收件箱)[^。]{0,12}(?:满|滿|容量)",
        r"空间不足|容量(?:不足|已满)|超出(?:容量|配额)",
    ),
    _pattern(
        R.NO_MAILBOX,
        r"\b(?:user|recipient|mailbox|address|addressee|account|alias)(?: name)?(?: is)? unknown",
        r"\bunknown (?:local[ -])?(?:user|recipient|mailbox|address|addressee|account|alias|part)",
        r"unknown or illegal|not a known user|not our customer",
        r"\bno such (?:user|recipient|mailbox|address|person|account|alias|local)",
        r"\b(?:user|mailbox|account|recipient|address)[\w ',]{0,40} (?:does|did|do)(?:n't| not) exist",
        r"\b(?:user|mailbox|account|recipient)(?: address)?(?: was| is)? not (?:found|known)",
        r"recipientnotfound|no mailbox (?:here )?by that name|doesn'?t have an? [\w.-]+ account",
        r"(?:地址|用户|用戶|账号|帐号|收件人|邮箱|信箱)[^。]{0,10}不存在",
        r"查无此人|找不到(?:收件人|该用户)",
    ),
    _pattern(
        R.NOT_REACHED,
        r"\b(?:user|mailbox|account|recipient|address|addressee)\b[^.;]{0,40}\b"
        r"(?:inactive|disabled|deactivated|suspended|closed|deleted|expired|terminated|unavailable|discontinued"
        r"|blocked|frozen|locked|no longer|not (?:available|active|valid|found|listed)|invalid"
        r"|not accept(?:ing)? (?:e?-?mail|messages)"
        r"|cannot be (?:found|reached))",
        r"\binvalid (?:user|recipient|mailbox|address|account|local)",
        r"\bbad (?:address|recipient|destination)|(?:malformed|undeliverable) address",
        r"\b(?:inactive|disabled|closed|suspended) (?:user|mailbox|account|recipient)",
        r"not (?:a|an) (?:valid|known|active) (?:user|mailbox|account|recipient|address)|not listed in",
        r"wasn'?t found at|mailbox name not allowed|user not local|unroute?able",
        r"no longer (?:accepts|here|available|valid|with|works)",
        r"recipient (?:address(?:es)? )?rejected|rejected recipient",
        r"收件人[^。]{0,20}(?:停用|禁用|冻结|注销|无效|錯誤|错误)",
    ),
)

NO_SUCH_DOMAIN = re.compile(
    r"\b(?:host|domain|host ?name|(?:host or )?domain name)(?: [\w.'\"-]{1,80})?(?: is| was)? "
    r"(?:not found(?!, try again)|unknown|does(?:n't| not) exist)"
    r"|\b(?:unknown|no such|non-?existent) (?:host|domain)|nxdomain|find any host",
    re.IGNORECASE,
)
"""The reader's domain is not there: 5.1.2 by RFC 3463, but Postfix says 5.4.4 and Microsoft 5.4.310."""

_MESSAGE_PATTERNS: ReasonPatterns = (
    _pattern(
        R.TOO_LARGE,
        r"\b(?:message|mail|attachment|header)s?\b.{0,30}\b(?:too (?:big|large|long)|exceed|larger than)",
        r"(?:message|maximum|max) size|size (?:limit|exceed)",
        r"邮件[^。]{0,8}(?:过大|太大|超过|超出)",
    ),
    _pattern(
        R.PROTOCOL,
        r"syntax error|bad sequence|line too long|pipelining|8-?bit|smtputf8|too many recipients",
        r"command (?:unrecogni[sz]ed|not (?:implemented|recogni[sz]ed))|bare (?:lf|cr|line)",
    ),
)

_NOBODY_PATTERNS: ReasonPatterns = (
    _pattern(R.ROUTING, r"too many (?:hops|received)|hop count|\bloop|no route|unable to route|mx records? points?"),
    _pattern(
        R.TEMPORARY,
        r"tim(?:ed|e)[ -]?out|expired|retry time|too long in|queue too long|temporar|try (?:again )?later",
        r"connection (?:was )?(?:refused|lost|reset|dropped|closed)",
        r"(?:could|did|does|is)(?:n't| not) (?:connect|respond)|(?:unable|requests) to connect|socket error",
        r"establish an smtp connection|no answer|unreachable|not reachable|host not found, try again",
        r"been failing|could not deliver for|multiple retries|failed \d+ attempts|not delivered within",
        r"稍后|稍後|超时|超時|暂时|暫時|连接失败|无法连接|無法連接",
    ),
    _pattern(
        R.REMOTE_SYSTEM, r"(?:internal|server|system|configuration|local) error|service (?:\w+ )?(?:not |un)available"
    ),
)

_VAGUE_PATTERNS: ReasonPatterns = (
    _pattern(
        R.POLICY,
        r"polic(?:y|ies)|(?:access|connection) (?:was |is )?denied|not (?:permitted|allowed|authori[sz]ed)",
        r"prohibit|forbidden|\b(?:blocked|banned)\b|\bfilter|restrict|\brelay|administrative|\babuse",
        r"security (?:reason|risk|viol)",
        r"\b(?:message|mail|e-?mail|transaction)s? (?:\w+ ){0,3}(?:reject|refuse|denied|not accept|declined)",
        r"\b(?:reject|refus)(?:ed|ing) (?:your|this|the|message|mail|e-?mail|by)\b",
        r"not accept(?:ed|ing)?\b",
        r"拒收|拒绝|屏蔽|策略|限制",
    ),
)

ALL_PATTERNS: ReasonPatterns = (
    *CLEARING_PATTERNS,
    *_RECIPIENT_PATTERNS,
    (R.NOT_REACHED, NO_SUCH_DOMAIN),
    *_MESSAGE_PATTERNS,
    *_NOBODY_PATTERNS,
    *_VAGUE_PATTERNS,
)

NOT_IN_DIRECTORY: Sequence[tuple[str, re.Pattern[str]]] = (
    ("4.1", re.compile(r"recipient (?:address(?:es)? )?rejected", re.IGNORECASE)),
    (
        "5.0",
        re.compile(
            r"mailbox unavailable|\b(?:unknown|invalid|no such) (?:user|recipient|mailbox|address)"
            r"|\b(?:user|recipient|mailbox) (?:unknown|not found)",
            re.IGNORECASE,
        ),
    ),
)
"""What Microsoft and others answer for recipients they do not know, under codes that mean something else.

They are no certain end: all recipients of a domain get them while its directory is out of step.
"""


def first_match(patterns: ReasonPatterns, text: str) -> R | None:
    """Return the reason of the first row whose words stand in a text, None where there is none."""
    return next((reason for reason, words in patterns if words.search(text)), None)


MAX_TEXT = 4_000
"""Characters of an answer that are looked at."""

_ENHANCED = re.compile(
    r"(?:^\W*|\b[45]\d\d[ -]['\"(#]?|#|\bstatus(?: code)?:? ?)([45]\.\d{1,3}\.\d{1,3})(?![.\d])", re.IGNORECASE
)
_REPLY = re.compile(r"\W*([45]\d\d)(?=[\s:-]|$)")
_ADDRESS = re.compile(r"[^\s<>()\[\]\",;:@]{1,100}@[^\s<>()\[\]\",;:@]{1,253}")
_OUR_FAULT_PATTERNS = tuple(row for row in ALL_PATTERNS if row[0].blame is Blame.US)


class SmtpPhase(StrEnum):
    """What a server was answering: what comes before the recipient, the recipient, or the message."""

    BEFORE_RECIPIENT = "before"
    RECIPIENT = "recipient"
    MESSAGE = "message"


def classify_refusal(
    text: str, *, code: int = 0, status: str = "", phase: SmtpPhase = SmtpPhase.RECIPIENT
) -> BounceReason:
    """Return why mail was refused, by the words of whoever refused it.

    ``text`` may begin with its reply code, or ``code`` says it (0: not told). ``status`` is an enhanced code
    that stands apart. A text may hold several answers, one within the other, as gateways pass them on.
    """
    text = _ADDRESS.sub(" ", " ".join(text[:MAX_TEXT].split()))
    code = code or _reply_code(text)
    enhanced = [one for one in (*_ENHANCED.findall(text), status) if one]
    details = [one.partition(".")[2] for one in enhanced]
    if phase is SmtpPhase.BEFORE_RECIPIENT:
        found = _reason_from_codes(details) or first_match(_OUR_FAULT_PATTERNS, text)
        return found if found and found.blame is not Blame.RECIPIENT else BounceReason.POLICY
    found = _reason_from_codes_and_text(details, text) or _reason_from_text(details, text, code, phase)
    if found:
        return found
    if _is_temporary(code, enhanced):
        return BounceReason.TEMPORARY
    return BY_REPLY_CODE.get(code, BounceReason.UNCLEAR)


def _reply_code(text: str) -> int:
    found = _REPLY.match(text)
    return int(found.group(1)) if found else 0


def _is_temporary(code: int, enhanced: Sequence[str]) -> bool:
    if code:
        return str(code).startswith("4")
    return bool(enhanced) and all(one.startswith("4.") for one in enhanced)


def _reason_from_codes(details: Iterable[str]) -> BounceReason | None:
    """Return what codes say; of several the first that blames us, else nobody, else the reader."""
    known = [found for one in details if (found := reason_for_detail(one))]
    order = (Blame.US, Blame.NOBODY, Blame.RECIPIENT)
    return next((found for blame in order for found in known if found.blame is blame), None)


def _reason_from_codes_and_text(details: Sequence[str], text: str) -> BounceReason | None:
    """Decide by the code, unless the text plainly says something else."""
    coded = _reason_from_codes(details)
    if coded is None:
        return None
    cleared = first_match(CLEARING_PATTERNS, text)
    if cleared:
        return cleared if coded.blame is Blame.RECIPIENT else coded
    unknown = any(one in details and said.search(text) for one, said in NOT_IN_DIRECTORY)
    if unknown or (coded is BounceReason.ROUTING and NO_SUCH_DOMAIN.search(text)):
        return BounceReason.NOT_REACHED
    return coded


def _reason_from_text(details: Sequence[str], text: str, code: int, phase: SmtpPhase) -> BounceReason | None:
    """Read an answer whose codes say nothing; None where its words say nothing either.

    What is said of the message without such a code is our fault, but for a mailbox that is full (552).
    """
    vague = next((VAGUE_DETAILS[one] for one in details if one in VAGUE_DETAILS), None)
    if phase is SmtpPhase.MESSAGE and code != MAILBOX_FULL:
        return first_match(_OUR_FAULT_PATTERNS, text) or vague or BounceReason.POLICY
    found = first_match(ALL_PATTERNS, text)
    if found is BounceReason.NO_MAILBOX and code not in MAILBOX_REPLY_CODES:
        return BounceReason.NOT_REACHED
    return found or vague
