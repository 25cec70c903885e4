"""Markdown tables of out/bench/verifier.json, with tensors.json, and chain.json: tables.py verifier|chain."""

import json
import sys


def number(value):
    return "" if value is None else f"{value:.3g}" if value < 100 else f"{value:,.0f}"


def table(head, rows):
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines) + "\n"


def verifier(rows):
    head = ["case", "kind", "public inputs", "proofs in the batch", "host function, ms", "WASM, ms", "bare arkworks, ms", "ratio"]
    keys = ["native_ms", "wasm_ms", "bare_ms", "ratio"]
    body = [[row["case"], row["kind"], row["inputs"], row["batch"], *(number(row[key]) for key in keys)] for row in rows]
    words = (
        "Milliseconds per proof on one core, medians. `ratio`: for a single proof and a key, host function over bare\n"
        "arkworks; for a batch, one proof of it over the same proof alone.\n"
    )
    return words + "\n" + table(head, body) + "\n" + tensors(read("tensors"))


def tensors(rows):
    words = (
        "Several inputs beside one, from bytes to verdict, natively: milliseconds, the least of many in\n"
        "turns; `ratio` is over one input of the same kind. An output of a byte is public in all.\n"
    )
    head = ["kind", "inputs", "bytes of each", "everybody sees", "ms", "of it for public inputs", "ratio"]
    sees = {True: "all inputs", False: "none"}
    body = [
        [row["kind"], row["inputs"], row["bytes"], sees[row["shown"]]]
        + [number(row[key]) for key in ("ms", "derived_ms", "ratio")]
        for row in rows
    ]
    return words + "\n" + table(head, body)


def chain(report):
    head = ["", "batches of " + str(report["batch"]), "single submissions"]
    batched, single = report["batched"], report["single"]
    body = [
        ["records in one block of 6 s", batched["records"], single["records"]],
        ["weight, ms of 1,500", number(batched["weight_ms"]), number(single["weight_ms"])],
        ["share of the class", number(batched["weight_share"]), number(single["weight_share"])],
        ["time to make the block, ms", batched["build_ms"], single["build_ms"]],
        ["time to run it again, as when it is imported, ms", *(number(made["import_ms"]) for made in (batched, single))],
        ["block", batched["block"], single["block"]],
    ]
    parts = report["time_of_batched"]
    shares = [[name[:-3].replace("_", " "), number(parts[name])] for name in parts]
    return (
        table(head, body)
        + f"\nFinal {report['finality_lag_blocks']} blocks later. Block {report['block_hash']}.\n\n"
        + table(["where the time of the block of batches goes", "ms"], shares)
    )


def read(name):
    with open(f"out/bench/{name}.json", encoding="utf-8") as file:
        return json.load(file)


def main():
    what = sys.argv[1]
    text = {"verifier": verifier, "chain": chain}[what](read(what))
    with open(f"out/bench/{what}.md", "w", encoding="utf-8") as file:
        file.write(text)
    print(text)


main()
