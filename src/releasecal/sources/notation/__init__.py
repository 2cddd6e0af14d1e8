"""Notations: octets of a data file become plain values with places."""
