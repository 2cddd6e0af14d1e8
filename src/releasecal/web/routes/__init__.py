"""Routes of the site, one module a subject."""
