"""Rules about what calendar clients do with anybody's feed, and two feeds compared."""
