"""Months of recovery in seconds: a virtual clock, every way of answering, a kill at every call."""
