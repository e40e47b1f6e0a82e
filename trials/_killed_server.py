"""`python -m trials._killed_server PORT [FAULT]`: the server that a trial kills."""

import sys

import django


def main() -> None:
    """Serve until killed."""
    django.setup()
    from trials._marking import serve

    serve(int(sys.argv[1]), sys.argv[2] or None)


if __name__ == "__main__":
    main()
