"""Refresh: from the sources to the next edition in the store."""
