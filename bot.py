"""Start Paper Digest: ``python bot.py`` is the service, ``python bot.py --help`` names the other commands.

The only file that touches the process environment.
"""

import os
import sys

from dotenv import dotenv_values

from digest.app.cli import main

if __name__ == "__main__":
    dotenv = dotenv_values(".env")
    sys.exit(main(sys.argv[1:], settings={**dotenv, **os.environ}, dotenv=dotenv))  # noqa: TID251 - the one place
