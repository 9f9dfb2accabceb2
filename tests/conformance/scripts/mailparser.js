// {name: mail in base64} -> {name: what a mail program makes of it}
import { simpleParser } from "mailparser";
import { answer, question } from "./io.js";

const found = {};
for (const [name, mail] of Object.entries(question())) {
  const parsed = await simpleParser(Buffer.from(mail, "base64"), { skipTextToHtml: true, skipHtmlToText: true });
  found[name] = {
    subject: parsed.subject,
    from: parsed.from.value,
    to: parsed.to.value,
    date: parsed.date.toISOString(),
    messageId: parsed.messageId,
    text: parsed.text,
    html: parsed.html,
    list: parsed.headers.get("list") ?? {},
    attachments: parsed.attachments.length,
  };
}
answer(found);
