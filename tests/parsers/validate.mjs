// Reads {pages: HTML by name, rules} as JSON from standard input, and prints what html-validate
// finds on them: a list of [name, rule, message, line of the page].

import { readFileSync } from "node:fs";
import { HtmlValidate, StaticConfigLoader } from "html-validate";

const { pages, rules } = JSON.parse(readFileSync(0, "utf-8"));
const config = { root: true, extends: ["html-validate:recommended"], rules };
const validator = new HtmlValidate(new StaticConfigLoader(config));

const found = [];
for (const [name, html] of Object.entries(pages)) {
  const report = await validator.validateString(html);
  for (const result of report.results) {
    for (const { ruleId, message, line } of result.messages) {
      found.push([name, ruleId, message, html.split("\n")[line - 1].slice(0, 160)]);
    }
  }
}

process.stdout.write(JSON.stringify(found));
