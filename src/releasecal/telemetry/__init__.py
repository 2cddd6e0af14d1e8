"""Telemetry: log lines, request ids, and counters that all processes of a server share."""
