"""What only one transaction at a time may do, in all processes together."""

from sqlalchemy import Connection

UPGRADE = 7_262_831  # any numbers that are ours
IMPORT = 7_262_832


def alone(connection: Connection, what: int) -> None:
    """Until the transaction ends; on SQLite there is only one writer anyway."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({what})")
