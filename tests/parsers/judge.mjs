// Reads feeds from standard input, a list of texts in JSON, with ical.js, the parser of Thunderbird,
// and prints for each why it is refused, or nothing.

import { readFileSync } from "node:fs";
import ICAL from "ical.js";

ICAL.design.strict = true;

const read = (component) => {
  for (const property of component.getAllProperties()) property.getValues().map(String);
  component.getAllSubcomponents().forEach(read);
};

const judged = JSON.parse(readFileSync(0, "utf-8")).map((feed) => {
  try {
    const calendar = new ICAL.Component(ICAL.parse(feed));
    if (calendar.name !== "vcalendar") return "not one calendar";
    read(calendar);
    return "";
  } catch (error) {
    return `refused: ${error.message}`;
  }
});

process.stdout.write(JSON.stringify(judged));
