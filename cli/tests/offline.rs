//! The command as a person uses it, without a chain: the digits model from ONNX to proof, in every
//! visibility. The prover service is in `serve.rs`.

use std::{collections::BTreeSet, fs, process::Command};

use crate::common::Bench;
use serde_json::{json, Value};

#[test]
fn a_model_goes_from_onnx_to_a_proof_in_every_visibility() {
	for (name, model) in [("public", ""), ("private", "--private")] {
		let bench = Bench::ready(&format!("visibility-{name}"), model);
		let mut outputs = Vec::new();
		for hidden in
			["", "--private-input", "--private-output", "--private-input --private-output"]
		{
			// The salt of the one before is no longer needed.
			let force = if hidden.contains("output") { "--force" } else { "" };
			let made = bench.json(&format!("prove {hidden} {force}"));
			outputs.push(made["outputs"][0]["values"].clone());
			let checked = bench.json("verify");
			assert_eq!(checked["valid"], true);
			assert_eq!(
				checked["inputs"][0]["values"].is_null(),
				hidden.contains("input"),
				"{hidden}"
			);
			assert_eq!(
				checked["outputs"][0]["values"].is_null(),
				hidden.contains("output"),
				"{hidden}"
			);
			// Nothing private is in the file that is shown around.
			let proof = bench.read("proof.json");
			assert_eq!(proof["inputs"][0]["values"].is_null(), hidden.contains("input"));
		}
		assert!(outputs.iter().all(|output| output == &outputs[0]));
		let opening = &bench.read("proof.output.opening.json")["tensors"][0];
		assert_eq!(opening["values"], outputs[0]);
		assert_eq!(opening["commitment"], bench.read("proof.json")["digests"]["outputs"][0]);
	}
}

#[test]
fn two_people_make_keys_that_prove_and_neither_can_alone() {
	let bench = Bench::new("ceremony");
	bench.json("compile --input-min 0 --input-max 16");
	assert_eq!(bench.json("ceremony powers --power 13")["rehearsal"], true);
	let begun = bench.json("ceremony new");
	assert_eq!(begun["people"], 0);
	let digest = begun["origins"]["powers_b2sum"].as_str().unwrap().to_owned();
	let b2sum = Command::new("b2sum").arg(bench.0.join("powers.ptau")).output().unwrap();
	assert_eq!(String::from_utf8(b2sum.stdout).unwrap().split(' ').next().unwrap(), digest);
	let first = bench.json("ceremony contribute --name Ada -o of-ada.zkc");
	let early = bench.error("ceremony finish of-ada.zkc");
	assert!(early.contains("expected contributions of at least two people, got 1"), "{early}");
	let second = bench.json("ceremony contribute of-ada.zkc --name Blaise -o done.zkc");
	let beacon = format!("ceremony beacon done.zkc --value {}", "ab".repeat(32));
	let last = bench.json(&format!("{beacon} --name block"));
	let late = bench.error("ceremony contribute done.zkc");
	assert!(late.contains("contribution 4: expected none behind a beacon, got one"), "{late}");

	let done = bench.json("ceremony finish done.zkc");
	assert_eq!(done["setup"], "rehearsal");
	assert_eq!(done["transcript"], last["transcript"]);
	let hashes: Vec<&Value> =
		done["contributions"].as_array().unwrap().iter().map(|c| &c["hash"]).collect();
	assert_eq!(hashes, [&first["transcript"], &second["transcript"], &last["transcript"]]);
	assert_eq!(done["contributions"][1]["name"], "Blaise");
	bench.json("prove");
	assert_eq!(bench.json("verify")["valid"], true);
	let checked = bench.json("ceremony verify done.zkc");
	assert_eq!((&checked["valid"], &checked["circuit"]), (&true.into(), &done["circuit"]));

	// What others made of another model or on other powers is no ceremony of these.
	fs::rename(bench.0.join("powers.ptau"), bench.0.join("good.ptau")).unwrap();
	bench.json("ceremony powers --power 13");
	let error = bench.error("ceremony verify done.zkc");
	assert!(error.contains("ceremony: expected one on powers "), "{error}");
	bench.json("compile --private --input-min 0 --input-max 16 -o private.zkml");
	let error = bench.error("ceremony verify done.zkc --powers good.ptau --model private.zkml");
	assert!(error.contains("expected "), "{error}");
}

#[test]
fn secrets_are_for_their_owner_alone_and_a_private_input_keeps_its_commitment() {
	use std::os::unix::fs::PermissionsExt;
	let bench = Bench::ready("secrets", "--private");
	let first = bench.json("prove --private-input")["digests"]["inputs"][0].clone();
	let again = bench.json("prove --private-input")["digests"]["inputs"][0].clone();
	assert_eq!(first, again);
	for name in ["model.zkml", "input.opening.json"] {
		let mode = fs::metadata(bench.0.join(name)).unwrap().permissions().mode();
		assert_eq!(mode & 0o777, 0o600, "{name}");
	}
	let mut numbers = bench.read("input.json");
	numbers["input_data"][0][0] = 7.into();
	bench.write("input.json", numbers.to_string());
	let error = bench.error("prove --private-input");
	assert!(error.contains("got those of others, by input"), "{error}");
}

#[test]
fn a_flipped_output_another_key_and_another_beneficiary_are_refused() {
	let bench = Bench::ready("refused", "");
	let id = "11".repeat(32);
	let context = "--model-version 1 --expiry 9 --beneficiary //Alice --action submit:7";
	bench.json(&format!("prove --model-id 0x{id} --genesis 0x{id} {context}"));
	let checked = bench.json("verify");
	assert_eq!(checked["context"]["action"], "submit:7");
	assert_eq!(checked["statement"].as_str().unwrap().len(), 66);

	let whole = bench.read("proof.json");
	let with = |change: &dyn Fn(&mut Value)| {
		let mut proof = whole.clone();
		change(&mut proof);
		bench.write("proof.json", proof.to_string());
		bench.error("verify")
	};
	let flipped = with(&|proof| {
		let output = &mut proof["outputs"][0]["values"][0];
		*output = ((output.as_i64().unwrap() + 1) % 10).into();
	});
	assert!(flipped.starts_with("the digest of output label: expected 0x"), "{flipped}");
	let stolen = with(&|proof| proof["context"]["beneficiary"] = "//Bob".into());
	assert!(stolen.starts_with("the context's digest: expected 0x"), "{stolen}");
	let rebound = with(&|proof| {
		proof["digests"]["ctx"] = format!("0x00{}", "22".repeat(31)).into();
		proof["context"] = Value::Null;
	});
	assert!(rebound.ends_with("the pairing equation does not hold"), "{rebound}");
	let short = with(&|proof| proof["proof"] = "0x00".into());
	assert!(short.contains("expected a proof written by"), "{short}");

	bench.write("proof.json", whole.to_string());
	bench.json("rerandomize");
	let again = bench.read("proof.again.json");
	assert_ne!(again["proof"], whole["proof"]);
	assert_eq!(bench.json("verify proof.again.json")["statement"], checked["statement"]);

	bench.json("setup --force");
	let stale = bench.error("verify");
	assert!(stale.starts_with("the proof is under another verifying key"), "{stale}");
}

#[test]
fn a_programs_context_needs_no_node_and_changes_with_all_that_it_is_made_of() {
	let bench = Bench::new("context");
	let (one, two) = ("11".repeat(32), "22".repeat(32));
	let context = |program: &str, genesis: &str, nonce: u8, expiry: u8, who: &str| {
		let bound = format!("--nonce {nonce} --expiry {expiry} --beneficiary {who}");
		let said = bench.json(&format!("program context {program} --genesis {genesis} {bound}"));
		assert_eq!((&said["nonce"], &said["expiry"]), (&json!(nonce.to_string()), &json!(expiry)));
		said["context"].as_str().expect("hex").to_owned()
	};
	let all = BTreeSet::from([
		context(&one, &two, 1, 2, "//Alice"),
		context(&two, &two, 1, 2, "//Alice"),
		context(&one, &one, 1, 2, "//Alice"),
		context(&one, &two, 2, 2, "//Alice"),
		context(&one, &two, 1, 1, "//Alice"),
		context(&one, &two, 1, 2, "//Bob"),
	]);
	assert_eq!(all.len(), 6);
	assert!(all.iter().all(|context| context.starts_with("0x00")), "a field element: {all:?}");
	assert!(all.contains(&context(&one, &two, 1, 2, "//Alice")));
}
