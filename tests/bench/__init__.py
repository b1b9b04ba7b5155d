"""How fast csbot is, beside what the same work costs without it: `make bench`."""
