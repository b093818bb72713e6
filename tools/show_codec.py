"""Prints the generated code of a message at one version.

python -m tools.show_codec FetchRequest 12 [decode | encode]
"""

from __future__ import annotations

import argparse
import sys

from wire.codec import codec_source
from wire.table import messages_by_name, versions_of


def main() -> int:
    parser = argparse.ArgumentParser(description="the generated code of a message at one version")
    parser.add_argument("message", help="its class: FetchRequest, OffsetCommitValue, ...")
    parser.add_argument("version", type=int)
    parser.add_argument("which", nargs="?", choices=["decode", "encode"], help="default: both")
    arguments = parser.parse_args()
    cls = messages_by_name().get(arguments.message)
    if cls is None:
        print(f"no message {arguments.message}", file=sys.stderr)
        return 1
    if arguments.version not in versions_of(cls):
        known = versions_of(cls)
        print(f"{arguments.message} has the versions {known[0]} to {known[-1]}", file=sys.stderr)
        return 1
    decode, encode = codec_source(cls, arguments.version)
    print(
        "\n\n".join({"decode": [decode], "encode": [encode]}.get(arguments.which, [decode, encode]))
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
