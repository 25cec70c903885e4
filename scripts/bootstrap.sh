#!/usr/bin/env bash
# Installs what is missing to build and run the project. Quiet when nothing is. Source it: it sets
# CARGO_TARGET_DIR, outside the clone so that a fresh clone reuses what was built before.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$HOME/.cache/zkml-chain/target}"
# shellcheck source=/dev/null
[ -f "$HOME/.cargo/env" ] && . "$HOME/.cargo/env"

die() {
	echo "error: $*" >&2
	exit 1
}

as_root() {
	if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

apt_missing=()
need() { command -v "$1" >/dev/null || apt_missing+=("$2"); }
need protoc protobuf-compiler
need cc build-essential
need c++ build-essential
need curl curl
need pkill procps
need pkg-config pkg-config
need python3 python3
python3 -c 'import ensurepip, venv' 2>/dev/null || apt_missing+=(python3-venv)
[ -d /etc/ssl/certs ] || apt_missing+=(ca-certificates)
pkg-config --exists openssl 2>/dev/null || apt_missing+=(libssl-dev)
if [ ${#apt_missing[@]} -gt 0 ]; then
	command -v apt-get >/dev/null || die "expected ${apt_missing[*]}, and no apt-get to install them"
	echo "installing ${apt_missing[*]}"
	as_root apt-get update -qq
	as_root apt-get install -y -qq "${apt_missing[@]}" >/dev/null
fi

command -v rustup >/dev/null || die "expected rustup, got none: see https://rustup.rs"
channel=$(sed -n 's/^channel = "\(.*\)"/\1/p' rust-toolchain.toml)
if ! rustup run "$channel" rustc --version >/dev/null 2>&1; then
	rustup toolchain install "$channel" --profile minimal
fi
for component in rustfmt clippy rust-src; do
	rustup component list --toolchain "$channel" --installed | grep -q "^$component" ||
		rustup component add "$component" --toolchain "$channel"
done
rustup target list --toolchain "$channel" --installed | grep -q wasm32v1-none ||
	rustup target add wasm32v1-none --toolchain "$channel"

command -v node >/dev/null || die "expected Node.js 20 or later, got none"
[ "$(node -p 'process.versions.node.split(".")[0]')" -ge 20 ] ||
	die "expected Node.js 20 or later, got $(node --version)"
if [ ! -e clients/js/node_modules/.package-lock.json ] ||
	[ clients/js/package-lock.json -nt clients/js/node_modules/.package-lock.json ]; then
	echo "installing npm packages"
	(cd clients/js && npm ci --silent --no-audit --no-fund)
fi

# python_with NAME FILE: prints the program of a Python that has the packages a requirements file lists,
# kept in the user's cache under this name.
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

# Before anything is built: cargo tells sources by their times, and takes those of another clone that
# was built in the same folder for this one's.
own_sources() {
	if [ "$(cat "$CARGO_TARGET_DIR/clone" 2>/dev/null)" != "$PWD" ]; then
		find . \( -name .git -o -name node_modules \) -prune -o \
			\( -name '*.rs' -o -name '*.toml' -o -name Cargo.lock \) -exec touch -c {} +
		mkdir -p "$CARGO_TARGET_DIR"
		pwd >"$CARGO_TARGET_DIR/clone"
	fi
}

# cargo_with_progress ARGUMENTS...: cargo, with how far it is, in place of a line a crate.
cargo_with_progress() {
	CARGO_TERM_PROGRESS_WHEN=always CARGO_TERM_PROGRESS_WIDTH=120 CARGO_TERM_COLOR=never \
		cargo "$@" 2>&1 | python3 scripts/progress.py
}

# build TARGETS...: in one profile and with one set of features, which tests give to dependencies; who asks for no
# test and no example gets others, and each crate compiled twice.
build() {
	own_sources
	cargo_with_progress build --release --workspace --locked "$@"
}

# What the demo runs, and nothing else.
build_demo() {
	build --bin zkml-node --bin zkml --example prove
}
