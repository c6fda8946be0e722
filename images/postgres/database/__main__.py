"""`python3 -m database`."""

import sys

from database.cli import main

sys.exit(main(sys.argv[1:]))
