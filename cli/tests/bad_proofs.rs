//! Proofs, openings and keys that do not belong together: what was expected and what was got, and no file
//! made or changed.

use crate::common::{has, Bench};
use serde_json::{json, Value};

/// A proof that is bound to a chain, without one.
const BOUND: &str =
	"prove --model-id 1111111111111111111111111111111111111111111111111111111111111111 \
	--genesis 2222222222222222222222222222222222222222222222222222222222222222 \
	--model-version 1 --expiry 9 --beneficiary //Alice --action submit:7";

/// A bench with keys, a bound proof and an opening.
fn prepared(name: &str) -> Bench {
	let bench = Bench::ready(name, "");
	bench.json(BOUND);
	bench.json("prove --private-input -o hidden.json");
	bench
}
#[test]
fn an_opening_that_was_tampered_with_is_refused_by_what_differs() {
	let bench = prepared("tampered");
	let whole = bench.read("input.opening.json");
	let ones = format!("0x{}", "ff".repeat(32));
	let change = |path: &str, value: Value| {
		let mut opening = whole.clone();
		*opening.pointer_mut(path).unwrap() = value;
		bench.write("input.opening.json", opening.to_string());
		bench.error("prove --private-input")
	};
	for (path, value, words) in [
		("/role", json!("output"), ["expected the openings of inputs", "got output"]),
		(
			"/tensors/0/values/0",
			json!(5),
			["expected values that open 0x", "got values that open 0x"],
		),
		("/tensors/0/values/0", json!(99), ["value 0: expected 0..=16", "got 99"]),
		(
			"/tensors/0/values/0",
			json!(1u64 << 40),
			["expected the openings", "integer `1099511627776`"],
		),
		("/tensors/0/values", json!([1, 2]), ["expected 64 values", "got 2 values"]),
		("/tensors/0/values", json!(vec![0; 5_000]), ["expected 64 values", "got 5000 values"]),
		("/tensors/0/salt", json!(ones), ["expected a salt below the group order", "got 0xffff"]),
		("/tensors/0/salt", json!("0x00"), ["expected the openings", "got 2 digits"]),
		(
			"/tensors/0/commitment",
			json!(ones),
			["expected values that open 0xffff", "got values that open"],
		),
		(
			"/tensors/0/spec/dims/1",
			json!(63),
			["expected a tensor [1, 64]", "got a tensor [1, 63]"],
		),
		(
			"/tensors/0/spec/max",
			json!(15),
			["0..=16, scale", "got a tensor [1, 64] written in 8 bits, 0..=15"],
		),
		(
			"/tensors/0/spec/dims",
			json!(vec![1; 9]),
			["expected a tensor [1, 64]", "got a tensor [1, 1, 1,"],
		),
	] {
		has(path, &change(path, value), &words);
	}
	bench.write("input.opening.json", whole.to_string());
	let mut input = bench.read("input.json");
	input["input_data"][0][0] = json!(7);
	bench.write("input.json", input.to_string());
	let error = bench.error("prove --private-input");
	let words = ["expected the openings of these inputs, or no such file", "got those of others"];
	has("another input", &error, &words);
}

#[test]
fn a_proof_that_was_tampered_with_is_refused_by_what_differs() {
	let bench = prepared("proofs");
	let whole = bench.read("proof.json");
	let hex = |bytes: &str, count: usize| json!(format!("0x{}", bytes.repeat(count)));
	let proof = |from: usize, to: usize, byte: &str| {
		let mut digits = whole["proof"].as_str().unwrap().to_owned();
		digits.replace_range(2 + 2 * from..2 + 2 * to, &byte.repeat(to - from));
		json!(digits)
	};
	let holds = "proof: expected one that verifies, got one that does not: ";
	let written = "expected a proof written by `zkml prove`, got JSON that says";
	let spec = "a tensor's specification: expected one that the chain could take";
	let bare = [("/context", Value::Null)];
	let with_ctx = |ctx: Value| vec![("/context", Value::Null), ("/digests/ctx", ctx)];
	let one = |path: &'static str, value: Value| vec![(path, value)];
	let both = |value: Value| [&one("/proof", value)[..], &bare[..]].concat();
	for (changes, words) in [
		(one("/format", json!("zkml-proof/9")), ["expected zkml-proof/3", "got zkml-proof/9"]),
		(one("/proof", hex("00", 1)), [written, "expected 0x and 512 hex digits, got 2 digits"]),
		(one("/proof", hex("00", 257)), [written, "512 hex digits, got 514 digits"]),
		(one("/proof", json!("0xgg")), [written, "expected hex digits, got 'g'"]),
		(one("/circuit", hex("11", 32)), ["another verifying key: expected 0x", "got 0x1111"]),
		(
			one("/outputs/0/values/0", json!(0)),
			["the digest of output label: expected 0x", "got 0x"],
		),
		(
			one("/outputs/0/values/0", json!(10)),
			["output label, value 0: expected 0..=9", "got 10"],
		),
		(one("/outputs/0/values", json!([])), ["output label: expected 1 values", "got 0 values"]),
		(
			one("/inputs/0/values", json!(vec![0; 5_000])),
			["input image: expected 64", "got 5000 values"],
		),
		(one("/inputs/0/values/0", json!(17)), ["input image, value 0: expected 0..=16", "got 17"]),
		(one("/inputs/0/values/0", json!(0.5)), [written, "expected i32"]),
		(one("/outputs/0/spec/dims", json!(vec![1; 9])), [spec, "got 9 dimensions"]),
		(
			one("/outputs/0/spec/dims", json!(vec![u32::MAX; 4])),
			[spec, "got a tensor that is empty or above 8,388,608 elements"],
		),
		(one("/outputs/0/spec/bits", json!(40)), [spec, "got a width outside 1 to 32 bits"]),
		(one("/context/beneficiary", json!("//Bob")), ["context's digest: expected 0x", "got 0x"]),
		(one("/context/beneficiary", json!("5Grw")), ["expected an account in SS58", "\"5Grw\""]),
		(one("/context/action", json!("burn")), ["expected register, publish", "got \"burn\""]),
		(one("/context/expiry", json!(-1)), [written, "expected u32"]),
		(one("/context/genesis", hex("22", 33)), [written, "got 66 digits"]),
		(with_ctx(hex("00", 32)), [holds, "the pairing equation does not hold"]),
		(with_ctx(hex("ff", 32)), [holds, "public input 3 is at or above the group order"]),
		(both(proof(0, 64, "00")), [holds, "A of the proof is the point at infinity"]),
		(both(proof(0, 64, "ff")), [holds, "A of the proof has a coordinate at or above"]),
		(both(proof(128, 192, "00")), [holds, "B of the proof is not on the curve"]),
	] {
		let mut spoilt = whole.clone();
		for (path, value) in &changes {
			*spoilt.pointer_mut(path).unwrap() = value.clone();
		}
		bench.write("spoilt.json", spoilt.to_string());
		for verb in ["verify spoilt.json", "rerandomize spoilt.json"] {
			has(&format!("{verb} {changes:?}"), &bench.error(verb), &words);
		}
	}
}

#[test]
fn a_key_of_another_model_is_refused_by_both_hashes() {
	let bench = prepared("stale");
	bench.json("compile -o other.zkml --input-min 0 --input-max 15");
	let keys = "--proving-key other.key --verifying-key other.verifying.key";
	bench.json(&format!("setup other.zkml {keys}"));
	let settings = "proving key: expected one made for model settings";
	let hashes = "the proof is under another verifying key: expected 0x";
	bench.refused(&[
		("prove --model other.zkml", &[settings, ", got one for "]),
		("prove --proving-key other.key", &[settings, ", got one for "]),
		("verify --verifying-key other.verifying.key", &[hashes, ", got 0x"]),
		("rerandomize --verifying-key other.verifying.key", &[hashes, ", got 0x"]),
	]);
}

#[test]
fn a_proof_that_no_chain_could_take_is_not_offered_to_one() {
	let bench = prepared("offers");
	bench.json("prove -o bare.json");
	bench.json(&format!("{} -o possession.json", BOUND.replace("submit:7", "register")));
	let mut long = bench.read("proof.json");
	long["inputs"][0]["spec"]["dims"] = json!([262_145]);
	long["inputs"][0]["values"] = json!(vec![0; 262_145]);
	bench.write("long.json", long.to_string());
	bench.refused(&[
		(
			"check bare.json",
			&["the proof's context: expected a proof that is bound to a chain", "got none"],
		),
		("check possession.json", &["the proof's action: expected answer or submit, got register"]),
		(
			"check long.json",
			&["input image: expected at most 262144 bytes for a public tensor", "got 262145 bytes"],
		),
		("check --beneficiary 5Grw", &["expected an account in SS58, got \"5Grw\""]),
		("check --submitter 0x12", &["expected an account of 32 bytes in hex, got \"0x12\""]),
	]);
}
