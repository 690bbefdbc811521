"""A process that ends at once: its handlers are called, its output is there, and nothing is taken apart."""

import os
import subprocess
import sys

import pytest

from settings import ROOT

# `__del__` of what a module holds is called where Python takes modules apart.
SCRIPT = """
import sys
from warehouse.quick_exit import at_once
import atexit

class Held:
    def __del__(self):
        print("taken apart", flush=True)

held = Held()
atexit.register(print, "handled")
print("said")
sys.exit({code})
"""


@pytest.mark.parametrize(
    ("code", "said", "returned"),
    [
        ("at_once(0)", ["said", "handled"], 0),
        ("at_once(3)", ["said", "handled"], 3),
        ("3", ["said", "handled", "taken apart"], 3),
    ],
)
def test_handlers_are_called_and_nothing_is_taken_apart(code: str, said: list[str], returned: int) -> None:
    command = [sys.executable, "-c", SCRIPT.format(code=code)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.stdout.split("\n")[:-1], done.returncode) == (said, returned)


def test_whoever_stops_listening_is_told_of_as_ever() -> None:
    script = "import sys; from warehouse.quick_exit import at_once; print('a' * 9); sys.exit(at_once(0))"
    command, env, pipe = [sys.executable, "-c", script], {**os.environ, "PYTHONUNBUFFERED": ""}, subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, env=env, stdout=pipe, stderr=pipe) as unheard:
        assert unheard.stdout is not None
        assert unheard.stderr is not None
        unheard.stdout.close()
        assert b"BrokenPipeError" in unheard.stderr.read()
    assert unheard.returncode == 120  # Python's own


def test_a_process_without_output_ends_without_a_word() -> None:
    script = "import sys; from warehouse.quick_exit import at_once; sys.exit(at_once(4))"
    command = f'exec "{sys.executable}" -c "{script}" >&-'
    done = subprocess.run(["sh", "-c", command], cwd=ROOT, stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stderr) == (4, "")
