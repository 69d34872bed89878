"""A test of a release on synthetic records: an isolated run of its tables, fed, checked and removed.

``preparing`` decides everything and changes nothing, ``feeding`` makes topics and records, ``running`` runs
the statements from end to end, ``checking`` judges what came of it, ``removing`` takes all of it away.
"""
