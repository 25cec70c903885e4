"""Says how far a build is, from what cargo writes: crates done of how many, time gone, an estimate of what is left.

    CARGO_TERM_PROGRESS_WHEN=always CARGO_TERM_PROGRESS_WIDTH=120 cargo build .. 2>&1 | python3 scripts/progress.py

Everything that is neither progress nor a step of it (warnings, errors) passes through. A terminal has one line that
changes, a log a line a minute.
"""

import re
import sys
import time

# Crates differ: the first hundreds are small, the last ones are the runtime and the node. What share of the time is over
# with what share of the crates, of a cold build of the demo on two cores (AMD EPYC, Zen 5, 888 s).
CURVE = [
    (0.0, 0.0),
    (0.228, 0.072),
    (0.312, 0.140),
    (0.393, 0.207),
    (0.478, 0.275),
    (0.616, 0.342),
    (0.683, 0.410),
    (0.715, 0.477),
    (0.839, 0.545),
    (0.897, 0.613),
    (0.972, 0.680),
    (0.9936, 0.748),
    (0.9976, 0.883),
    (1.0, 1.0),
]
# A build of fewer crates is one without the node, whose crates are more alike.
NODE = 1000
# Before so much of a build is over, any estimate is a guess.
SOONEST = 0.04
# With so many crates to go there is time to read something.
LONG = 100
MEANWHILE = "  meanwhile: README.md shows what comes next; docs/what-is-proved.md follows one number from ONNX to proof"
STEP = re.compile(rb"\s*(Compiling|Downloading|Downloaded|Blocking|Locking|Updating|Dirty|Fresh|Adding) ")
PROGRESS = re.compile(rb"\s*Building \[[^\]]*\]\s+(\d+)/(\d+)")
COLOURS = re.compile(rb"\x1b\[[0-9;]*[A-Za-z]")


def over(done, of):
    """The share of the time that is over, by the share of crates that are done."""
    crates = done / of
    if of < NODE:
        return crates
    for (low, from_), (high, to) in zip(CURVE, CURVE[1:]):
        if crates <= high:
            return from_ + (to - from_) * (crates - low) / (high - low)
    return 1.0


def span(seconds):
    """A span of time in words."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min"


class Build:
    """A build so far."""

    def __init__(self):
        self.started = time.monotonic()
        self.first = None
        self.said = None
        self.terminal = sys.stdout.isatty()

    def line(self, done, of):
        gone = time.monotonic() - self.started
        # What was built before this run took no time of it.
        before = over(self.first, of)
        share = (over(done, of) - before) / max(1 - before, 1e-9)
        words = f"  {done} of {of} crates, {span(gone)} gone"
        if share > SOONEST:
            words += f", about {span(gone / share - gone)} left at this machine's pace"
        return words

    def progress(self, done, of):
        if self.first is None:
            self.first = done
            if of - done >= LONG:
                print(MEANWHILE, flush=True)
        now = time.monotonic()
        if self.said is not None and now - self.said < (1 if self.terminal else 60):
            return
        self.said = now
        if self.terminal:
            print(f"\r\033[K{self.line(done, of)}", end="", flush=True)
        else:
            print(self.line(done, of), flush=True)

    def other(self, line):
        if self.terminal and self.said is not None:
            print("\r\033[K", end="", flush=True)
        sys.stdout.buffer.write(line + b"\n")
        sys.stdout.flush()


def pieces(stream):
    """Lines, whether they end in a newline or are written over."""
    rest = b""
    while chunk := stream.read1(1 << 16):
        *whole, rest = re.split(rb"[\r\n]", rest + chunk)
        yield from whole
    yield rest


def main():
    build = Build()
    for piece in pieces(sys.stdin.buffer):
        line = COLOURS.sub(b"", piece).rstrip()
        if found := PROGRESS.match(line):
            build.progress(int(found[1]), int(found[2]))
        elif line and not STEP.match(line):
            build.other(line)


main()
