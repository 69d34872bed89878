"""Tests of the closer look."""
