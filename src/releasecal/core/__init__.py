"""The pure core: facts, history, editions. No clock, files, framework or database."""
