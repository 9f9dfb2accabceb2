// {rules, pages: {name: html}} -> {name: [fault]}: the recommended rules, changed where ``rules`` says so.
import { HtmlValidate } from "html-validate";
import { answer, question } from "./io.js";

const { rules, pages } = question();
const validator = new HtmlValidate({
  root: true,
  extends: ["html-validate:recommended"],
  rules,
});

const found = {};
for (const [name, html] of Object.entries(pages)) {
  const report = await validator.validateString(html, `${name}.html`);
  found[name] = report.results.flatMap((result) =>
    result.messages.map((one) => `${one.ruleId}, line ${one.line}: ${one.message} (${one.selector})`),
  );
}
answer(found);
