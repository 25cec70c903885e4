#!/usr/bin/env bash
# Measures on this machine and writes out/bench/*.json and Markdown tables.
#
#   ./scripts/bench.sh prover [--no-peer] [--peer-seconds N] [--data DIR] [--quick]
#   ./scripts/bench.sh verifier [--repeats N]
#   ./scripts/bench.sh chain
#   ./scripts/bench.sh operators [--only NAME]
#   ./scripts/bench.sh exports [--only NAME] [--more]
#
# prover: our prover beside EZKL on the same ONNX files and inputs, one after the other; how cost grows
# with size. --data is a folder with mnist/, from which accuracy is measured on held-out images instead
# of drawn ones. --quick takes the small models and one proof each. EZKL gets N seconds (900) and four fifths of
# the memory for each model; what it refuses or does not finish is in its column, with the reason.
# verifier: one proof and batches, by host function and in pure WASM, beside bare arkworks; several inputs
# beside one.
# chain: what a development validator includes in a block of six seconds. Both make proofs up with a
# trapdoor key, which cost a verifier what others cost.
# operators: ONNX's own node tests, counted as right, refused or wrong; fails if any is wrong. --only
# takes those whose name holds NAME, and writes no table; it is an error if none does, or none of them
# has an input of 32-bit floats.
# exports: common architectures as torch, Keras, scikit-learn, xgboost and lightgbm export them, counted as
# right (within 3 %), refused or wrong; fails if any is wrong. --more adds nets of a layer or two, operator by
# operator. The Python packages take 8 GB: torch comes with CUDA's libraries.
usage() {
	sed -n '4,23s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
}

what=${1:-}
case $what in
prover | verifier | chain | operators | exports) shift ;;
-h | --help)
	usage
	exit
	;;
*)
	echo "error: expected prover, verifier, chain, operators or exports, got ${what:-nothing}" >&2
	usage >&2
	exit 2
	;;
esac
. "$(dirname "${BASH_SOURCE[0]}")/bootstrap.sh"
mkdir -p out/bench

case $what in
verifier)
	own_sources
	cargo build --release --workspace --locked --example verifier_bench --example tensors_bench
	"$CARGO_TARGET_DIR/release/examples/verifier_bench" "$@" >out/bench/verifier.json
	"$CARGO_TARGET_DIR/release/examples/tensors_bench" >out/bench/tensors.json
	exec python3 scripts/bench/tables.py verifier
	;;
chain)
	[ $# = 0 ] || die "chain: expected no arguments, got $*"
	build --bin zkml-node --bin zkml --example chain_bench
	"$CARGO_TARGET_DIR/release/examples/chain_bench" >out/bench/chain.json
	exec python3 scripts/bench/tables.py chain
	;;
esac

if [ "$what" = operators ]; then
	own_sources
	cargo build --release --workspace --locked --example operators
	python=$(python_with operators scripts/bench/requirements-operators.txt)
	exec "$python" scripts/bench/operators.py \
		--example "$CARGO_TARGET_DIR/release/examples/operators" "$@"
fi

if [ "$what" = exports ]; then
	own_sources
	cargo build --release --workspace --locked --example exports
	python=$(python_with exports scripts/bench/requirements-exports.txt)
	exec "$python" scripts/bench/exports.py \
		--example "$CARGO_TARGET_DIR/release/examples/exports" "$@"
fi

own_sources
cargo build --release --workspace --locked --example measure
python=$(python_with bench scripts/bench/requirements.txt)
peer=$(case " $* " in *" --no-peer "*) ;; *) python_with ezkl scripts/bench/requirements-ezkl.txt ;; esac)
exec "$python" scripts/bench/prover.py --measure "$CARGO_TARGET_DIR/release/examples/measure" \
	${peer:+--ezkl "$peer"} "$@"
