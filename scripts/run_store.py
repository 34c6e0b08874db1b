"""Folders for what a script had a program make, so that a run that was killed goes on where it was."""
import hashlib
import pathlib


def folder_of(folder, program, *asked):
    """A folder in `folder` of this build of the program and of what it is asked: another one's results are not taken."""
    name = hashlib.sha256(pathlib.Path(program).read_bytes())
    for text in asked:
        name.update(b"\0" + str(text).encode())
    return folder / name.hexdigest()[:16]
