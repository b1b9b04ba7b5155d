"""A process of csbot that ends with the demo that started it, however the demo ended.

`python -m csbot.demo.tied web`: the demo holds the other end of its standard input, which the
system closes even when nobody is left to say goodbye.
"""

import os
import signal
import threading

from csbot import cli

GRACE = 8.0  # seconds to end by itself
STDIN = 0


def main() -> None:
    threading.Thread(target=_end_with_the_demo, daemon=True).start()
    cli.main()


def _end_with_the_demo() -> None:
    os.read(STDIN, 1)  # past sys.stdin, whose lock would hold up the end of the process
    os.kill(os.getpid(), signal.SIGTERM)
    threading.Event().wait(GRACE)
    os._exit(1)


if __name__ == "__main__":
    main()
