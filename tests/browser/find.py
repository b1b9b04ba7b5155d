"""The Chromium that browser tests drive: CSBOT_TEST_CHROMIUM, or one on the PATH."""

import os
import shutil
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MEND = "no Chromium found: run `make browser`, or set CSBOT_TEST_CHROMIUM to its path"


def chromium() -> str:
    found = os.environ.get("CSBOT_TEST_CHROMIUM") or next(
        filter(None, map(shutil.which, NAMES)), ""
    )
    if not found:
        raise SystemExit(MEND)
    return found


if __name__ == "__main__":
    sys.stdout.write(f"browser tests use {chromium()}\n")
