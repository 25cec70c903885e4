#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Many inputs for an agreement run of an MNIST model, with what the float model makes of them.

`--data DIR` takes the first held-out images of MNIST; without it the images are drawn by our own
pen, the same ones every time. Written is a JSON list of {"input": [...], "output": [...],
"label": n}, one input a line. Images of MNIST are not to be committed.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from common import drawn, files, mnist


def main():
	parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
	parser.add_argument("model", type=Path, help="ONNX file that takes 784 pixels of 0 to 255")
	parser.add_argument("--out", type=Path, required=True)
	parser.add_argument("--count", type=int, default=1000)
	parser.add_argument("--data", type=Path, help="folder that holds mnist/; drawings without it")
	args = parser.parse_args()
	if args.data is None:
		images, labels = drawn.drawings(args.count, drawn.AGREEMENT_SEED)
	else:
		_, _, images, labels = mnist.split(args.data)
		if len(labels) < args.count:
			parser.error(f"expected --count of at most {len(labels)}, got {args.count}")
		images, labels = images[: args.count], labels[: args.count]
	outputs = files.run(args.model, images)
	files.write_reference(args.out, images, outputs, labels)
	right = files.percent(outputs.argmax(1) == labels)
	print(f"{len(labels)} inputs in {args.out}: the float model is right on {right} %")


if __name__ == "__main__":
	main()
