// {records: {name: text}, mails: {name: mail in base64}} -> {name: [verdict of each signature]}, no server asked.
import { dkimVerify } from "mailauth/lib/dkim/verify.js";
import { answer, question } from "./io.js";

const { records, mails } = question();

const resolver = async (name, type) => {
  if (type === "TXT" && name in records) return [[records[name]]];
  throw Object.assign(new Error(`no ${type} of ${name}`), { code: "ENOTFOUND" });
};

const found = {};
for (const [name, mail] of Object.entries(mails)) {
  const { results } = await dkimVerify(Buffer.from(mail, "base64"), { resolver });
  found[name] = results.map((one) => ({
    algorithm: one.algo,
    selector: one.selector,
    result: one.status.result,
    comment: one.status.comment ?? "",
  }));
}
answer(found);
