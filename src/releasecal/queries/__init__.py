"""Queries: parameters that clients may send, and the values that answer them. Pure."""
