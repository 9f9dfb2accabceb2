// {clients, pages: {name: html}} -> {name: [issue]}: what mail programs do not, or only half, support.
import { caniemail } from "caniemail";
import { answer, question } from "./io.js";

const { clients, pages } = question();

const found = {};
for (const [name, html] of Object.entries(pages)) {
  const { errors, warnings } = caniemail({ clients, html }).issues;
  found[name] = [errors, warnings].flatMap((issues) =>
    [...issues].flatMap(([client, features]) =>
      features.map((feature) => `${client}: ${feature.title} (${feature.support})`),
    ),
  );
}
answer(found);
