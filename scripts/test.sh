#!/usr/bin/env bash
# Runs every test and ends with one line per suite. A suite that ran no test fails.
. "$(dirname "${BASH_SOURCE[0]}")/bootstrap.sh"
[ $# = 0 ] || die "expected no arguments, got $*"

log=$(mktemp -d)
trap 'rm -rf "$log"' EXIT
summary=()
failed=0

# suite NAME COUNT-PATTERN COMMAND...: the pattern is an awk program that prints how many tests ran.
suite() {
	local name=$1 count=$2 start=$SECONDS
	shift 2
	echo "--- $name"
	local status=ok
	"$@" 2>&1 | tee "$log/$name" || status=FAILED
	local ran
	ran=$(awk "$count" "$log/$name")
	[ "${ran:-0}" -gt 0 ] || status="FAILED (no test ran)"
	[ "$status" = ok ] || failed=1
	summary+=("$(printf '%-10s %-22s %5s tests %5ss' "$name" "$status" "${ran:-0}" $((SECONDS - start)))")
}

cargo_count='/^test result:/ { n += $4 + $6 } END { print n }'
node_count='/^# tests / || /^ℹ tests / { n += $3 } END { print n }'

# One more than there are cores: some tests wait for blocks, others for their turn.
export RUST_TEST_THREADS=$(($(nproc) + 1))
# Examples are measurements, which the lints read; but for the demo's own no test runs one.
build --lib --bins --tests
suite rust "$cargo_count" cargo test --release --workspace --locked --no-fail-fast --exclude zkml-e2e --lib --bins --tests
suite docs "$cargo_count" cargo test --release --workspace --locked --no-fail-fast --exclude zkml-e2e --doc
suite no-std '/Finished/ { n = 1 } END { print n }' \
	cargo check --release --locked --target wasm32v1-none --no-default-features \
	-p zkml-primitives -p zkml-poseidon -p zkml-groth16 -p zkml-programs
suite js "$node_count" npm --prefix clients/js run --silent test:offline
suite demo "/^DEMO OK/ { n = 1 } END { print n }" ./scripts/demo.sh
# By name: a package by itself would be built with other features.
suite e2e "$cargo_count" cargo test --release --workspace --locked --test e2e -- --nocapture

echo
printf '%s\n' "${summary[@]}"
exit $failed
