#!/usr/bin/env bash
# Measures the weights of our pallets and writes pallets/*/src/weights.rs. Run it with nothing else running;
# then rebuild and test.
. "$(dirname "${BASH_SOURCE[0]}")/bootstrap.sh"

# Weights are of a reference machine, which a validator's should not be slower than: a core of an AMD EPYC (Zen 3)
# at 2.45 GHz, with AVX2 and without AVX-512. What is measured is multiplied, so that a full block of the real thing
# takes no longer there than its weight says. A block of single submissions that weighed 1,499 ms by times of Zen 5
# (AVX-512 IFMA, on which our field arithmetic is far faster) and without a margin took
# - 1,758 ms on that machine, 1.17 times: the fastest of several times is not what a busy block takes;
# - 2,741 ms on the reference machine, 1.83 times.
# A machine with AVX-512 IFMA is taken for the first kind, another for the reference machine. MARGIN overrides both.
reference="AMD EPYC (Zen 3), 2.45 GHz, AVX2"
if grep -q avx512ifma /proc/cpuinfo; then
	margin=${MARGIN:-2.0}
else
	margin=${MARGIN:-1.3}
fi

# A build of its own: the benchmark CLI drags in some hundred crates that nothing else needs.
export CARGO_TARGET_DIR="$CARGO_TARGET_DIR-benchmarks"
own_sources
SKIP_FRAME_STORAGE_ACCESS_TEST_RUNTIME_WASM_BUILD=1 \
	cargo build --release --locked -p zkml-node --features runtime-benchmarks

runs=$(mktemp -d)
trap 'rm -rf "$runs"' EXIT
sed -e "s|@MARGIN@|$margin|" -e "s|@REFERENCE@|$reference|" scripts/weights.hbs >"$runs/weights.hbs"
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
	python3 scripts/weights.py "$margin" "$runs/$pallet"-?.json >"$runs/$pallet.json"
	benchmark "$pallet" --json-input "$runs/$pallet.json" --output-analysis median-slopes \
		--template "$runs/weights.hbs" --output "pallets/$pallet/src/weights.rs"
done
cargo fmt --all
