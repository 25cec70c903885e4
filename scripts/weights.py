#!/usr/bin/env python3
"""Joins several runs of `benchmark pallet`: takes of each call the run that was fastest.

    weights.py RUN.rs.. > weights.rs

What else a machine does only adds to a measurement, and comes in bursts longer than a benchmark, which
more repeats in one run do not even out.
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
    fastest = {}
    for run in runs:
        for call in CALL.finditer(run):
            name, text = call.group(1), call.group(0)
            if name not in fastest or picoseconds(text) < picoseconds(fastest[name]):
                fastest[name] = text
    sys.stdout.write(CALL.sub(lambda call: fastest[call.group(1)], runs[0]))


main(sys.argv[1:])
