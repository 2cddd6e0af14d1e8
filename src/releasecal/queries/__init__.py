"""Queries: what a client may ask for, and what answers it. Pure."""
