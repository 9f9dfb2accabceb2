// What every script here does: one JSON value comes in, one goes out.
import { readFileSync } from "node:fs";

export const question = () => JSON.parse(readFileSync(0, "utf8"));

export const answer = (value) => process.stdout.write(JSON.stringify(value));
