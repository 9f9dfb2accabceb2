"""Run a script under a umask: ``python -m tests.support.with_umask 022 bot.py WORD…``."""

import os
import runpy
import sys

if __name__ == "__main__":
    os.umask(int(sys.argv[1], 8))
    sys.argv = sys.argv[2:]
    runpy.run_path(sys.argv[0], run_name="__main__")
