"""Mails that came back as real servers write them, for one message of ours."""

from dataclasses import dataclass

ANN_ADDRESS = "ann@example.net"
MESSAGE_ID = "<0123456789abcdef0123456789abcdef@example.org>"
BOUNDARY = "=_b1"


@dataclass(frozen=True, slots=True, kw_only=True)
class OriginalMail:
    """The message that came back: its envelope's sender, its id, whom it was for."""

    sender: str = "bounces+d7-aaaaaaaaaaaaaaaa@example.org"
    to: str = ANN_ADDRESS
    message_id: str = MESSAGE_ID

    @property
    def headers(self) -> str:
        """Its headers as servers give them back."""
        return (
            f"Return-Path: <{self.sender}>\nFrom: Paper Digest <digest@example.org>\nTo: <{self.to}>\n"
            f"Subject: 3 papers\nMessage-ID: {self.message_id}\n"
        )


ORIGINAL = OriginalMail()


def to_crlf(text: str) -> bytes:
    """Return a mail as it lies in a mailbox."""
    return text.replace("\n", "\r\n").encode()


def delivery_report(  # noqa: PLR0913 - one for each field that servers write in their own way
    original: OriginalMail = ORIGINAL,
    *,
    action: str = "failed",
    status: str = "5.1.1",
    diagnostic: str = "smtp; 550 5.1.1 <ann@example.net>: Recipient address rejected: User unknown",
    extra_headers: str = "From: MAILER-DAEMON@mx.example.net (Mail Delivery System)\nSubject: Undelivered Mail",
    kind: str = "multipart/report; report-type=delivery-status",
    status_type: str = "message/delivery-status",
    final: str = "rfc822; ann@example.net",
    returned_part: str = "text/rfc822-headers",
    to_header: str = "To",
    text: str = "I'm sorry to have to inform you that your message could not\nbe delivered.",
) -> bytes:
    """Return a report about delivery as Postfix writes it, or with parts of it otherwise."""
    return to_crlf(
        f"Return-Path: <>\nDelivered-To: {original.sender}\n{extra_headers}\n{to_header}: {original.sender}\n"
        f'MIME-Version: 1.0\nContent-Type: {kind}; boundary="{BOUNDARY}"\n\n'
        f"--{BOUNDARY}\nContent-Description: Notification\nContent-Type: text/plain\n\n"
        f"{text}\n\n"
        f"--{BOUNDARY}\nContent-Description: Delivery report\nContent-Type: {status_type}\n\n"
        "Reporting-MTA: dns; mx.example.net\nX-Postfix-Queue-ID: 1234\n"
        f"X-Postfix-Sender: rfc822; {original.sender}\nArrival-Date: Sat, 24 Jan 2026 08:00:00 +0000\n\n"
        f"Final-Recipient: {final}\nAction: {action}\nStatus: {status}\nDiagnostic-Code: {diagnostic}\n\n"
        f"--{BOUNDARY}\nContent-Description: Undelivered Message Headers\nContent-Type: {returned_part}\n\n"
        f"{original.headers}\n--{BOUNDARY}--\n"
    )


def exchange_report(original: OriginalMail = ORIGINAL) -> bytes:
    """Return what Exchange writes: capitals, a display name, the original in full."""
    return delivery_report(
        original,
        extra_headers=(
            "From: <postmaster@outlook.example>\nSubject: Undeliverable: 3 papers\n"
            "Auto-Submitted: auto-replied\nX-MS-Exchange-Message-Is-Ndr:"
        ),
        action="failed",
        status="5.1.10",
        diagnostic="smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup",
        final="RFC822;ANN@example.net",
        returned_part="message/rfc822",
    )


def gmail_report(original: OriginalMail = ORIGINAL) -> bytes:
    """Return what Gmail writes: X-Failed-Recipients, related parts, a status with words."""
    return delivery_report(
        original,
        extra_headers=(
            "From: Mail Delivery Subsystem <mailer-daemon@googlemail.com>\n"
            "X-Failed-Recipients: ann@example.net\nAuto-Submitted: auto-replied\n"
            "Subject: Delivery Status Notification (Failure)"
        ),
        diagnostic="smtp; 550-5.1.1 The email account that you tried to reach does not exist.\n 550 5.1.1 gsmtp",
        returned_part="message/rfc822",
    )


def sendmail_report(original: OriginalMail = ORIGINAL) -> bytes:
    """Return what Sendmail writes: an action in the past, a comment, and the original recipient."""
    return delivery_report(
        original,
        extra_headers="From: Mail Delivery Subsystem <MAILER-DAEMON>\nAuto-Submitted: auto-generated (failure)\n"
        "Subject: Returned mail: see transcript for details",
        final="RFC822; ann@mail.example.net\nOriginal-Recipient: rfc822;ann@example.net",
        action="failed (for good)",
    )


def exim_report(original: OriginalMail = ORIGINAL, diagnostic: str = "") -> bytes:
    """Return what old Exim writes: prose, a header with the address, a copy below; or a reply in it."""
    why = f"SMTP error from remote mail server after RCPT TO:<{original.to}>:\n    {diagnostic}"
    return to_crlf(
        f"Return-path: <>\nEnvelope-to: {original.sender}\nX-Failed-Recipients: {original.to}\n"
        "Auto-Submitted: auto-replied\nFrom: Mail Delivery System <Mailer-Daemon@mx.example.net>\n"
        f"To: {original.sender}\nSubject: Mail delivery failed: returning message to sender\n\n"
        "This message was created automatically by mail delivery software.\n\n"
        "A message that you sent could not be delivered to one or more of its\n"
        "recipients. This is a permanent error. The following address(es) failed:\n\n"
        f"  {original.to}\n    {why if diagnostic else 'Unrouteable address'}\n\n"
        "------ This is a copy of the message, including all the headers. ------\n\n"
        f"{original.headers}\n3 papers\n"
    )


def qmail_report(original: OriginalMail = ORIGINAL, diagnostic: str = "") -> bytes:
    """Return what qmail writes: no MIME at all; of another server's reply, or of its own."""
    why = f"192.0.2.1 does not like recipient.\nRemote host said: {diagnostic}\nGiving up on 192.0.2.1."
    return to_crlf(
        f"Return-Path: <>\nDelivered-To: {original.sender}\nFrom: MAILER-DAEMON@mx.example.net\n"
        f"To: {original.sender}\nSubject: failure notice\n\n"
        "Hi. This is the qmail-send program at mx.example.net.\n"
        "I'm afraid I wasn't able to deliver your message to the following addresses.\n"
        "This is a permanent error; I've given up. Sorry it didn't work out.\n\n"
        f"<{original.to}>:\n{why if diagnostic else 'Sorry, no mailbox here by that name. (#5.1.1)'}\n\n"
        f"--- Below this line is a copy of the message.\n\n{original.headers}\n3 papers\n"
    )


def qq_report(original: OriginalMail = ORIGINAL) -> bytes:
    """Return what Chinese providers write: GBK, HTML, and no report."""
    words = (
        "<html><body><p>很抱歉您发送的邮件被退回，以下是该邮件的相关信息：</p>"
        f"<p>被退回邮件 主题：3 papers</p><p>无法发送到 {original.to}</p>"
        "<p>退信原因：收件人邮件地址不存在，邮件无法送达。</p></body></html>"
    )
    head = (
        f"From: PostMaster@qq.example\r\nTo: {original.sender}\r\n"
        "Subject: =?gb18030?B?w7/I1cbf0MU=?=\r\nMIME-Version: 1.0\r\n"
        "Content-Type: text/html; charset=gb18030\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    )
    return head.encode() + words.encode("gb18030")


def netease_report(original: OriginalMail = ORIGINAL) -> bytes:
    """Return a report with a Chinese text in base64, its status in UTF-8 (RFC 6533)."""
    return delivery_report(
        original,
        extra_headers="From: postmaster@163.example\nSubject: =?UTF-8?B?57O757uf6YCA5L+h?=",
        final="utf-8; ann@example.net",
        status_type="message/global-delivery-status",
        diagnostic="smtp; 550 User not found: ann@example.net",
        returned_part="message/global-headers",
    )


def exchange_online_report(
    original: OriginalMail = ORIGINAL,
    diagnostic: str = "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup",
    *,
    status: str = "",
) -> bytes:
    """Return what Exchange Online writes where somebody has taken its report away: prose alone."""
    name = original.to.partition("@")[0]
    return to_crlf(
        f"From: Microsoft Outlook <postmaster@contoso.example>\nTo: {original.sender}\n"
        "Subject: Undeliverable: 3 papers\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\n"
        f"Your message to {original.to} couldn't be delivered.\n\n"
        f"{name} wasn't found, or refused it.\n\nStatus code: {status or diagnostic[:3]}\n\n"
        f"Original Message Details\nSender Address: {original.sender}\nRecipient Address: {original.to}\n"
        f"Subject: 3 papers\n\nError Details\nReported error: {diagnostic}\n"
        "DSN generated by: AM0PR03MB1.eurprd03.prod.example.com\n\n"
        f"Message Hops\n\nOriginal Message Headers\n\n{original.headers}\n"
    )


def outlook_complaint(original: OriginalMail = ORIGINAL) -> bytes:
    """Return a complaint as Microsoft's older program writes it: the bare message, and who it was for."""
    return to_crlf(
        f"From: staff@hotmail.example\nTo: {original.sender}\n"
        "Subject: complaint about message from 192.0.2.9\nMIME-Version: 1.0\n"
        "Content-Type: message/rfc822\nContent-Disposition: inline\n\n"
        f"X-HmXmrOriginalRecipient: {original.to}\n{original.headers}\nDear reader, here are your papers.\n"
    )


def arf_complaint(original_mail: OriginalMail = ORIGINAL, *, kind: str = "abuse", original: str | None = None) -> bytes:
    """Return a complaint in the Abuse Reporting Format."""
    return to_crlf(
        "From: <feedback@provider.example>\nTo: <abuse@example.org>\nSubject: FW: 3 papers\n"
        f'Content-Type: multipart/report; report-type=feedback-report; boundary="{BOUNDARY}"\n\n'
        f"--{BOUNDARY}\nContent-Type: text/plain\n\nThis is an abuse report.\n\n"
        f"--{BOUNDARY}\nContent-Type: message/feedback-report\n\n"
        f"Feedback-Type: {kind}\nUser-Agent: SomeGenerator/1.0\nVersion: 1\n"
        f"Original-Mail-From: <{original_mail.sender}>\nArrival-Date: Sat, 24 Jan 2026 08:00:00 +0000\n\n"
        f"--{BOUNDARY}\nContent-Type: message/rfc822\n\n{original or original_mail.headers}\n3 papers\n\n"
        f"--{BOUNDARY}--\n"
    )


def plain_mail(
    *, subject: str, to: str = "bounces@example.org", sender: str = ANN_ADDRESS, extra_headers: str = "", body: str = ""
) -> bytes:
    """Return a plain mail of a person or a machine."""
    return to_crlf(f"From: {sender}\nTo: {to}\nSubject: {subject}\n{extra_headers}\n{body}\n")
