"""How servers word their reasons, in the order in which they are looked for.

Each row is what Postfix, Exim, Sendmail, qmail, Exchange, Gmail, Microsoft, Yahoo, iCloud, GMX, NetEase, QQ
or a filter in front of them write. Texts come without addresses and in one line.
"""

import re
from collections.abc import Sequence

from digest.model.bounce import BounceReason as R

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
