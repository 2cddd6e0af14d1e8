// Makes a feed with ical.js and prints it: a day and a time in UTC, with the text in its argument.

import ICAL from "ical.js";

const calendar = new ICAL.Component("vcalendar");
const set = (component, properties) => {
  for (const [name, value] of properties) component.updatePropertyWithValue(name, value);
};
set(calendar, [
  ["version", "2.0"],
  ["prodid", "-//example//ical.js//EN"],
  ["name", "Films"],
  ["x-wr-calname", "Films"],
  ["refresh-interval", ICAL.Duration.fromString("PT12H")],
  ["x-published-ttl", "PT12H"],
]);
const changed = ICAL.Time.fromDateTimeString("2026-11-01T09:00:00Z");
const events = [
  ["day@films.example", ICAL.Time.fromDateString("2026-12-18"), ICAL.Time.fromDateString("2026-12-19")],
  [
    "time@films.example",
    ICAL.Time.fromDateTimeString("2026-12-01T18:00:00Z"),
    ICAL.Time.fromDateTimeString("2026-12-01T20:30:00Z"),
  ],
];
for (const [uid, start, end] of events) {
  const event = new ICAL.Component("vevent");
  set(event, [
    ["uid", uid],
    ["dtstamp", changed],
    ["dtstart", start],
    ["dtend", end],
    ["summary", `Dune: Part Three, and ${uid.length} more; Ελληνικά`],
    ["description", process.argv[2]],
    ["transp", "TRANSPARENT"],
    ["sequence", 0],
    ["last-modified", changed],
  ]);
  calendar.addSubcomponent(event);
}
process.stdout.write(`${calendar.toString()}\r\n`);
