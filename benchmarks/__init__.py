"""Measurements: nothing here is imported by the package, and nothing is a test."""
