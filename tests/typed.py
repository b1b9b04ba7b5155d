"""`csbot …` as a person types it: a process of its own each time."""

import os
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from subprocess import CompletedProcess

from tests.forked import context

PATIENCE = 60.0


def typed(
    *words: str,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    input: bytes | str = b"",
) -> CompletedProcess[str]:
    """The words after `csbot`; `env` is the whole environment, else it is that of this process."""
    environment = dict(os.environ if env is None else env)
    given = input.encode() if isinstance(input, str) else input
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / name for name in ("in", "out", "err")]
        files[0].write_bytes(given)
        process = context().Process(
            target=_run, args=(words, environment, str(cwd or Path.cwd()), files)
        )
        process.start()
        process.join(PATIENCE)
        if process.is_alive():
            process.kill()
            raise TimeoutError(f"csbot {' '.join(words)} took longer than {PATIENCE:.0f} s")
        out, err = (file.read_text("utf-8") for file in files[1:])
        assert process.exitcode is not None
        return CompletedProcess(words, process.exitcode, out, err)


def _run(words: tuple[str, ...], env: dict[str, str], cwd: str, files: list[Path]) -> None:
    os.environ.clear()
    os.environ.update(env)
    os.chdir(cwd)
    for number, (file, flags) in enumerate(
        zip(files, (os.O_RDONLY, *[os.O_WRONLY | os.O_CREAT] * 2), strict=True)
    ):
        os.dup2(os.open(file, flags, 0o600), number)
    sys.stdin, sys.stdout, sys.stderr = (
        os.fdopen(number, mode, encoding="utf-8", closefd=False)
        for number, mode in enumerate(("r", "w", "w"))
    )
    sys.argv = ["csbot", *words]
    from csbot.cli import main

    try:
        main()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
