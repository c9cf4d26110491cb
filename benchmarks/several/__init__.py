"""How far one PostgreSQL goes, with web processes and a worker on it."""
