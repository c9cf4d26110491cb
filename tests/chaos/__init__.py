"""Patients who go on while the bot is killed again and again: ``python -m tests.chaos``."""
