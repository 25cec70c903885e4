#!/usr/bin/env bash
# Writes src/schema.rs: prost's types for the messages of ONNX's schema. Nobody needs it for a build.
#
#     ./proving/onnx/generate.sh
#
# Takes onnx-ml.proto from the PyPI package `onnx`, makes proto3 of it as ONNX's own gen_proto.py does, and has
# prost-build write Rust. It needs python3 with pip, cargo and protoc (Debian: protobuf-compiler).
set -euo pipefail
cd "$(dirname "$0")"

ONNX=1.23.2
PROST=0.14.4

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/src"

python3 -m pip download --quiet --no-deps --dest "$work" "onnx==$ONNX"
python3 -m zipfile -e "$work"/onnx-*.whl "$work/wheel"
sed -e 's/^syntax = "proto2";/syntax = "proto3";/' -e 's/^\( *\)optional /\1/' \
	"$work/wheel/onnx/onnx-ml.proto" >"$work/onnx.proto"

cat >"$work/Cargo.toml" <<TOML
[package]
name = "generate"
version = "0.0.0"
edition = "2021"
[dependencies]
prost-build = "=$PROST"
[workspace]
TOML
cat >"$work/src/main.rs" <<'RUST'
fn main() {
	prost_build::Config::new()
		.disable_comments(["."])
		.out_dir(".")
		.compile_protos(&["onnx.proto"], &["."])
		.unwrap();
}
RUST
(cd "$work" && CARGO_TARGET_DIR="$work/target" cargo run --quiet)

{
	echo "//! Written by generate.sh from onnx-ml.proto of ONNX $ONNX; not to be edited."
	echo
	grep -v '^// This file is @generated' "$work/onnx.rs"
} >src/schema.rs
rustfmt --edition 2021 --config-path ../../rustfmt.toml src/schema.rs
