#!/usr/bin/env python3
"""Writes src/constants.rs: the constants of circomlib's Poseidon over the scalar field of BN254.

Round constants and MDS matrix come from the Grain LFSR of the Poseidon paper (Grassi et al.,
USENIX Security 2021, eprint 2019/458, appendix E), so nothing is copied from another library.
They are then rewritten into the form with one sparse matrix per partial round (appendix B of the
same paper), which the Rust code and the circuit use. The script checks the rewritten form against
the textbook permutation before it writes a byte.

Run from this folder: python3 generate_constants.py
"""

import random
from pathlib import Path

R = 21888242871839275222246405745257275088548364400416034343698204186575808495617
BITS, FULL = 254, 8
# Partial rounds for width t, as in circomlib (the paper's table for 128 bits, x^5).
PARTIAL = {3: 57, 17: 68}


def grain(t, partial):
    """Yields the LFSR's output bits in self-shrinking mode."""
    head = [(1, 2), (0, 4), (BITS, 12), (t, 12), (FULL, 10), (partial, 10), ((1 << 30) - 1, 30)]
    state = [int(b) for value, width in head for b in format(value, f"0{width}b")]

    def step():
        bit = state[62] ^ state[51] ^ state[38] ^ state[23] ^ state[13] ^ state[0]
        state.pop(0)
        state.append(bit)
        return bit

    for _ in range(160):
        step()
    while True:
        keep, bit = step(), step()
        if keep:
            yield bit


def parameters(t, partial):
    bits = grain(t, partial)

    def number():
        return int("".join(str(next(bits)) for _ in range(BITS)), 2)

    constants = []
    while len(constants) < t * (FULL + partial):
        value = number()
        if value < R:
            constants.append(value)
    while True:
        values = [number() % R for _ in range(2 * t)]
        xs, ys = values[:t], values[t:]
        if len(set(values)) == 2 * t and all((x + y) % R for x in xs for y in ys):
            break
    mds = [[pow(x + y, -1, R) for y in ys] for x in xs]
    rounds = [constants[i : i + t] for i in range(0, len(constants), t)]
    return rounds, mds


def mul_vector(matrix, vector):
    return [sum(a * b for a, b in zip(row, vector)) % R for row in matrix]


def mul(a, b):
    columns = list(zip(*b))
    return [[sum(x * y for x, y in zip(row, column)) % R for column in columns] for row in a]


def invert(matrix):
    n = len(matrix)
    rows = [list(row) + [int(i == j) for j in range(n)] for i, row in enumerate(matrix)]
    for i in range(n):
        pivot = next(k for k in range(i, n) if rows[k][i])
        rows[i], rows[pivot] = rows[pivot], rows[i]
        factor = pow(rows[i][i], -1, R)
        rows[i] = [x * factor % R for x in rows[i]]
        for k in range(n):
            if k != i and rows[k][i]:
                factor = rows[k][i]
                rows[k] = [(x - factor * y) % R for x, y in zip(rows[k], rows[i])]
    return [row[n:] for row in rows]


def textbook(state, rounds, mds, partial):
    for r, constants in enumerate(rounds):
        state = [(x + c) % R for x, c in zip(state, constants)]
        whole = r < FULL // 2 or r >= FULL // 2 + partial
        state = [pow(x, 5, R) if whole or i == 0 else x for i, x in enumerate(state)]
        state = mul_vector(mds, state)
    return state


def sparse_form(t, partial, rounds, mds):
    half = FULL // 2
    inverse = invert(mds)
    # Constants: from the last partial round to the first, what falls on the untouched lanes moves
    # to the round before; what falls on lane 0 stays behind the S-box.
    moved, after_sbox = rounds[half + partial], [0] * partial
    for r in reversed(range(partial)):
        moved = mul_vector(inverse, moved)
        after_sbox[r] = moved[0]
        moved = [rounds[half + r][0]] + [(x + y) % R for x, y in zip(rounds[half + r][1:], moved[1:])]
    # Matrices: M = [[m, v'], [w, 1]] * [[1, 0], [0, H]]; the right factor commutes with the S-box
    # on lane 0 and joins the round before.
    matrix, sparse = mds, []
    for _ in range(partial):
        lower = [row[1:] for row in matrix[1:]]
        lower_inverse = invert(lower)
        row = [sum(matrix[0][1 + k] * lower_inverse[k][j] for k in range(t - 1)) % R for j in range(t - 1)]
        sparse.append([matrix[0][0]] + row + [line[0] for line in matrix[1:]])
        right = [[1] + [0] * (t - 1)] + [[0] + line for line in lower]
        moved_last = mul_vector(right, moved) if len(sparse) == partial else None
        matrix = mul(right, mds)
    sparse.reverse()
    return {
        "first": rounds[:half],
        "mds": mds,
        "before_partial": matrix,
        "entry": moved_last,
        "after_sbox": after_sbox,
        "sparse": sparse,
        "last": rounds[half + partial + 1 :],
    }


def optimised(state, p):
    def full(state, constants, matrix):
        return mul_vector(matrix, [pow(x + c, 5, R) for x, c in zip(state, constants)])

    t = len(state)
    for constants in p["first"][:-1]:
        state = full(state, constants, p["mds"])
    state = full(state, p["first"][-1], p["before_partial"])
    state = [(x + c) % R for x, c in zip(state, p["entry"])]
    for constant, line in zip(p["after_sbox"], p["sparse"]):
        head = (pow(state[0], 5, R) + constant) % R
        rest = state[1:]
        state = [sum(a * b for a, b in zip(line[:t], [head] + rest)) % R]
        state += [(x + head * w) % R for x, w in zip(rest, line[t:])]
    state = full(state, [0] * t, p["mds"])
    for constants in p["last"]:
        state = full(state, constants, p["mds"])
    return state


def limbs(value):
    value = (value << 256) % R  # Montgomery form
    return ", ".join(f"0x{value >> (64 * i) & (2**64 - 1):x}" for i in range(4))


def rust(name, rows):
    body = "".join(f"\tf([{limbs(x)}]),\n" for x in rows)
    return f"pub(crate) static {name}: [Fr; {len(rows)}] = [\n{body}];\n"


def main():
    out = [
        "// Written by generate_constants.py: change that file, not this one.\n\n",
        "use ark_bn254::Fr;\nuse ark_ff::BigInt;\n\n",
        "/// A field element from its four little-endian limbs in Montgomery form.\n",
        "const fn f(limbs: [u64; 4]) -> Fr {\n\tFr::new_unchecked(BigInt(limbs))\n}\n",
    ]
    for t, partial in PARTIAL.items():
        rounds, mds = parameters(t, partial)
        form = sparse_form(t, partial, rounds, mds)
        for _ in range(3):
            state = [random.randrange(R) for _ in range(t)]
            assert optimised(state, form) == textbook(state, rounds, mds, partial)
        if t == 3:  # circomlib's published value of poseidon([1, 2])
            known = 7853200120776062878684798364095072458815029376092732009249414926327459813530
            assert optimised([0, 1, 2], form)[0] == known
        flat = lambda rows: [x for row in rows for x in row]
        out.append("\n")
        out.append(rust(f"FIRST_{t}", flat(form["first"])))
        out.append(rust(f"MDS_{t}", flat(form["mds"])))
        out.append(rust(f"BEFORE_PARTIAL_{t}", flat(form["before_partial"])))
        out.append(rust(f"ENTRY_{t}", form["entry"]))
        out.append(rust(f"AFTER_SBOX_{t}", form["after_sbox"]))
        out.append(rust(f"SPARSE_{t}", flat(form["sparse"])))
        out.append(rust(f"LAST_{t}", flat(form["last"])))
    Path("src/constants.rs").write_text("".join(out))


if __name__ == "__main__":
    main()
