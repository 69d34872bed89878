"""The machine's time."""

import time


class SystemClock:
    """Implements ``ports.Clock`` with the machine's time."""

    def now(self) -> float:
        """Seconds since the epoch."""
        return time.time()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)
