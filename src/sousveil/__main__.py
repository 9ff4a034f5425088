"""`sousveil`, and `python -m sousveil`, which is the same."""

import sys
from typing import NoReturn

__all__ = ["main"]


def main() -> NoReturn:
    """Carry out what was typed. Who stops it before it has begun is not shown where the program was."""
    try:
        from sousveil.cli import main as typed
    except KeyboardInterrupt:
        print("interrupted; nothing was begun", file=sys.stderr)
        sys.exit(130)
    typed()


if __name__ == "__main__":
    main()
