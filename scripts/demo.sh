#!/usr/bin/env bash
# Plays two stories on a development node, from an ONNX file to a record that other pallets act on.
#
#   --keep         leave the node running and say how to look at it
#   --report FILE  write the figures as JSON
#   --slow         make blocks every six seconds, as a real chain does
. "$(dirname "${BASH_SOURCE[0]}")/bootstrap.sh"

keep=false report= sealing=instant
while [ $# -gt 0 ]; do
	case $1 in
	--keep) keep=true ;;
	--report)
		[ $# -gt 1 ] || die "--report: expected a file name, got nothing"
		report=$(realpath -m "$2")
		shift
		;;
	--slow) sealing=aura ;;
	*) die "expected --keep, --report FILE or --slow, got $1" ;;
	esac
	shift
done

started=$SECONDS
say() { printf '\n\033[1m[%3d s] %s\033[0m\n' $((SECONDS - started)) "$*"; }

say "building (the first time takes about half an hour on two cores)"
build
PATH="$CARGO_TARGET_DIR/release:$PATH"

work=$(mktemp -d)
node_pid=
finish() {
	local status=$?
	if [ -n "$node_pid" ] && ! $keep; then
		kill "$node_pid" 2>/dev/null || true
		wait "$node_pid" 2>/dev/null || true
	fi
	if [ $status != 0 ]; then
		echo "the demo failed; last lines of the node:" >&2
		tail -n 20 "$work/node.log" >&2 2>/dev/null || true
		[ -z "$node_pid" ] || kill "$node_pid" 2>/dev/null || true
	fi
	$keep || rm -rf "$work"
}
trap finish EXIT

port=${ZKML_PORT:-9944}
export ZKML_URL="ws://127.0.0.1:$port"
field() { node -p 'const v = process.argv[2].split(".").reduce((o, k) => o?.[k], JSON.parse(require("fs").readFileSync(process.argv[1]))); v ?? process.exit(1)' "$1" "$2"; }

onnx=models/digits/digits.onnx
labels=zero,one,two,three,four,five,six,seven,eight,nine
for kind in private public; do
	say "the digits model as a $kind model: compile, set up keys"
	mkdir -p "$work/models/$kind"
	flag=; [ $kind = public ] || flag=--private
	zkml compile "$onnx" $flag --input-min 0 --input-max 16 --labels $labels -o "$work/models/$kind/model.zkml"
	zkml setup "$work/models/$kind/model.zkml" --proving-key "$work/models/$kind/proving.key" \
		--verifying-key "$work/models/$kind/verifying.key"
done
bench() { echo --model "$work/models/$1/model.zkml" --proving-key "$work/models/$1/proving.key"; }

say "starting a development node with its prover ($sealing sealing)"
zkml-node --dev --tmp --sealing "$sealing" --rpc-port "$port" --port 0 --no-prometheus \
	--prover-models "$work/models" >"$work/node.log" 2>&1 &
node_pid=$!
for _ in $(seq 120); do
	zkml accounts --key //Alice >/dev/null 2>&1 && break
	kill -0 "$node_pid" 2>/dev/null || die "the node stopped"
	sleep 0.5
done
zkml accounts --key //Alice --key //Alice | tail -n 3

say "story 1, private model, public input: Alice registers, Bob asks, the node's worker answers"
story=$SECONDS
zkml model register $(bench private) --share 20 --key //Alice --yes
zkml model register $(bench private) --share 20 --key //Alice --yes --json >/dev/null 2>"$work/again" &&
	die "the same model was registered twice"
