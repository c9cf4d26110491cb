"""The others, each as its own documentation builds such a flow; run by the Python of `.venv-rivals`.

Each is a script: its arguments are the server's address, a folder that it may write to, and the event loop.
"""
