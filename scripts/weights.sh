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
benchmark() {
	"$CARGO_TARGET_DIR/release/zkml-node" benchmark pallet --chain dev \
		--pallet "pallet_${1//-/_}" --extrinsic '*' --steps 6 --repeat 3 --min-duration 0 "${@:2}"
}
# What else a machine does comes in bursts, some of minutes: the times of a call are taken far apart.
for run in 1 2 3 4; do
	for pallet in $pallets; do
		benchmark "$pallet" --json-file "$runs/$pallet-$run.json"
	done
done
for pallet in $pallets; do
	python3 scripts/weights.py "$runs/$pallet"-?.json >"$runs/$pallet.json"
	benchmark "$pallet" --json-input "$runs/$pallet.json" --output-analysis median-slopes \
		--template scripts/weights.hbs --output "pallets/$pallet/src/weights.rs"
done
cargo fmt --all
