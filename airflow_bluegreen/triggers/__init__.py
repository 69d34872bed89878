"""What long waits do in the triggerer."""
