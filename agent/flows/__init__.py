"""Flows: dialogues as data (YAML), a linter that refuses broken or unlawful ones, the pure engine that runs them."""
