#!/usr/bin/env bash
# Measures on this machine and writes out/bench/*.json and Markdown tables.
#
#   ./scripts/bench.sh prover [--no-peer] [--data DIR] [--quick]
#
# prover: our prover beside EZKL on the same ONNX files and inputs, one after the other; how cost grows
# with size. --data is a folder with mnist/, from which accuracy is measured on held-out images instead
# of drawn ones. --quick takes the small models and one proof each.
. "$(dirname "${BASH_SOURCE[0]}")/bootstrap.sh"

usage() {
	sed -n '4,8s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
	exit 2
}

what=${1:-}
[ "$what" = prover ] || usage
shift
mkdir -p out/bench

# A Python with what the bench needs, in the user's cache.
python_with() {
	local venv="$HOME/.cache/zkml-chain/venv-$1" requirements=$2
	if ! cmp -s "$requirements" "$venv/requirements.txt"; then
		echo "installing Python packages of $requirements" >&2
		rm -rf "$venv"
		python3 -m venv "$venv" && "$venv/bin/pip" install -q --disable-pip-version-check -r "$requirements" >&2
		cp "$requirements" "$venv/requirements.txt"
	fi
	echo "$venv/bin/python"
}

cargo build --release --workspace --locked --example measure
python=$(python_with bench scripts/bench/requirements.txt)
peer=$(case " $* " in *" --no-peer "*) ;; *) python_with ezkl scripts/bench/requirements-ezkl.txt ;; esac)
exec "$python" scripts/bench/prover.py --measure "$CARGO_TARGET_DIR/release/examples/measure" \
	${peer:+--ezkl "$peer"} "$@"
