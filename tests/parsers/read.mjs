// Reads a calendar from standard input with ical.js, the parser of Thunderbird and of
// Nextcloud's front end, and prints its events as JSON. Any fault is an exit status of 1.

import { readFileSync } from "node:fs";
import ICAL from "ical.js";

ICAL.design.strict = true;

const calendar = new ICAL.Component(ICAL.parse(readFileSync(0, "utf-8")));
if (calendar.name !== "vcalendar") throw new Error("not one calendar");

const events = calendar.getAllSubcomponents("vevent").map((event) => {
  const value = (name) => event.getFirstPropertyValue(name);
  for (const name of ["dtstart", "dtend"]) {
    if (!value(name).isDate) throw new Error(`${name} is not a date`);
  }
  return {
    uid: value("uid"),
    summary: value("summary"),
    description: value("description"),
    first: value("dtstart").toString(),
    after: value("dtend").toString(),
    status: value("status") ?? "",
    sequence: value("sequence"),
    modified: value("last-modified").toString(),
    categories: event.getAllProperties("categories").flatMap((each) => each.getValues()),
  };
});

process.stdout.write(JSON.stringify(events));
