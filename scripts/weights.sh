#!/usr/bin/env bash
# Measures the weights of our pallets and writes pallets/*/src/weights.rs. Run it with nothing else running;
# then rebuild and test.
. "$(dirname "${BASH_SOURCE[0]}")/bootstrap.sh"
[ $# = 0 ] || die "expected no arguments, got $*"

# Weights are of a reference machine, which a validator's should not be slower than: a core of an AMD EPYC (Zen 3)
# at 2.45 GHz, with AVX2 and without AVX-512. One verification takes 2.16 ms there (node/src/hardware.rs). What is measured
# here is multiplied by how much faster this machine is at that, now: the same processor differed by 1.6 times between
# two days. And by a tenth, since a busy block takes longer than the fastest of several times says: a block of single
# submissions that weighed 1,499 ms by those took 1,758 ms where they were measured and 2,741 ms on the reference machine.
# MARGIN overrides the product of both.
reference="AMD EPYC (Zen 3), 2.45 GHz, AVX2"

# A build of its own: the benchmark CLI drags in some hundred crates that nothing else needs.
export CARGO_TARGET_DIR="$CARGO_TARGET_DIR-benchmarks"
own_sources
SKIP_FRAME_STORAGE_ACCESS_TEST_RUNTIME_WASM_BUILD=1 \
	cargo build --release --locked -p zkml-node --features runtime-benchmarks

runs=$(mktemp -d)
trap 'rm -rf "$runs"' EXIT
pallets="model-registry inference programs examples/sorter"
# Of a pallet by its folder.
benchmark() {
	local name=${1##*/}
	"$CARGO_TARGET_DIR/release/zkml-node" benchmark pallet --chain dev \
		--pallet "pallet_${name//-/_}" --extrinsic '*' --steps 6 --repeat 3 --min-duration 0 "${@:2}" 2>&1 | tee -a "$runs/log"
}
# What else a machine does comes in bursts, some of minutes: the times of a call are taken far apart.
for run in 1 2 3 4; do
	for pallet in $pallets; do
		benchmark "$pallet" --json-file "$runs/${pallet##*/}-$run.json"
	done
done
# Weights come of the fastest times, so the fastest verification goes with them.
here=$(grep -o 'a verification takes [0-9.]* ms' "$runs/log" | cut -d ' ' -f 4 | sort -n | head -n 1)
margin=${MARGIN:-$(python3 -c "print(round(1.1 * 2.16 / $here, 2))")}
echo "a verification took $here ms: times are multiplied by $margin"
sed -e "s|@MARGIN@|$margin|" -e "s|@REFERENCE@|$reference|" scripts/weights.hbs >"$runs/weights.hbs"
for pallet in $pallets; do
	name=${pallet##*/}
	python3 scripts/weights.py "$margin" "$runs/$name"-?.json >"$runs/$name.json"
	benchmark "$pallet" --json-input "$runs/$name.json" --output-analysis median-slopes \
		--template "$runs/weights.hbs" --output "pallets/$pallet/src/weights.rs"
done
cargo fmt --all
