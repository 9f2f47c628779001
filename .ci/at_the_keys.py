#!/usr/bin/env python3
"""Sits at the keys of the dashboard for a minute, in a pseudo-terminal:  at_the_keys.py BINARY

Trains on the built-in pictures, looks at every tab, pauses, steps, resumes, quits. Every key is
pressed when events.jsonl shows that its moment has come, and its effect is awaited there. What it
leaves behind is judged at the end: exit status, terminal settings, events, a checkpoint.
"""

import fcntl
import json
import os
import pty
import select
import struct
import subprocess
import sys
import tempfile
import termios
import time
from pathlib import Path

SECONDS = 60
COLUMNS, ROWS = 120, 40
PATIENCE = 120  # for one thing to happen, on a machine that is busy


class Terminal:
    """A program in a pseudo-terminal, and all that it wrote."""

    def __init__(self, command, folder):
        self.master, self.slave = pty.openpty()
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        self.settings = termios.tcgetattr(self.slave)
        self.written = bytearray()
        environment = os.environ | {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
        self.process = subprocess.Popen(
            command,
            stdin=self.slave,
            stdout=self.slave,
            stderr=self.slave,
            cwd=folder,
            env=environment,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )

    def read(self, seconds):
        """Takes in what is written during so many seconds."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if select.select([self.master], [], [], left)[0]:
                self.written += os.read(self.master, 1 << 16)

    def press(self, keys):
        """Presses keys and waits for the screen to answer."""
        before = len(self.written)
        os.write(self.master, keys.encode())
        self.wait_for(f"an answer to {keys!r}", lambda: len(self.written) > before)

    def wait_for(self, what, condition):
        end = time.monotonic() + PATIENCE
        while not (found := condition()):
            if self.process.poll() is not None:
                raise SystemExit(f"it ended (status {self.process.returncode}) before {what}")
            if time.monotonic() > end:
                raise SystemExit(f"waited {PATIENCE} s in vain for {what}")
            self.read(0.1)
        return found

    def wait_for_exit(self):
        end = time.monotonic() + PATIENCE
        while self.process.poll() is None:
            if time.monotonic() > end:
                raise SystemExit(f"still there {PATIENCE} s after the last key")
            self.read(0.1)
        self.read(0.2)
        return self.process.returncode


def events(runs):
    """The events of the only run; a last line that is half written is left out."""
    found = []
    for file in runs.glob("*/events.jsonl"):
        lines = file.read_text().split("\n")[:-1]
        found += [json.loads(line) for line in lines]
    return found


def steps(runs):
    return sum(event["type"] == "step" for event in events(runs))


def phases(runs):
    return [event["phase"] for event in events(runs) if event["type"] == "phase"]


def sit_down(terminal, runs):
    start = time.monotonic()
    terminal.wait_for("the first step", lambda: steps(runs) > 0)
    for tab in "234561":
        terminal.press(tab)
        terminal.read(1)
    terminal.press(" ")
    terminal.wait_for("the pause", lambda: phases(runs)[-1] == "paused")
    terminal.read(1)
    made, said = steps(runs), len(phases(runs))
    terminal.press(".")
    terminal.wait_for("one step", lambda: steps(runs) == made + 1)
    terminal.wait_for("a pause after it", lambda: "paused" in phases(runs)[said:])
    terminal.press(" ")
    terminal.wait_for("going on", lambda: steps(runs) > made + 1)
    for key in "?\x1b3\t4\t1":
        terminal.press(key)
        terminal.read(0.5)
    terminal.read(max(0, SECONDS - (time.monotonic() - start)))
    terminal.press("q")
    terminal.read(0.5)
    os.write(terminal.master, b"\r")
    return terminal.wait_for_exit()


def judge(terminal, runs, status):
    """What is wrong with what was left behind."""
    log = "".join(file.read_text(errors="replace") for file in runs.glob("*/log.txt"))
    screen = terminal.written.decode(errors="replace")
    finished = [event for event in events(runs) if event["type"] == "run_finished"]
    facts = {
        "exit status 0": status == 0,
        "the terminal's settings as before": termios.tcgetattr(terminal.slave) == terminal.settings,
        "the alternate screen left": "\x1b[?1049l" in screen[screen.rfind("\x1b[?1049h") :],
        "nothing panicked": "panicked" not in screen + log,
        "step events": steps(runs) > 1,
        "the last phase is `ended`": phases(runs)[-1:] == ["ended"],
        "one run_finished": len(finished) == 1,
        "a checkpoint": any(runs.glob("*/checkpoints/*/manifest.json")),
        "one run directory": len(list(runs.iterdir())) == 1,
    }
    return [fact for fact, holds in facts.items() if not holds]


def main():
    binary = Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as folder:
        runs = Path(folder) / "runs"
        settings = "--dataset shapes --alpha .25 --device cpu --runs-dir".split()
        terminal = Terminal([binary, "train", *settings, runs], folder)
        start = time.monotonic()
        try:
            status = sit_down(terminal, runs)
            missing = judge(terminal, runs, status)
        except SystemExit:
            print(terminal.written[-2000:].decode(errors="backslashreplace"))
            raise
        finally:
            terminal.process.kill()
        print(f"{steps(runs)} steps in {time.monotonic() - start:.0f} s, exit status {status}")
        if missing:
            print(terminal.written[-2000:].decode(errors="backslashreplace"))
            raise SystemExit("missing: " + "; ".join(missing))


if __name__ == "__main__":
    main()
