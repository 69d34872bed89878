"""The parts of docs/reference that are written from the code.

To bring the pages up to date: ``make reference``, which is ``python -m tests.docs.reference``. Such a part
of a page stands between ``<!-- begin NAME … -->`` and ``<!-- end NAME -->``; everything else of the page is
written by hand and stays.
"""
