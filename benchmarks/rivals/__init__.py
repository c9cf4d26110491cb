"""The bot beside three others and a bare loop, on one flow, against one server: `python -m benchmarks.rivals`."""
