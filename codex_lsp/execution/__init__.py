"""Runs code nobody trusts, and reports a verdict from outside it."""
