"""The clinic's side: cards about people who want to be rung or need help, and what staff do with them. Pure."""
