"""A headless Chromium for tests of pages, and axe-core to judge them. ``make browser`` brings both."""
