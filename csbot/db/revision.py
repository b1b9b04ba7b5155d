"""`python -m csbot.db.revision "Why"`: writes the next migration from what the models say."""

import sys
import tempfile
from pathlib import Path

from alembic import command

from csbot.db.engine import open_database
from csbot.db.upgrade import MIGRATIONS, alembic_config, upgrade


def write(why: str) -> None:
    count = len(list((MIGRATIONS / "versions").glob("[0-9]*.py")))
    with tempfile.TemporaryDirectory() as folder:
        engine = open_database(f"sqlite:///{Path(folder) / 'scratch.db'}")
        if count:
            upgrade(engine)
        with engine.begin() as connection:
            config = alembic_config()
            config.attributes["connection"] = connection
            command.revision(config, message=why, autogenerate=True, rev_id=f"{count + 1:04d}")
        engine.dispose()


if __name__ == "__main__":
    write(sys.argv[1])
