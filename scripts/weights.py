#!/usr/bin/env python3
"""Joins several runs of `benchmark pallet`: takes of each call the run in the middle.

    weights.py RUN.rs.. > weights.rs

What else a machine does comes in bursts, some longer than a benchmark: medians within a run do not even them
out. The fastest run would not do: a burst in the midst of one tilts its slopes, to either side.
"""

import re
import sys

CALL = re.compile(r"(?:\t/// [^\n]*\n)*\tfn (\w+)\([^)]*\) -> Weight \{\n.*?\n\t\}\n", re.S)
RANGE = re.compile(r"`(\w+)` is from \d+ to (\d+)")
SLOPE = re.compile(r"from_parts\(([\d_]+), 0\)\.saturating_mul\((\w+)\.into\(\)\)")
BASE = re.compile(r"Weight::from_parts\(([\d_]+), \d+\)\n")


def picoseconds(call):
    """What the call takes with all of its components half-way up."""
    number = lambda text: int(text.replace("_", ""))
    ranges = {name: int(most) for name, most in RANGE.findall(call)}
    slopes = sum(number(slope) * ranges[name] / 2 for slope, name in SLOPE.findall(call))
    return number(BASE.search(call).group(1)) + slopes


def main(paths):
    runs = [open(path).read() for path in paths]
    measured = {}
    for run in runs:
        for call in CALL.finditer(run):
            measured.setdefault(call.group(1), []).append(call.group(0))
    # Of an even number, the slower of the two in the middle.
    middle = {name: sorted(calls, key=picoseconds)[len(calls) // 2] for name, calls in measured.items()}
    sys.stdout.write(CALL.sub(lambda call: middle[call.group(1)], runs[0]))


main(sys.argv[1:])
