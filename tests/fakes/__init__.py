"""Hand-written stand-ins for the outside systems; the contract suites hold them to what the real ones do."""
