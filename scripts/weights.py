#!/usr/bin/env python3
"""Joins results of `benchmark pallet --json-file`: keeps of each call and each size the fastest time.

    weights.py RUN.json.. > JOINED.json

A burst of other work on the machine makes a time longer, nothing makes it shorter. The fastest of several is
what the call takes by itself, and slopes between times that are all right are right.
"""

import json
import sys


def fastest(results):
    """Of the times at each choice of components, the shortest."""
    by_size = {}
    for result in results:
        size = json.dumps(result["components"])
        if size not in by_size or result["extrinsic_time"] < by_size[size]["extrinsic_time"]:
            by_size[size] = result
    return list(by_size.values())


def main(paths):
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
        joined.append({**calls[0], "time_results": fastest(times)})
    json.dump(joined, sys.stdout)


main(sys.argv[1:])
