"""Tests: python3 -m unittest discover -s database/tests -t . (in images/postgres)."""
