// {folder, names} -> {name: {html, faults}}: MJML's own compiler, strict: any complaint is an error.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import mjml2html from "mjml";
import { answer, question } from "./io.js";

const { folder, names } = question();

const compiled = async (name) => {
  const filePath = join(folder, name);
  try {
    const { html, errors } = await mjml2html(readFileSync(filePath, "utf8"), {
      validationLevel: "strict",
      ignoreIncludes: false,
      includePath: folder,
      filePath,
      fonts: {},
    });
    return { html, faults: errors.map((error) => error.formattedMessage) };
  } catch (error) {
    return { html: "", faults: error.errors?.map((one) => one.formattedMessage) ?? [String(error)] };
  }
};

const found = {};
for (const name of names) found[name] = await compiled(name);
answer(found);
