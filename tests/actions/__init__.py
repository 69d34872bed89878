"""Tests of the actions, on fakes that belong together."""
