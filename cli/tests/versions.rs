//! Private models whose parameters a point commits to: their keys, proofs and versions, without a chain.

use std::fs;

use crate::common::{has, Bench};
use serde_json::Value;

const COMPILE: &str = "compile --input-min 0 --input-max 16";

fn digits(value: &Value) -> usize {
	value.as_str().map_or(0, |text| text.len())
}

#[test]
fn a_private_model_is_committed_to_by_a_point_that_the_setup_tells() {
	let bench = Bench::new("point");
	let compiled = bench.json(&format!("{COMPILE} --private"));
	assert_eq!(compiled["params_kind"], "point");
	assert_eq!(compiled["kind"], "committed");
	assert_eq!(compiled["weight_shifts"].as_array().unwrap().len(), 2);
	assert!(compiled["params"].is_null(), "a point takes a key");
	let once = compiled["range_estimate"]["constraints"].as_u64().unwrap();
	assert!(once > 0);
	let setup = bench.json("setup");
	assert_eq!(setup["range_key"], "proving.range.key");
	assert_eq!(setup["params_kind"], "point");
	assert_eq!((digits(&setup["params"]), digits(&setup["params_point"])), (66, 130));
	assert_eq!(setup["range_estimate"]["constraints"], once);
	// The same point in each proof, and its digest in each statement.
	let made = bench.json("prove");
	assert_eq!(made["digests"]["params"], setup["params"]);
	assert_eq!(bench.read("proof.json")["params_point"], setup["params_point"]);
	let checked = bench.json("verify");
	for key in ["params", "params_kind", "params_point"] {
		assert_eq!(checked[key], setup[key], "{key}");
	}
	assert_eq!(bench.json("circuit show")["kind"], "committed");
	let said = bench.run("verify");
	has(
		"verify",
		&String::from_utf8(said.stdout).unwrap(),
		&["digest of a point", "zkml model show"],
	);
}

#[test]
fn a_proof_holds_for_its_own_point_alone() {
	let bench = Bench::ready("own-point", "--private");
	bench.json("prove");
	let whole = bench.read("proof.json");
	bench.retrained();
	bench.json("compile retrained.onnx --like model.zkml -o later.zkml");
	bench.json("prove --model later.zkml -o later.json");
	let later = bench.read("later.json");
	let with = |change: &dyn Fn(&mut Value)| {
		let mut proof = whole.clone();
		change(&mut proof);
		bench.write("proof.json", proof.to_string());
		bench.error("verify")
	};
	let other = with(&|proof| proof["params_point"] = later["params_point"].clone());
	has("W", &other, &["the digest of the parameters' point: expected 0x", "got 0x"]);
	// With its digest too, so that the statement is another version's.
	let both = with(&|proof| {
		proof["params_point"] = later["params_point"].clone();
		proof["digests"]["params"] = later["digests"]["params"].clone();
	});
	has("W and its digest", &both, &["the pairing equation does not hold"]);
	let none = with(&|proof| {
		proof.as_object_mut().unwrap().remove("params_point");
	});
	has("none", &none, &["the proof's parameters: expected a point", "got none"]);
	let zero = with(&|proof| proof["params_point"] = format!("0x{}", "00".repeat(64)).into());
	has("infinity", &zero, &["expected ", "got "]);
	let mut flipped = whole["params_point"].as_str().unwrap().to_owned();
	let last = flipped.pop().unwrap();
	flipped.push(if last == '0' { '1' } else { '0' });
	let flipped = with(&|proof| proof["params_point"] = flipped.clone().into());
	has("flipped", &flipped, &["the digest of the parameters' point"]);
}

#[test]
fn a_retrained_version_needs_no_setup_and_proves_with_the_same_keys() {
	let bench = Bench::ready("retrained", "--private");
	bench.retrained();
	let later = bench.json("compile retrained.onnx --like model.zkml -o later.zkml");
	assert_eq!(later["like"], "model.zkml");
	assert_eq!((&later["visibility"], &later["params_kind"]), (&"private".into(), &"point".into()));
	let first = bench.json("prove");
	let second = bench.json("prove --model later.zkml -o later.json");
	assert_ne!(first["digests"]["params"], second["digests"]["params"]);
	let [first, second] =
		["proof.json", "later.json"].map(|proof| bench.json(&format!("verify {proof}")));
	assert_eq!(first["circuit"], second["circuit"]);
	assert_ne!(first["params_point"], second["params_point"]);
	// A salt of its own, each time.
	bench.json("compile retrained.onnx --like later.zkml -o third.zkml");
	assert_ne!(bench.bytes("later.zkml"), bench.bytes("third.zkml"));
	let third = bench.json("prove --model third.zkml -o third.json");
	assert_ne!(third["digests"]["params"], second["digests"]["params"]);

	let like = "compile retrained.onnx --like model.zkml";
	bench.refused(&[
		// The earlier version is a treasure, and the default place is its own.
		(like, &["expected no file", "a private model with the salt"]),
		(&format!("{like} -o new.zkml --private"), &["expected at most one of", "got both"]),
		(&format!("{like} -o new.zkml --input-min 0 --input-max 16"), &["got both"]),
		("compile retrained.onnx --like proving.key -o new.zkml", &["a compiled model"]),
	]);
	bench.json(&format!("{COMPILE} retrained.onnx -o public.zkml"));
	let public = bench.error("compile retrained.onnx --like public.zkml -o new.zkml");
	has("public", &public, &["the earlier model: expected a private one", "got a public one"]);
}

#[test]
fn poseidon_is_chosen_by_its_name_and_what_circoms_tools_take() {
	let bench = Bench::new("poseidon");
	let compiled = bench.json(&format!("{COMPILE} --private --params poseidon"));
	assert_eq!((&compiled["params_kind"], digits(&compiled["params"])), (&"poseidon".into(), 66));
	assert!(compiled["range_estimate"].is_null());
	let setup = bench.json("setup");
	assert!(setup["range_key"].is_null() && setup["params_point"].is_null());
	assert_eq!(setup["params"], compiled["params"]);
	bench.json("prove");
	assert!(bench.read("proof.json").get("params_point").is_none());
	assert_eq!(bench.json("verify")["params_kind"], "poseidon");
	// A plain circuit has no other.
	let plain = bench.json(&format!("{COMPILE} --private --kind plain -o plain.zkml"));
	assert_eq!(plain["params_kind"], "poseidon");
	bench.json("export plain.zkml --r1cs plain.r1cs");
	bench.json(&format!("{COMPILE} --private -o point.zkml"));
	let circom =
		"parameters a point commits to once; compile with --private --params poseidon --kind plain";
	fs::copy(bench.0.join("plain.r1cs"), bench.0.join("some.zkey")).unwrap();
	bench.refused(&[
		(
			&format!("{COMPILE} --private --kind plain --params point -o new.zkml"),
			&["--params point: expected --kind rounds", "got --kind plain"],
		),
		(
			&format!("{COMPILE} --params point -o new.zkml"),
			&["--params: expected it with --private", "got it without"],
		),
		("export point.zkml --r1cs new.r1cs", &[circom]),
		("export point.zkml --wtns new.wtns", &[circom]),
		(
			"setup point.zkml --zkey some.zkey --proving-key new.key --verifying-key new.vkey",
			&[circom],
		),
		(
			"setup plain.zkml --proving-key new.key --verifying-key new.vkey --range-key new.rkey",
			&["--range-key: expected parameters that a point commits to", "Poseidon"],
		),
		("model register --key //Alice --yes --range-key some.zkey", &["--range-key: expected"]),
		("model register --key //Alice --yes --no-range-proof", &["--no-range-proof: expected"]),
	]);
}

#[test]
fn a_range_key_is_a_secret_is_kept_and_is_asked_for_before_anything_is_paid() {
	use std::os::unix::fs::PermissionsExt;
	let bench = Bench::ready("range-key", "--private");
	let mode = fs::metadata(bench.0.join("proving.range.key")).unwrap().permissions().mode();
	assert_eq!(mode & 0o777, 0o600);
	let id = "11".repeat(32);
	let register = "model register --key //Alice --yes --url ws://127.0.0.1:1";
	let publish = format!("model publish {id} --key //Alice --yes --url ws://127.0.0.1:1");
	// With the key there the next thing that is missing is the node.
	for line in [register, &publish, &format!("{register} --no-range-proof")] {
		has(line, &bench.error(line), &["127.0.0.1:1"]);
	}
	let elsewhere = "setup --proving-key new.key --verifying-key new.vkey --range-key";
	bench.refused(&[(
		&format!("{elsewhere} proving.range.key"),
		&["expected no file", "got a range key, which cannot be made again", "--force"],
	)]);
	bench.json(&format!("{elsewhere} new.rkey"));
	fs::rename(bench.0.join("proving.range.key"), bench.0.join("kept.rkey")).unwrap();
	let advice =
		["proving.range.key: expected the range key", "--range-key FILE", "--no-range-proof"];
	bench.refused(&[
		(register, &advice),
		(&publish, &advice),
		(&format!("{register} --range-key proving.key"), &["expected a range key"]),
		(&format!("{register} --range-key kept.rkey --no-range-proof"), &["got both"]),
	]);
	has("kept", &bench.error(&format!("{register} --range-key kept.rkey")), &["127.0.0.1:1"]);
	// The proving key is looked at first.
	let wrong = format!("{register} --proving-key other.key");
	// That of another circuit.
	bench.json(&format!("{COMPILE} --private --weight-bits 9 -o other.zkml"));
	let other = "setup other.zkml --proving-key other.key --verifying-key other.vkey";
	assert_eq!(bench.json(other)["range_key"], "other.range.key");
	has("key", &bench.error(&wrong), &["other.key: expected the proving key of model.zkml"]);
	let error = bench.error(&format!("{register} --range-key other.range.key"));
	has("other", &error, &["expected the range key of model.zkml", "got that of another circuit"]);
}

#[test]
fn a_public_model_has_no_range_key_and_is_told_so() {
	let bench = Bench::ready("public-ranges", "");
	let register = "model register --key //Alice --yes --url ws://127.0.0.1:1";
	let words =
		"expected parameters that a point commits to, got public ones, constants of the circuit";
	bench.refused(&[
		(&format!("{register} --range-key some.key"), &["--range-key: ", words]),
		(&format!("{register} --no-range-proof"), &["--no-range-proof: ", words]),
	]);
}

#[test]
fn a_private_models_stand_in_has_its_circuit_and_nothing_else_and_a_ceremony_verifies_with_it() {
	let bench = Bench::new("stand-in");
	let compiled = bench.json(&format!("{COMPILE} --private --labels a,b,c,d,e,f,g,h,i,j"));
	bench.json("ceremony powers --power 13");
	let begun = bench.json("ceremony new --stand-in stand-in.zkml");
	assert_eq!(begun["stand_in"], "stand-in.zkml");
	let load = |name: &str| zkml_circuits::CompiledModel::load(&bench.0.join(name)).unwrap();
	let (model, stand_in) = (load("model.zkml"), load("stand-in.zkml"));
	assert_eq!(model.settings_hash(), stand_in.settings_hash());
	assert!(stand_in.parameters().iter().flatten().all(|weight| *weight == 0));
	assert_ne!(model.params_salt(), stand_in.params_salt());
	assert!(model.weight_shifts().is_some() && stand_in.weight_shifts().is_none());
	assert!(stand_in.labels().is_empty() && stand_in.accuracy_claim().is_empty());
	assert!(stand_in.guards().is_empty());
	let salt = model.params_salt().0;
	assert!(!bench.bytes("stand-in.zkml").windows(32).any(|bytes| bytes == salt));
	// Others go on with it alone.
	bench.json("ceremony contribute --name Ada");
	let error = bench.error("ceremony finish --model stand-in.zkml");
	has("one", &error, &["expected contributions of at least two people, got 1"]);
	let own = bench.json("ceremony verify");
	let theirs = bench.json("ceremony verify --model stand-in.zkml");
	assert_eq!((&theirs["valid"], &theirs["transcript"]), (&true.into(), &own["transcript"]));
	assert_eq!(compiled["kind"], "committed");
	bench.retrained();
	bench.json(&format!("{COMPILE} retrained.onnx -o public.zkml"));
	bench.refused(&[
		("ceremony new --stand-in stand-in.zkml -o new.zkc", &["expected no file"]),
		(
			"ceremony new --model public.zkml --stand-in new.zkml -o new.zkc",
			&["--stand-in: expected a private model", "got a public one"],
		),
		(
			"compile retrained.onnx --like stand-in.zkml -o new.zkml",
			&["the earlier model: expected a private one that zkml compile made"],
		),
	]);
}
