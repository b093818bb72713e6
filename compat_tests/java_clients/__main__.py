"""The command line of the folder."""

import sys

from compat_tests.java_clients import VERSIONS, everyday

for version in sys.argv[2:] or VERSIONS:
    sys.stdout.writelines(f"{version}  {line}\n" for line in everyday(sys.argv[1], version))
