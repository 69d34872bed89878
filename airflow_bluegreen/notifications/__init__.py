"""Telling people what a release does, or what it waits for."""
