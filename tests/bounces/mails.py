"""Mails that came back as real servers write them, for one message of ours."""

from dataclasses import dataclass

ANN = "ann@example.net"
MESSAGE_ID = "<0123456789abcdef0123456789abcdef@example.org>"
BOUNDARY = "=_b1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """The message that came back: its envelope's sender, its id, whom it was for."""

    sender: str = "bounces+d7-aaaaaaaaaaaaaaaa@example.org"
    to: str = ANN
    message_id: str = MESSAGE_ID

    @property
    def headers(self) -> str:
        """Its headers as servers give them back."""
        return (
            f"Return-Path: <{self.sender}>\nFrom: Paper Digest <digest@example.org>\nTo: <{self.to}>\n"
            f"Subject: 3 papers\nMessage-ID: {self.message_id}\n"
        )


SENT = Sent()


def crlf(text: str) -> bytes:
    """Give a mail as it lies in a mailbox."""
    return text.replace("\n", "\r\n").encode()


def report(  # noqa: PLR0913 - one for each field that servers write in their own way
    sent: Sent = SENT,
    *,
    action: str = "failed",
    status: str = "5.1.1",
    said: str = "smtp; 550 5.1.1 <ann@example.net>: Recipient address rejected: User unknown",
    head: str = "From: MAILER-DAEMON@mx.example.net (Mail Delivery System)\nSubject: Undelivered Mail",
    kind: str = "multipart/report; report-type=delivery-status",
    status_type: str = "message/delivery-status",
    final: str = "rfc822; ann@example.net",
    back: str = "text/rfc822-headers",
    to_header: str = "To",
    text: str = "I'm sorry to have to inform you that your message could not\nbe delivered.",
) -> bytes:
    """Give a report about delivery as Postfix writes it, or with parts of it otherwise."""
    return crlf(
        f"Return-Path: <>\nDelivered-To: {sent.sender}\n{head}\n{to_header}: {sent.sender}\n"
        f'MIME-Version: 1.0\nContent-Type: {kind}; boundary="{BOUNDARY}"\n\n'
        f"--{BOUNDARY}\nContent-Description: Notification\nContent-Type: text/plain\n\n"
        f"{text}\n\n"
        f"--{BOUNDARY}\nContent-Description: Delivery report\nContent-Type: {status_type}\n\n"
        "Reporting-MTA: dns; mx.example.net\nX-Postfix-Queue-ID: 1234\n"
        f"X-Postfix-Sender: rfc822; {sent.sender}\nArrival-Date: Sat, 24 Jan 2026 08:00:00 +0000\n\n"
        f"Final-Recipient: {final}\nAction: {action}\nStatus: {status}\nDiagnostic-Code: {said}\n\n"
        f"--{BOUNDARY}\nContent-Description: Undelivered Message Headers\nContent-Type: {back}\n\n"
        f"{sent.headers}\n--{BOUNDARY}--\n"
    )


def exchange(sent: Sent = SENT) -> bytes:
    """Give what Exchange writes: capitals, a display name, the original in full."""
    return report(
        sent,
        head=(
            "From: <postmaster@outlook.example>\nSubject: Undeliverable: 3 papers\n"
            "Auto-Submitted: auto-replied\nX-MS-Exchange-Message-Is-Ndr:"
        ),
        action="failed",
        status="5.1.10",
        said="smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup",
        final="RFC822;ANN@example.net",
        back="message/rfc822",
    )


def gmail(sent: Sent = SENT) -> bytes:
    """Give what Gmail writes: X-Failed-Recipients, related parts, a status with words."""
    return report(
        sent,
        head=(
            "From: Mail Delivery Subsystem <mailer-daemon@googlemail.com>\n"
            "X-Failed-Recipients: ann@example.net\nAuto-Submitted: auto-replied\n"
            "Subject: Delivery Status Notification (Failure)"
        ),
        said="smtp; 550-5.1.1 The email account that you tried to reach does not exist.\n 550 5.1.1 gsmtp",
        back="message/rfc822",
    )


def sendmail(sent: Sent = SENT) -> bytes:
    """Give what Sendmail writes: an action in the past, a comment, and the original recipient."""
    return report(
        sent,
        head="From: Mail Delivery Subsystem <MAILER-DAEMON>\nAuto-Submitted: auto-generated (failure)\n"
        "Subject: Returned mail: see transcript for details",
        final="RFC822; ann@mail.example.net\nOriginal-Recipient: rfc822;ann@example.net",
        action="failed (for good)",
    )


def exim(sent: Sent = SENT, said: str = "") -> bytes:
    """Give what old Exim writes: prose, a header with the address, a copy below; or a reply in it."""
    why = f"SMTP error from remote mail server after RCPT TO:<{sent.to}>:\n    {said}"
    return crlf(
        f"Return-path: <>\nEnvelope-to: {sent.sender}\nX-Failed-Recipients: {sent.to}\n"
        "Auto-Submitted: auto-replied\nFrom: Mail Delivery System <Mailer-Daemon@mx.example.net>\n"
        f"To: {sent.sender}\nSubject: Mail delivery failed: returning message to sender\n\n"
        "This message was created automatically by mail delivery software.\n\n"
        "A message that you sent could not be delivered to one or more of its\n"
        "recipients. This is a permanent error. The following address(es) failed:\n\n"
        f"  {sent.to}\n    {why if said else 'Unrouteable address'}\n\n"
        "------ This is a copy of the message, including all the headers. ------\n\n"
        f"{sent.headers}\n3 papers\n"
    )


def qmail(sent: Sent = SENT, said: str = "") -> bytes:
    """Give what qmail writes: no MIME at all; of another server's reply, or of its own."""
    why = f"192.0.2.1 does not like recipient.\nRemote host said: {said}\nGiving up on 192.0.2.1."
    return crlf(
        f"Return-Path: <>\nDelivered-To: {sent.sender}\nFrom: MAILER-DAEMON@mx.example.net\n"
        f"To: {sent.sender}\nSubject: failure notice\n\n"
        "Hi. This is the qmail-send program at mx.example.net.\n"
        "I'm afraid I wasn't able to deliver your message to the following addresses.\n"
        "This is a permanent error; I've given up. Sorry it didn't work out.\n\n"
        f"<{sent.to}>:\n{why if said else 'Sorry, no mailbox here by that name. (#5.1.1)'}\n\n"
        f"--- Below this line is a copy of the message.\n\n{sent.headers}\n3 papers\n"
    )


def qq(sent: Sent = SENT) -> bytes:
    """Give what Chinese providers write: GBK, HTML, and no report."""
    words = (
        "<html><body><p>很抱歉您发送的邮件被退回，以下是该邮件的相关信息：</p>"
        f"<p>被退回邮件 主题：3 papers</p><p>无法发送到 {sent.to}</p>"
        "<p>退信原因：收件人邮件地址不存在，邮件无法送达。</p></body></html>"
    )
    head = (
        f"From: PostMaster@qq.example\r\nTo: {sent.sender}\r\n"
        "Subject: =?gb18030?B?w7/I1cbf0MU=?=\r\nMIME-Version: 1.0\r\n"
        "Content-Type: text/html; charset=gb18030\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    )
    return head.encode() + words.encode("gb18030")


def netease(sent: Sent = SENT) -> bytes:
    """Give a report with a Chinese text in base64, its status in UTF-8 (RFC 6533)."""
    return report(
        sent,
        head="From: postmaster@163.example\nSubject: =?UTF-8?B?57O757uf6YCA5L+h?=",
        final="utf-8; ann@example.net",
        status_type="message/global-delivery-status",
        said="smtp; 550 User not found: ann@example.net",
        back="message/global-headers",
    )


def microsoft(
    sent: Sent = SENT,
    said: str = "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup",
    *,
    status: str = "",
) -> bytes:
    """Give what Exchange Online writes where somebody has taken its report away: prose alone."""
    name = sent.to.partition("@")[0]
    return crlf(
        f"From: Microsoft Outlook <postmaster@contoso.example>\nTo: {sent.sender}\n"
        "Subject: Undeliverable: 3 papers\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\n"
        f"Your message to {sent.to} couldn't be delivered.\n\n"
        f"{name} wasn't found, or refused it.\n\nStatus code: {status or said[:3]}\n\n"
        f"Original Message Details\nSender Address: {sent.sender}\nRecipient Address: {sent.to}\n"
        f"Subject: 3 papers\n\nError Details\nReported error: {said}\n"
        "DSN generated by: AM0PR03MB1.eurprd03.prod.example.com\n\n"
        f"Message Hops\n\nOriginal Message Headers\n\n{sent.headers}\n"
    )


def junk_report(sent: Sent = SENT) -> bytes:
    """Give a complaint as Microsoft's older program writes it: the bare message, and who it was for."""
    return crlf(
        f"From: staff@hotmail.example\nTo: {sent.sender}\n"
        "Subject: complaint about message from 192.0.2.9\nMIME-Version: 1.0\n"
        "Content-Type: message/rfc822\nContent-Disposition: inline\n\n"
        f"X-HmXmrOriginalRecipient: {sent.to}\n{sent.headers}\nDear reader, here are your papers.\n"
    )


def complaint(sent: Sent = SENT, *, kind: str = "abuse", original: str | None = None) -> bytes:
    """Give a complaint in the Abuse Reporting Format."""
    return crlf(
        "From: <feedback@provider.example>\nTo: <abuse@example.org>\nSubject: FW: 3 papers\n"
        f'Content-Type: multipart/report; report-type=feedback-report; boundary="{BOUNDARY}"\n\n'
        f"--{BOUNDARY}\nContent-Type: text/plain\n\nThis is an abuse report.\n\n"
        f"--{BOUNDARY}\nContent-Type: message/feedback-report\n\n"
        f"Feedback-Type: {kind}\nUser-Agent: SomeGenerator/1.0\nVersion: 1\n"
        f"Original-Mail-From: <{sent.sender}>\nArrival-Date: Sat, 24 Jan 2026 08:00:00 +0000\n\n"
        f"--{BOUNDARY}\nContent-Type: message/rfc822\n\n{original or sent.headers}\n3 papers\n\n"
        f"--{BOUNDARY}--\n"
    )


def letter(
    *, subject: str, to: str = "bounces@example.org", sender: str = ANN, more: str = "", body: str = ""
) -> bytes:
    """Give a plain mail of a person or a machine."""
    return crlf(f"From: {sender}\nTo: {to}\nSubject: {subject}\n{more}\n{body}\n")
