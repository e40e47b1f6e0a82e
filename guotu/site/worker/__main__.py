"""`python -m guotu.site.worker PARENT`: the worker a server keeps; PARENT is its process id."""

import sys

from guotu.site.worker.keeping import serve_parent

if __name__ == "__main__":
    sys.exit(serve_parent(int(sys.argv[1])))
