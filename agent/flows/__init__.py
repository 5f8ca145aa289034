"""Flows: dialogues as data (YAML), a linter that refuses unlawful or broken ones, and the pure engine that runs them."""
