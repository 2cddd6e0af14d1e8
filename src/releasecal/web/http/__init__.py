"""HTTP protocol rules: conditional requests, codings, caching. No films."""
