#!/usr/bin/env bash
# Plays two stories on a development node, from an ONNX file to a record that other pallets act on.
#
#   --no-chain     compile, prove and verify a digit, without a node: a short first build
#   --keep         leave the node running and say how to look at it
#   --report FILE  write the figures as JSON
#   --slow         make blocks every six seconds, as a real chain does
case ${1:-} in
-h | --help)
	sed -n '2,7s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
	exit
	;;
esac
. "$(dirname "${BASH_SOURCE[0]}")/bootstrap.sh"

keep=false report='' sealing=instant chain=true
while [ $# -gt 0 ]; do
	case $1 in
	--keep) keep=true ;;
	--report)
		[ $# -gt 1 ] || die "--report: expected a file name, got nothing"
		report=$(realpath -m "$2")
		shift
		;;
	--slow) sealing=aura ;;
	--no-chain) chain=false ;;
	*) die "expected --no-chain, --keep, --report FILE or --slow, got $1" ;;
	esac
	shift
done

started=$SECONDS
say() { printf '\n\033[1m[%3d s] %s\033[0m\n' $((SECONDS - started)) "$*"; }

if ! $chain; then
	[ "$keep$report$sealing" = falseinstant ] || die "--no-chain: expected no other option"
	say "building what proves, without a node"
	build --example prove
	say "models/digits/digits.onnx: compile, set up keys, prove a digit, verify"
	"$CARGO_TARGET_DIR/release/examples/prove"
	echo
	echo "DEMO OK in $((SECONDS - started)) s"
	exit
fi

say "building the node and the command"
build_demo
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
# A field of a JSON file in the work folder.
field() { node -p 'JSON.parse(fs.readFileSync(process.argv[1]))[process.argv[2]] ?? process.exit(1)' "$work/$1" "$2"; }

onnx=models/digits/digits.onnx
labels=zero,one,two,three,four,five,six,seven,eight,nine
for kind in private public; do
	say "the digits model as a $kind model: compile, set up keys"
	mkdir -p "$work/models/$kind"
	visibility=()
	[ $kind = public ] || visibility=(--private)
	# Private weights are committed to by a point; setup writes a range key beside the proving key.
	zkml compile "$onnx" "${visibility[@]}" --input-min 0 --input-max 16 --labels $labels \
		-o "$work/models/$kind/model.zkml" --json >"$work/compiled-$kind.json"
	zkml setup "$work/models/$kind/model.zkml" --proving-key "$work/models/$kind/proving.key" \
		--verifying-key "$work/models/$kind/verifying.key"
done
private_files=(--model "$work/models/private/model.zkml" --proving-key "$work/models/private/proving.key")
# The same network trained again: the same circuit, so the same keys.
mkdir -p "$work/models/retrained"
zkml compile models/digits/digits-retrained.onnx --like "$work/models/private/model.zkml" -o "$work/models/retrained/model.zkml"
ln "$work/models/private/proving.key" "$work/models/retrained/proving.key"
retrained_files=(--model "$work/models/retrained/model.zkml" --proving-key "$work/models/private/proving.key")
public_files=(--model "$work/models/public/model.zkml" --proving-key "$work/models/public/proving.key")

(exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null &&
	die "port $port is taken: stop what listens there, or set ZKML_PORT"
say "starting a development node with its prover ($sealing sealing)"
zkml-node --dev --tmp --sealing "$sealing" --rpc-port "$port" --port 0 --no-prometheus \
	--prover-models "$work/models" >"$work/node.log" 2>&1 &
node_pid=$!
for _ in $(seq 120); do
	zkml model list >/dev/null 2>&1 && break
	kill -0 "$node_pid" 2>/dev/null || die "the node stopped"
	sleep 0.5
done

say "story 1: a private model, a public input. Alice registers the model, and proves that its weights are within their widths"
zkml model register "${private_files[@]}" --share 20 --key //Alice --yes --json >"$work/registered.json"
private=$(field registered.json model)
zkml model show "$private"
# Who made the key is known: it is the one that Alice's setup wrote above.
node clients/js/pin-consumer.js --model "$private" --circuit "$(field registered.json circuit)"

say "Bob asks about a handwritten digit and holds a price; nobody has to do anything more"
zkml request "$private" --input models/digits/input.json --price 1.5 --key //Bob --yes --json >"$work/request.json"
request=$(field request.json request)
say "the node's worker had it proved and submitted the answer; polkadot.js reads it back"
timeout 300 node clients/js/watch-request.js --url "$ZKML_URL" --request "$request"
zkml result "$request" --json >"$work/result.json"
statement=$(field result.json statement)
say "anybody can check the record offline, with snarkjs"
node clients/js/reverify.js --url "$ZKML_URL" --statement "$statement"

say "Alice trained it again: a second version, by the same keys. Bob asks that one"
zkml model publish "$private" "${retrained_files[@]}" --key //Alice --yes --json >"$work/published.json"
[ "$(field published.json circuit)" = "$(field registered.json circuit)" ] || die "the retrained model has another circuit"
zkml request "$private" --model-version 2 --input models/digits/input.json --price 1.5 --key //Bob --yes --json >"$work/again.json"
zkml result "$(field again.json request)" --wait 300

say "story 2: a public model, a private input. Alice registers the model"
zkml model register "${public_files[@]}" --share 20 --key //Alice --yes --json >"$work/registered.json"
public=$(field registered.json model)
say "Charlie commits to a digit that nobody else will see, proves, submits"
cp models/digits/input.json "$work/input.json"
cd "$work"
zkml submit --model-id "$public" "${public_files[@]}" --private-input --key //Charlie --yes --json >submitted.json
zkml verify --verifying-key models/public/verifying.key
zkml result --statement "$(field submitted.json statement)"

say "three attacks on it; each must be refused"
attack() {
	local error=$1
	shift
	if "$@" >attack.log 2>&1; then
		cat attack.log
		die "not refused: $*"
	fi
	grep -q "$error" attack.log || die "expected $error, got: $(tail -n 1 attack.log)"
	printf '  refused as %-16s %s\n' "$error" "$(tail -n 1 attack.log)"
}
node -e '
	const fs = require("fs");
	const proof = JSON.parse(fs.readFileSync("proof.json"));
	proof.outputs[0].values = proof.outputs[0].values.map((digit) => (digit + 1) % 10);
	delete proof.label;
	fs.writeFileSync("flipped.json", JSON.stringify(proof));
'
echo "1. the proof with another output:"
attack ProofInvalid zkml submit --from flipped.json --key //Charlie --yes --no-check
echo "2. another, re-randomised proof of the same statement:"
zkml rerandomize --verifying-key models/public/verifying.key >/dev/null
zkml verify proof.again.json --verifying-key models/public/verifying.key
attack AlreadyRecorded zkml submit --from proof.again.json --key //Charlie --yes --no-check
echo "3. the proof in the name of another account:"
attack ContextMismatch zkml submit --from proof.json --beneficiary //Eve --key //Charlie --yes --no-check
cd - >/dev/null

say "what it cost"
node -e '
	const fs = require("fs");
	const [work, log] = process.argv.slice(1);
	const read = (name) => JSON.parse(fs.readFileSync(`${work}/${name}.json`));
	const [request, result, submitted] = ["request", "result", "submitted"].map(read);
	const [privately, publicly] = ["compiled-private", "compiled-public"].map(read);
	const said = fs.readFileSync(log, "utf8");
	const proved = said.match(new RegExp(`request ${request.request}: proved in (\\d+) ms`));
	// What the node measured when it started, of a published proof with four public inputs.
	const verified = said.match(/a verification takes ([\d.]+) ms/);
	const report = {
		prove_ms: Number(proved[1]),
		verify_ms: Number(verified[1]),
		constraints: privately.estimate.constraints,
		range_constraints: privately.range_estimate.constraints,
		proof_bytes: submitted.made.proof_bytes,
		blocks_to_result: result.block - request.transaction.block,
		stories: { "private model, public input": "ok", "public model, private input": "ok" },
		public_model: { prove_ms: submitted.made.prove_ms, constraints: publicly.estimate.constraints },
	};
	fs.writeFileSync(`${work}/report.json`, JSON.stringify(report, null, "\t") + "\n");
	const row = (...cells) => console.log(`  ${cells[0].padEnd(34)}${cells.slice(1).map((c) => String(c).padStart(16)).join("")}`);
	row("", "private model", "public model");
	row("constraints", report.constraints, report.public_model.constraints);
	row("once for each version", report.range_constraints, "");
	row("proving, ms", report.prove_ms, report.public_model.prove_ms);
	row("proof, bytes", report.proof_bytes, report.proof_bytes);
	row("a verification on this machine, ms", report.verify_ms, report.verify_ms);
	row("blocks from request to record", report.blocks_to_result, "");
' "$work" "$work/node.log"
[ -z "$report" ] || cp "$work/report.json" "$report"
echo
echo "DEMO OK in $((SECONDS - started)) s"
if $keep; then
	echo "The node runs on (process $node_pid, log $work/node.log). Open https://polkadot.js.org/apps/?rpc=$ZKML_URL"
	echo "Stop it with: kill $node_pid"
fi
