"""Comparing a green table with its blue one: folded changelogs, classified keys, checks, a verdict."""
