"""`python -m sousveil` is `sousveil`."""

from sousveil.cli import main

if __name__ == "__main__":
    main()
