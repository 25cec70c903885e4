#!/usr/bin/env bash
# Measures the weights of our pallets and writes pallets/*/src/weights.rs. Run it on the machine
# that validators are expected to match, with nothing else running; then rebuild and test.
. "$(dirname "${BASH_SOURCE[0]}")/bootstrap.sh"

# A build of its own: the benchmark CLI drags in some hundred crates that nothing else needs.
export CARGO_TARGET_DIR="$CARGO_TARGET_DIR-benchmarks"
own_sources
SKIP_FRAME_STORAGE_ACCESS_TEST_RUNTIME_WASM_BUILD=1 \
	cargo build --release --locked -p zkml-node --features runtime-benchmarks

runs=$(mktemp -d)
trap 'rm -rf "$runs"' EXIT
pallets="model-registry inference programs sorter"
# One round after the other, so that the runs of a call lie far apart.
for run in 1 2 3; do
	for pallet in $pallets; do
		"$CARGO_TARGET_DIR/release/zkml-node" benchmark pallet --chain dev \
			--pallet "pallet_${pallet//-/_}" --extrinsic '*' --steps 10 --repeat 5 \
			--output-analysis median-slopes \
			--template scripts/weights.hbs --output "$runs/$pallet-$run.rs"
	done
done
for pallet in $pallets; do
	python3 scripts/weights.py "$runs/$pallet"-?.rs >"pallets/$pallet/src/weights.rs"
done
cargo fmt --all
