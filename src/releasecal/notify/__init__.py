"""News for others: messages about changes, and the ways in which they go out."""
