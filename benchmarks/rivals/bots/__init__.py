"""The others, each as its own documentation builds such a flow; run by the Python of `.venv-rivals`.

Each is a script: its first argument is the server's address, its second a folder that it may write to.
"""
