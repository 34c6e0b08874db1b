"""`python -m escalate ...` runs the command `escalate` that comes with the package."""
import os
import pathlib
import shutil
import sys
from typing import NoReturn


def main() -> NoReturn:
    """Becomes the program, with the same arguments, streams and exit status."""
    beside = pathlib.Path(__file__).with_name("escalate")
    program = str(beside) if beside.is_file() else os.environ.get("ESCALATE_PROGRAM") or shutil.which("escalate")
    if not program:
        sys.exit("escalate: the program is not beside the package; set ESCALATE_PROGRAM to its path")
    os.execv(program, [program, *sys.argv[1:]])


if __name__ == "__main__":
    main()
