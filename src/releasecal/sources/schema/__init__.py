"""Schema of data files: records, fields, rules and the JSON Schema."""
