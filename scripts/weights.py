#!/usr/bin/env python3
"""Joins results of `benchmark pallet --json-file`: of each call and each size the fastest time, times the margin.

    weights.py MARGIN RUN.json.. > JOINED.json

A burst of other work on the machine makes a time longer, nothing makes it shorter. The fastest of several is
what the call takes by itself, and slopes between times that are all right are right. The margin (`weights.sh` says
which and why) makes of them what the call takes on the reference machine in a full block.
"""

import json
import sys

# The times of a result, in nanoseconds. Reads and writes are counted, and have weights of their own.
TIMES = ["extrinsic_time", "storage_root_time"]


def fastest(results):
    """Of the times at each choice of components, the shortest."""
    by_size = {}
    for result in results:
        size = json.dumps(result["components"])
        if size not in by_size or result["extrinsic_time"] < by_size[size]["extrinsic_time"]:
            by_size[size] = result
    return list(by_size.values())


def with_margin(result, margin):
    """The result with times that are so many times as long."""
    return {**result, **{name: round(result[name] * margin) for name in TIMES}}


def main(margin, paths):
    margin = float(margin)
    assert margin >= 1, f"expected a margin of 1 or more, got {margin}"
    assert paths, "expected results to join, got none"
    runs = []
    for path in paths:
        with open(path, encoding="utf-8") as file:
            runs.append(json.load(file))
    # Every run has the same calls in the same order.
    joined = []
    for calls in zip(*runs, strict=True):
        assert len({call["benchmark"] for call in calls}) == 1
        times = [time for call in calls for time in call["time_results"]]
        # Reads and writes are the same in every run.
        times = [with_margin(time, margin) for time in fastest(times)]
        joined.append({**calls[0], "time_results": times})
    json.dump(joined, sys.stdout)


main(sys.argv[1], sys.argv[2:])
