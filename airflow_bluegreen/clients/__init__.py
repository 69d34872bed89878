"""One outside system a module. Constructors do no I/O; every client can be closed."""
