"""The study file: its model, code tables, rules, and faults with their key paths."""
