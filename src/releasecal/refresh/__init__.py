"""Refresh: from the sources to a new edition in the store."""
