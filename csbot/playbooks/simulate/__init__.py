"""What a playbook would have done: replayed on the stored history, as it was known then.

The past is rebuilt day by day in a database in memory, and the engine itself runs on that: it
cannot tell the difference, so it decides as it would have. The real database is only read.
"""
