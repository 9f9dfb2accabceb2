"""The words by which other tools say whether somebody gets a list: names of columns, and what cells hold.

A word here is in small letters, without blanks and signs: ``Opted-Out`` is ``optedout``. Chinese is in
simplified characters; ``normalize_text`` brings the traditional ones here.

Where from: the exports of Mailchimp, Substack, Buttondown, Kit, Ghost, beehiiv, Sendy, listmonk, MailerLite,
Brevo, Campaign Monitor, AWeber, HubSpot, Klaviyo, Constant Contact, ActiveCampaign, Salesforce, Dynamics,
Shopify, phpList and Patreon, and lists that people keep by hand.
"""

import re
import unicodedata

_INVISIBLE = re.compile(r"[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e]"
                        r"|[\u2060-\u206f\ufe00-\ufe0f\ufeff\U000e0000-\U000e0fff]")  # fmt: skip
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_BLANKS = re.compile(r"\s+")
_NON_WORD = re.compile(r"[\W_]+")


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _word_set(text: str) -> frozenset[str]:
    return frozenset(_words(text))


_SIMPLIFIED = str.maketrans(
    "狀態訂閱確認無時間單啟刪戶嗎滿絕對開關處驗證註銷誤賬號覆聯繫發屬標籤備組郵箱電啓棄過離",
    "状态订阅确认无时间单启删户吗满绝对开关处验证注销误账号复联系发属标签备组邮箱电启弃过离",
)

ADDRESS_NAMES = _words(
    "email emailaddress emailaddr mail mailaddress subscriberemail primaryemail primaryemailaddress useremail "
    "useremailaddress contactemail memberemail customeremail workemail youremail yourmail emailid email1value "
    "email1 emailprimary emailwork primarymail 邮箱 邮箱地址 电子邮箱 电子邮件 电子邮箱地址 电子邮件地址 邮件 "
    "邮件地址 email地址 email邮箱 邮箱账号 用户邮箱 联系邮箱 订阅邮箱 emailadresse adresseemail adressemail "
    "mailadresse courriel correoelectronico correo メールアドレス 이메일"
)
"""A column of addresses, the best first."""

STATUS_NAME = re.compile(
    r"(?:(?:current|email|mail|mailing|list|newsletter|marketing|subscription|subscriber|sub|member|membership"
    r"|contact|user|recipient|reader|profile|audience|person|account|delivery|permission|consent|optin|the|is"
    r"|global|overall|campaign|broadcast|digest|doubleoptin|activity)*"
    r"(?:status|state|standing|statut|estado|stato)(?:name|text|label|code|of(?:subscription|subscriber)|email|mail|newsletter|list|subscription)?"
    r"|(?:subscriber|subscription|member|membership|contact|recipient)type|(?:optin|consent)level"
    r"|marketingconsentstate|(?:用户|订阅|订阅者|会员|成员|邮箱|邮件|邮件订阅|联系人|当前|账号|读者|推送|接收|发送)*"
    r"(?:状态|状况)|ステータス|상태)"
)
"""A column whose cells name how it stands with a subscription: a word that is unknown there is not passed."""

REGION_NAMES = ("state", "estado", "stato")
"""Columns that hold parts of a country where no cell speaks of a subscription."""

OTHER_CHANNEL_NAME = re.compile(
    r"sms|phone|whatsapp|wechat|push(?!ed)|postal|\bfax|\bcall|\btext|mobile|号码|短信|电话|手机|微信"
)
"""Columns that speak of another way to reach people, where they do not name mail too."""

TECHNICAL_NAME = re.compile(
    r"\bcookie|track|profiling|\blinks?\b|\burl|\buri\b|token|hash|uuid|\bkey\b|\brate\b|score|percent|soft"
    r"|comment|template|page\b|链接|网址|令牌|软退|积分|评分|比例|比率"
)
"""Columns that say nothing of whether somebody gets mail, whatever else stands in their name."""

COUNTER_NAME = re.compile(r"count(?!ry)|number|total|times$|次数|数量")

UNSUBSCRIBED_NAME = re.compile(
    r"unsub|desub|optout|optedout|optingout|optoff|bounc|complain|blacklist|blocklist|denylist|suppress|disabl"
    r"|delet|cancel|churn|inactiv|unconfirm|unverif|undeliver|invalid|archiv|removed|removal|remove|spam"
    r"|cleaned|cleantime|cleandate|cleancampaign|cleaning|revoke|withdr|deactiv|rejected|blocked|banned|paused"
    r"|lapsed|isexpired|^expired|unreachable|terminat|suspend|quarantin|abuse|junk|erased|objected|stopped"
    r"|donot|abgemeldet|desabonn|desinscri|配信停止|수신거부"
    r"|^stop(?:time|date|status|method|reason|at)?$|^(?:has)?left(?:at|on|date|time|list)?$|^gone"
    r"|^(?:endedat|enddate|ended|exitdate|exitedat|quit|quitat|dnc|dne|dnm|do?nt)$|subscriptionend"
    r"|退订|取消|拒收|拒绝|黑名单|拉黑|屏蔽|退信|投诉|举报|删除|注销|失效|无效|停用|禁用|停止|暂停|封禁|冻结"
    r"|退出|移除|离开|弹回|作废|流失|解绑|归档|勿扰|免打扰|关闭|不活跃|不再|未确认|未激活|未验证|未订阅"
)
"""Columns that say no where they hold something."""

SUBSCRIBED_NAME = re.compile(
    r"subscribed|subscribe|subscription|optin|optedin|accept|confirm|verif|validated|active|activated|enabled"
    r"|consent|permi|newsletter|receiv|allow|agree|wants|isvalid|^valid|validemail|emailvalid|marketing|gdpr"
    r"|mailinglist|contactable|mailable|deliverable|sendemail|sendmail|emailme|mailme|mailok|okto|reachable|^abo$|abonn"
    r"|订阅|有效|接收|收取|同意|确认|激活|启用|验证|允许|许可|愿意|在订|推送"
)
"""Columns that say no where they hold a no."""

FLAG_NAME = re.compile(
    r"(?:is|are|has|currently|still|email|mail|e|user|contact|member|newsletter|list|marketing|double|single"
    r"|accepts|status|the|digest)*"
    r"(?:subscribed|subscribe|optin|optedin|confirmed|verified|active|enabled|valid|consent|consented)"
    r"(?:to|for|from|by|email|emails|mail|mails|newsletter|newsletters|list|marketing|the|all|user|subscriber"
    r"|digest|updates|yn)*"
    r"|acceptsmarketing|acceptsemail|acceptsemailmarketing|allowsemail|receivesemails?|receiveemails?"
    r"|是否.*|.*与否|已(?:订阅|确认|激活|启用|验证|同意)|(?:邮件|邮箱|用户)?(?:订阅|有效|激活|启用|同意|确认)(?:吗)?"
)
"""Of those, the ones that hold nothing but a yes or a no: anything else there is not passed."""

CONFIRMED_AT_NAME = re.compile(
    r"(?:is|email|mail|optin|doubleoptin|user|subscriber|subscription)*"
    r"(?:confirm|confirmed|confirmation|verified|verification|activated|activation)"
    r"(?:at|on|time|date|timestamp|datetime)|(?:date|time)(?:confirmed|verified)"
    r"|(?:邮箱|邮件|订阅)?(?:确认|验证|激活)(?:时间|日期)"
)
"""When somebody confirmed: whoever has nothing there, where others have, did not."""

NEGATIONS = frozenset({"no", "not", "non", "never", "dont", "don", "without", "doesnt"})
MAIL_WORDS = re.compile(r"e?mails?|mailings?|contact|newsletters?|marketing|send|sendings?|bulk|bulkemails?|disturb")
"""What a name such as ``no_email`` or ``Do not contact`` says no to."""

PAID_PLAN_NAMES = frozenset({"activesubscription"})
PAID_PLAN_COLUMNS = frozenset({"plan", "expiry", "firstpaymentat", "emaildisabled", "stripeplan"})
"""Substack's ``active_subscription`` means a paid one where such columns stand beside it."""

YES = _word_set("1 1.0 yes y true t x v ✓ ✔ ☑ √ checked on ja oui si sí da vrai wahr verdadero 是 是的 对 有 真")
NO = _word_set(
    "0 0.0 no n false f off none never nein non nay unchecked faux falsch falso × ✗ ✘ ☐ 否 不 不是 假 未 没有 没 无"
)
BLANK = frozenset({
    "", "-", "--", "–", "—", "/", ".", "null", "nil", "nan", "nat", "undefined", "n/a", "na", "#n/a",
    "\\n", "[]", "{}", "()", "空", "暂无", "不详", "(null)", "(none)", "(blank)", "(empty)",
    "<null>", "notset", "not set",
})  # fmt: skip
"""What a database or a spreadsheet writes for nothing."""

ZERO_DATE = re.compile(r"(?:0000-00-00|0001-01-01|1970-01-01)(?:[t ]00:00.*)?|1900-01-00.*|0/0/0{1,4}")
"""What a database writes for no date."""

DATE = re.compile(
    r"\d{4}\s*[-/.年]\s*\d{1,2}(?:\s*[-/.月]\s*\d{1,2})?.*|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}.*|\d{8}(?:t?\d{4,6}z?)?"
    r"|\d{9,13}(?:\.\d+)?|[34]\d{4}(?:\.\d+)?|(?:19|20)\d\d"
    r"|(?:[a-z]{3,9},?\s+)?(?:\d{1,2}(?:st|nd|rd|th)?\s+[a-z]{3,9}|[a-z]{3,9}\s+\d{1,2}(?:st|nd|rd|th)?),?\s+\d{4}.*"
)
"""A day or a moment: ISO, slashes, words, seconds since 1970, or a spreadsheet's number of days."""

SUBSCRIBED_WORDS = _word_set(
    "subscribed subscriber subscribe active confirmed enabled enable optedin optin singleoptin doubleoptin "
    "confirmedoptin optinconfirmed doubleoptinconfirmed valid verified regular premium free paid comped comp "
    "complimentary gifted gift trialed trial trialing pastdue churning founding lifetime member live current "
    "deliverable mailable marketingcontact marketing engaged permissioned express implied explicit "
    "expressconsent impliedconsent resubscribed reactivated activated subscribing "
    "allow allowed agree agreed iagree accept accepted granted given ok okay "
    "订阅 已订阅 订阅中 正常 正常订阅 有效 活跃 活动 启用 已启用 确认 已确认 激活 已激活 已验证 已开通 开通 "
    "接收 接收中 同意 已同意 在订 在用 生效 生效中 使用中 可用 正常接收 订阅成功 有效订阅 已关注"
)
"""Words of a state with which somebody gets the list."""

NEUTRAL_WORDS = _word_set(
    "to for via by on in with and the a an is are status state email emails mail list newsletter user "
    "contact reader customer recipient patron account person all everyone since digest single double opt yes"
)
"""Words that change nothing beside those."""

UNCONFIRMED_PARTS = re.compile(
    r"unconfirm|notconfirm|notyetconfirm|neverconfirm|pending|unverif|notverif|notyetverif|unactivated|notactivated"
    r"|notyetactiv|awaiting|waiting|unvalidated|validating|invited|optinsent|confirmationsent|confirmationrequired"
    r"|needsconfirm|toconfirm|requested|processing|未确认|待确认|未激活|待激活|未验证|待验证|待审|审核中|尚未|等待|未生效"
)
"""Words of somebody who never said yes to the mail that asked them (double opt-in)."""

UNSUBSCRIBED_PARTS = re.compile(
    r"unsub|desub|optout|optedout|optingout|bounc|complain|suppress|blacklist|blocklist|denylist|blocked|cancel"
    r"|churned|delet|disabl|deactiv|inactiv|archiv|removed|invalid|undeliver|undelivery|spam|junk|abuse|banned|reject"
    r"|refus|declin|denied|revoke|withdr|expired|lapsed|former|erased|paused|stopped|dormant|unreachable"
    r"|malformed|suspend|frozen|muted|redact|terminat|quarantin|donot|dontemail|dontmail|dontcontact|dontsend"
    r"|notsubscri|neversubscri|nonsubscri|nolonger|notoptedin|nopermission|nonmarketing|notactive|notenabled"
    r"|nomail|noemail|notmailable|notdeliver|notmarketing|noconsent|notconsent"
    r"|notallow|notagree|notaccept|notgranted|objected|unengaged|sunset"
    r"|wantsoff|takemeoff|退订|取消|拒收|拒绝|黑名单|拉黑|屏蔽|退信|退回|投诉|举报|删除|注销|失效|无效|停用|禁用|停止|暂停"
    r"|封禁|冻结|退出|移除|离开|弹回|作废|流失|归档|免打扰|勿扰|不再|不接收|不订阅|不同意|不活跃|不想|不要|不愿|未订阅|未开通"
    r"|非订阅|没有订阅|已退|已关闭|关闭|已离|过期|到期|异常|不存在|不可达|不可用|沉睡|取关|未同意|不允许|已停"
)
"""Parts of words of somebody who left, or to whom mail does not go."""

UNSUBSCRIBED_WORDS = _word_set(
    "left gone quit dead closed ended hold held error failed cleaned clean hard void dropped exited out off "
    "stop leave remove dnc dne dnm"
)
"""Words of the same that are parts of harmless ones."""

NEGATED_UNSUBSCRIBED = re.compile(
    r"(?:not|non|never|no|isnt|hasnt|wasnt|未|没有|没|非|无|从未)(?:been|yet|was|is|被)?"
    r"(?:unsub\w*|optout|optedout|bounce[ds]?|blocked|blacklisted|blocklisted|suppressed|complained|deleted|disabled"
    r"|cancell?ed|paused|archived|removed|banned|spam|退订|取消订阅|取消|拒收|退信|投诉|拉黑|删除|屏蔽|停用|禁用|注销|过期|异常)"
)
"""The opposite of a word of leaving."""

CONFIRMATION_NAME = re.compile(r"confirm|verif|validated|activated|确认|验证|激活")
"""Columns that tell whether somebody answered the mail that asked them."""

STATUS_LIKE_NAME = re.compile(
    r".*status.*|.*(?:state|standing)|type|kind|result|deliverability|.*(?:状态|状况).*|类型|标记|结果"
)
"""Columns of a status of something, perhaps of this: their words of leaving count, others may stand there."""

NOTE_NAME = re.compile(r"(?:.*notes?|comments?|remarks?|memo|.*(?:备注|说明|留言|反馈))")
UNSUBSCRIBED_NOTE = re.compile(
    r"unsub|optedout|optout|donote?mail|donotcontact|donotsend|dontemail|dontsend|takemeoff|takeoff|removeme"
    r"|removefrom|nolongerwants|stopsending|stopemail|退订|取消订阅|拒收|不要再|不想再|别再|不再"
)
"""What a note says of somebody who left; a note holds anything beside it."""

UNMISTAKABLE_HINT = re.compile(
    r"unsub|opt|bounc|compl|list|suppress|do.?not|not|longer|退|取消|拒|黑|注|註|拉", re.IGNORECASE
)
"""What every unmistakable cell has somewhere; most cells have none of it."""

UNMISTAKABLE = re.compile(
    r"(?:is|has|hard|email|user|already|globally|manually|已|用户|主动)*(?:unsubscribed?|unsub|optedout|optout"
    r"|hardbounced?|bounced|complained|spamcomplaint|blacklisted|blocklisted|suppressed|donotemail|donotmail"
    r"|donotcontact|donotsend|nolongersubscribed|notsubscribed|退订|取消订阅|拒收|黑名单|退信|注销|拉黑)"
    r"(?:from(?:all|list|newsletter|all(?:e?mails?)|e?mails?)|globally|byuser|byadmin|bysubscriber|用户|了)?"
)
"""Cells that say no in any column, such as tags."""


def strip_invisible(text: str) -> str:
    """Return ``text`` without signs that nobody sees, its blanks as plain ones and none at its ends."""
    return _BLANKS.sub(" ", _INVISIBLE.sub("", text)).strip()


def normalize_text(text: str) -> str:
    """Return ``text`` in small letters, full-width and traditional characters as their plain forms."""
    if text.isascii():
        return _BLANKS.sub(" ", text).strip().lower()
    return unicodedata.normalize("NFKC", strip_invisible(text)).casefold().translate(_SIMPLIFIED)


def compact_text(text: str) -> str:
    """Return the letters and digits of ``plain(text)``."""
    return _NON_WORD.sub("", normalize_text(text))


def split_words(text: str) -> tuple[str, ...]:
    """Return the words of ``text`` in small letters; ``emailOptOut`` has three."""
    return tuple(filter(None, _NON_WORD.split(normalize_text(_CAMEL.sub(" ", strip_invisible(text))))))
