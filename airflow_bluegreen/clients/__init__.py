"""One outside system a module. Constructors do no I/O; every client can be closed."""

import logging

# librdkafka's remarks about retries are for whoever has set logging up, not for every terminal.
logging.getLogger(__name__).addHandler(logging.NullHandler())
