"""A release on the real servers, killed and cut off wherever it can be: the tools, and the suites."""
