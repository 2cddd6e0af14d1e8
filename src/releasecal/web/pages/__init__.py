"""Parts of pages for people: words, time lines, subscription links, schema.org data."""
