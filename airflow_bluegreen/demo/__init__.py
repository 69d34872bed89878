"""The golden scenario: a retail project in git, and a feed of change records for its raw topics."""
