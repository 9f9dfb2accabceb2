"""Replies in the style of real servers, and whom each blames. Addresses and hosts are made up."""

from dataclasses import dataclass

from digest.model.bounce import Blame

RECIPIENT_FAULT, SENDER_FAULT, NO_FAULT = Blame.RECIPIENT, Blame.US, Blame.NOBODY


@dataclass(frozen=True, slots=True, kw_only=True)
class BounceReply:
    """A reply to RCPT in the text of a server, its lines divided by line feeds, and whom it blames."""

    code: int
    text: str
    blame: Blame

    @property
    def one_line(self) -> str:
        """The reply in one line, as reports repeat it."""
        return f"{self.code} " + self.text.replace("\n", " ")


def _replies(blame: Blame, *lines: str) -> list[BounceReply]:
    return [BounceReply(code=int(line[:3]), text=line[4:], blame=blame) for line in lines]


REPLIES = [
    *_replies(
        SENDER_FAULT,
        # block lists and reputation
        "550 5.7.1 Service unavailable; client [192.0.2.9] blocked using zen.spamhaus.org",
        "554 5.7.1 Service unavailable; Client host [192.0.2.9] blocked using bl.spamcop.net; Blocked",
        "550 5.7.606 Access denied, banned sending IP [192.0.2.9]. To request removal from this list visit "
        "https://sender.office.com/",
        "550 5.7.511 Access denied, banned sender[192.0.2.9]. To request removal from this list forward this",
        "550 5.7.1 Unfortunately, messages from [192.0.2.9] weren't sent. Part of their network is on our "
        "block list (S3140).",
        "550 SC-001 (BAY004-MC1F1) Unfortunately, messages from 192.0.2.9 weren't sent.",
        "550 5.7.1 [192.0.2.9] Our system has detected that this message is\n5.7.1 likely unsolicited mail. "
        "To reduce the amount of spam sent to Gmail,\n5.7.1 this message has been blocked.",
        "550 5.7.1 Mail rejected [CS01]",
        "554 5.7.1 [HM07] Message rejected due to local policy. Please visit https://support.example.com/",
        "553 5.7.1 [BL21] Connections will not be accepted from 192.0.2.9, because the ip is in a block list",
        "554 Blocked - see https://ipcheck.proofpoint.com/?ip=192.0.2.9",
        "550 Rejected because 192.0.2.9 is in a black list at zen.spamhaus.org",
        "550 5.2.1 Mailbox unavailable. Your IP address 192.0.2.9 is blacklisted using zen.spamhaus.org",
        "550 5.1.1 <ann@example.net> Recipient rejected: 192.0.2.9 listed at b.barracudacentral.org",
        "554 5.0.0 Your access to this mail system has been rejected for the sending MTA's poor reputation",
        "550 csi.example.org Poor Reputation Sender. - https://community.example.com/docs/DOC-1369#550",
        "553 5.3.0 flpd586 DNSBL:RBL 521< 192.0.2.9 >_is_blocked. For assistance forward this error",
        "554 IP=192.0.2.9 - A problem occurred. Ask your postmaster for help or to contact us",
        "550 IP in blacklist",
        "550 Ip frequency limited",
        "550 Domain frequency limited",
        "550 Connection denied",
        "550 permanent failure for one or more recipients (ann@example.net:blocked)",
        # who we are
        "550 5.7.26 Unauthenticated email from example.org is not accepted\n5.7.26 due to DMARC policy.",
        "550 5.7.509 Access denied, sending domain example.org does not pass DMARC verification",
        "550 5.7.23 The message was rejected because of Sender Policy Framework violation",
        "550 SPF check failed",
        "550 Domain may not exist or DNS check failed",
        "550 5.7.25 The IP address sending this message does not have a PTR record setup",
        "553 5.1.8 <bounces@example.org>... Domain of sender address bounces@example.org does not exist",
        "550 5.1.7 Bad sender's mailbox address syntax",
        "550 5.1.0 Sender rejected",
        "550-Verification failed for <bounces@example.org>\nNo Such User Here\nSender verify failed",
        "450 4.7.25 Client host rejected: cannot find your hostname, [192.0.2.9]",
        "530 5.7.57 Client not authenticated to send mail",
        "530 Authentication required",
        "535 Error: authentication failed",
        "550 5.7.1 Unable to relay",
        "554 5.7.1 <ann@example.net>: Relay access denied",
        "550 Access denied - Invalid HELO name (See RFC2821 4.1.1.1)",
        "550 MI:IMF 163 mx8,QMCowADn, the sender does not conform",
        "553 Requested action not taken: NULL sender is not allowed",
        "550 5.2.2 Submission quota exceeded",
        "550 5.1.90 Your message can't be sent because you've reached your daily limit for recipients",
        # what we send
        "554 5.7.9 Message not accepted for policy reasons. See https://postmaster.example.com/error-codes",
        "554-Transaction failed\nReject due to policy restrictions.\nFor explanation visit http://postmaster/",
        "550 Mail content denied. http://service.mail.example/cgi-bin/help?subtype=1&&id=20022",
        "554 DT:SPM 163 smtp10,D8CowAC3,please see http://mail.163.example/help/help_spam_16.htm",
        "550 spam message rejected. Please visit http://help.mail.example/notspam-support",
        "554 5.7.1 Message rejected under suspicion of SPAM",
        "554 Email rejected due to security policies - MCSpamSignature.x.x",
        "550 High probability of spam",
        "550 5.2.0 Mail rejete. Mail rejected. OFR_506 [506]",
        "550 Administrative prohibition",
        "554 5.6.0 Corrupt message content",
        "550 5.6.11 SMTPSEND.BareLinefeedsAreIllegal; message contains bare linefeeds",
        "552 5.3.4 Message size exceeds fixed maximum message size",
        "552 5.2.3 Message length exceeds administrative limit",
        "550 Message size exceeds the limit of this server",
        "503 5.5.1 Bad sequence of commands",
        "501 5.5.2 Syntax error in parameters",
        "502 Command not implemented",
        "550 5.7.1 TRANSPORT.RULES.RejectMessage; the message was rejected by organization policy",
        "550 5.0.350 Remote server returned an error -> 554 5.7.1 Your IP is on our deny list",
        "571 Message refused",
        "550 该邮件内容涉嫌垃圾邮件，被收件方拒收",
        "550 发件服务器 IP 被列入黑名单",
    ),
    *_replies(
        RECIPIENT_FAULT,
        "550 5.1.1 <ann@example.net>: Recipient address rejected: User unknown in local recipient table",
        "550 5.1.1 <spam.policy@blocked.example.net>: Recipient address rejected: User unknown",
        "550-5.1.1 The email account that you tried to reach does not exist. Please try\n5.1.1 "
        "double-checking the recipient's email address for typos. https://support.example.com/mail/?p=NoSuchUser",
        "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup",
        "550 5.1.2 Host unknown (Name server: example.net: host not found)",
        "556 5.1.10 Recipient address has null MX",
        "550 #5.1.0 Address rejected ann@example.net",
        "550 5.2.1 The email account that you tried to reach is inactive. https://support/?p=DisabledUser",
        "550 5.2.1 <ann@example.net>: mailbox disabled",
        "552 5.2.2 The recipient's inbox is over quota and inactive",
        "452 4.2.2 The recipient's inbox is out of storage space",
        "550 5.4.1 Recipient address rejected: Access denied. [AM5EUR03FT041.eop-EUR03.prod.example.com]",
        "550 5.5.0 Requested action not taken: mailbox unavailable",
        "550 5.4.310 DNS domain example.net does not exist [Message=InfoDomainNonexistent]",
        "550 5.4.4 Host or domain name not found. Name service error for name=example.net type=A",
        "550 5.0.350 Remote server returned an error -> 550 5.1.1 User unknown",
        "550 Requested action not taken: mailbox unavailable",
        "554 delivery error: dd This user doesn't have an example.com account (ann@example.com) [0]",
        "554 30 Sorry, your message to ann@example.net cannot be delivered. This mailbox is disabled.",
        "550 Mailbox unavailable or access denied",
        "550 Mailbox not found. http://service.mail.example/cgi-bin/help?subtype=1",
        "550 User not found: ann@example.net",
        "550 User suspended",
        "550 Invalid Recipient - https://community.example.com/docs/DOC-1369#550",
        "550 unknown or illegal alias: ann@example.net",
        "550 No such user here",
        "550 ann@example.net: mailbox is full",
        "552 Requested mail action aborted: exceeded storage allocation",
        "550 Unrouteable address",
        "550 Sorry, no mailbox here by that name. (#5.1.1)",
        "550 Message was not accepted -- invalid mailbox. Local mailbox is unavailable: user is not found",
        "550 5.0.0 <ann@example.net> is not wanted here",
        "550 no",
        "550 收件人邮件地址不存在，邮件无法送达",
        "552 收件人邮箱已满",
    ),
    *_replies(
        NO_FAULT,
        "550 4.4.7 QUEUE.Expired; message expired",
        "550 5.4.14 Hop count exceeded - possible mail loop ATTR1",
        "554 5.4.6 Too many hops",
        "550 5.4.1 [192.0.2.1]:25: No answer from host",
        "550 5.4.300 Message expired -> 451 Temporary local problem",
        "550 5.4.4 SMTPSEND.DNS.NonExistentDomain.NoRoute",
        "550 5.3.0 Internal error",
        "550 5.3.2 STOREDRV.Deliver; Missing or bad mailbox database property",
        "550 5.3.5 System incorrectly configured",
        "550 5.2.122 The recipient has exceeded their limit for the number of messages per hour",
        "550 5.2.1 The user you are trying to contact is receiving mail at a rate that prevents additional",
        "450 4.4.1 Connection timed out",
        "451 Temporary local problem - please try later",
        "554 Too many hops",
        "550 retry timeout exceeded",
    ),
]
"""Each as it would be answered to RCPT; a 4xx is what stands in a report when the last try has ended so."""
