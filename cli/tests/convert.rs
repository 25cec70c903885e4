//! Keys, proofs and public inputs of other tools, from one format to another and back, over the
//! published vectors.

use std::{fs, path::Path};

use crate::common::{has, Bench};
use serde_json::{json, Value};

fn vector(name: &str) -> Value {
	let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors");
	serde_json::from_slice(&fs::read(folder.join(format!("{name}.json"))).unwrap()).unwrap()
}

fn unhex(value: &Value) -> Vec<u8> {
	hex::decode(value.as_str().unwrap()).unwrap()
}

/// Writes it as `to`, and gives what was written.
fn convert(bench: &Bench, what: &str, from: (&str, &str), to: &str) -> Vec<u8> {
	let (format, file) = from;
	let out = format!("out.{to}");
	let line = format!("convert --from {format} --to {to} --{what} {file} -o {out}");
	let said = bench.json(&line);
	assert_eq!(
		(&said["from"], &said["to"], &said["file"]),
		(&json!(format), &json!(to), &json!(out))
	);
	bench.bytes(&out)
}

/// Every vector that has these, in this format, with the file's bytes.
fn files(names: &[&str], part: fn(&Value) -> Vec<u8>) -> Vec<(String, Vec<u8>)> {
	names.iter().map(|name| (name.to_string(), part(&vector(name)))).collect()
}

const FORMATS: [&str; 7] =
	["snarkjs", "gnark", "gnark-raw", "gnark-json", "arkworks", "arkworks-raw", "evm"];

#[test]
fn a_key_goes_through_every_format_and_comes_back_as_it_was() {
	let bench = Bench::new("convert-keys");
	let zkvms = ["risc0-v3.0", "sp1-v5.0.0", "sp1-v6.1.0"];
	let keys = files(&zkvms, |file| unhex(&file["encodings"]["verifying_key_arkworks_compressed"]));
	for (name, key) in keys {
		bench.write("key", &key);
		for format in FORMATS.into_iter().chain(["garaga"]) {
			convert(&bench, "verifying-key", ("arkworks", "key"), format);
			let file = format!("out.{format}");
			let back = convert(&bench, "key", (format, &file), "arkworks");
			assert_eq!(back, key, "{name} by {format}");
		}
		let raw = convert(&bench, "key", ("arkworks", "key"), "arkworks-raw");
		let expected = &vector(&name)["encodings"]["verifying_key_arkworks_uncompressed"];
		assert_eq!(raw, unhex(expected), "{name}");
	}
}

#[test]
fn a_proof_goes_through_every_format_and_comes_back_as_it_was() {
	let bench = Bench::new("convert-proofs");
	let names = ["risc0-v3.0", "sp1-v6.1.0", "snarkjs-1-input", "gnark-binary-1-input"];
	let proofs = files(&names, |file| unhex(&file["encodings"]["proof_arkworks_compressed"]));
	for (name, proof) in proofs {
		// Digits do as well as bytes.
		bench.write("proof", hex::encode(&proof));
		for format in FORMATS {
			convert(&bench, "proof", ("arkworks", "proof"), format);
			let file = format!("out.{format}");
			let back = convert(&bench, "proof", (format, &file), "arkworks");
			assert_eq!(back, proof, "{name} by {format}");
		}
		let raw = convert(&bench, "proof", ("arkworks", "proof"), "arkworks-raw");
		let expected = &vector(&name)["encodings"]["proof_arkworks_uncompressed"];
		assert_eq!(raw, unhex(expected), "{name}");
	}
}

#[test]
fn what_tools_published_is_read_and_written_as_they_wrote_it() {
	let bench = Bench::new("convert-published");
	let snarkjs = vector("snarkjs-1-input")["envelope"].clone();
	for (what, part) in [
		("verifying-key", "verification_key_json"),
		("proof", "proof_json"),
		("inputs", "public_json"),
	] {
		bench.write("file", snarkjs[part].to_string());
		for format in FORMATS {
			convert(&bench, what, ("snarkjs", "file"), format);
			let file = format!("out.{format}");
			convert(&bench, what, (format, &file), "snarkjs");
			assert_eq!(bench.read("out.snarkjs"), snarkjs[part], "{what} by {format}");
		}
	}
	let gnark = vector("gnark-binary-1-input")["envelope"].clone();
	for (what, part) in [("proof", "proof_gnark_compressed"), ("inputs", "public_witness_gnark")] {
		bench.write("file", unhex(&gnark[part]));
		for format in FORMATS {
			convert(&bench, what, ("gnark", "file"), format);
			let file = format!("out.{format}");
			let back = convert(&bench, what, (format, &file), "gnark");
			assert_eq!(back, unhex(&gnark[part]), "{what} by {format}");
		}
	}
	let garaga = vector("plain-hex-1-input")["envelope"].clone();
	bench.write("key.json", garaga["verifying_key_json"].to_string());
	bench.write("both.json", garaga["proof_json"].to_string());
	convert(&bench, "key", ("garaga", "key.json"), "evm");
	convert(&bench, "proof", ("garaga", "both.json"), "evm");
	convert(&bench, "inputs", ("garaga", "both.json"), "evm");
}

#[test]
fn a_file_of_several_things_and_one_of_another_tool_are_taken_for_what_they_are() {
	let bench = Bench::new("convert-several");
	let snarkjs = vector("semaphore-v4")["envelope"].clone();
	let part = |name: &str| snarkjs[name].clone();
	let all = json!({
		"vkey": part("verification_key_json"),
		"proof": part("proof_json"),
		"publicSignals": part("public_json"),
	});
	bench.write("all.json", all.to_string());
	for (what, name) in [
		("verifying-key", "verification_key_json"),
		("proof", "proof_json"),
		("inputs", "public_json"),
	] {
		convert(&bench, what, ("snarkjs", "all.json"), "snarkjs");
		assert_eq!(bench.read("out.snarkjs"), part(name));
	}
	// In the order of the file, which is said.
	bench.write("named.json", r#"{"Y": 35, "A": 3, "last": -1}"#);
	let said = bench.run("convert --from gnark --to evm --inputs named.json -o out.json");
	let words = String::from_utf8(said.stderr).unwrap() + &String::from_utf8(said.stdout).unwrap();
	has("named", &words, &["order, as in the file", "Y, A, last"]);
	let order = "21888242871839275222246405745257275088548364400416034343698204186575808495616";
	assert_eq!(bench.read("out.json"), json!(["35", "3", order]));
	for (file, looks) in [
		("all.json", "that looks like snarkjs's"),
		("named.json", "of no tool that is known here"),
		("list.json", "that is a list, as of words for a contract or of public inputs"),
	] {
		bench.write("list.json", "[1, 2]");
		for what in ["key", "proof", "inputs"] {
			let line = format!("convert --from arkworks --to evm --{what} {file} -o out");
			let error = bench.error(&line);
			let bytes = "expected arkworks' bytes or these in hex, got JSON ";
			has(&line, &error, &[file, bytes, looks]);
		}
	}
	bench.write("risc0.json", r#"{"seal": "0x", "journal": "0x"}"#);
	bench.write("sp1.json", r#"{"vkey": "0x", "publicValues": "0x", "proof": "0x"}"#);
	for (line, words) in [
		("gnark --key all.json", ["expected gnark's bytes, these in hex or", "like snarkjs's"]),
		("gnark-json --proof all.json", ["expected gnark's JSON", "looks like snarkjs's"]),
		("garaga --key all.json", ["expected Garaga's JSON", "looks like snarkjs's"]),
		("evm --proof all.json", ["expected a list of words", "looks like snarkjs's"]),
		("snarkjs --proof risc0.json", ["expected snarkjs's JSON", "looks like RISC Zero's"]),
		("snarkjs --proof sp1.json", ["expected snarkjs's JSON", "looks like a fixture of SP1"]),
	] {
		let error = bench.error(&format!("convert --from {line} --to evm -o out"));
		has(line, &error, &[&words[..], &[".json: "]].concat());
	}
	let submit = format!("program submit 0x{} --key //Bob", "11".repeat(32));
	for (line, words) in [
		("--tool risc0 --seal sp1.json", ["expected a seal, or JSON of", "a fixture of SP1"]),
		("--tool sp1 --proof risc0.json", ["expected proof bytes, or a", "like RISC Zero's"]),
	] {
		has(line, &bench.error(&format!("{submit} {line}")), &words);
	}
	let register = format!("program register --tool sp1 --vkey 0x{}", "11".repeat(32));
	let error = bench.error(&format!("{register} --verifying-key all.json"));
	has(
		"sp1",
		&error,
		&["all.json: verification key: expected the release's groth16_vk.bin", "like"],
	);
}

#[test]
fn a_plain_models_own_files_go_to_other_tools_and_no_others_do() {
	let bench = Bench::new("convert-own");
	bench.json("compile --kind plain --input-min 0 --input-max 16");
	bench.json("setup");
	bench.json("prove");
	for format in FORMATS {
		let what = ["verifying-key verifying.key", "proof proof.json", "inputs proof.json"];
		for what in what {
			bench.json(&format!("convert --from zkml --to {format} --{what} -o out"));
		}
	}
	convert(&bench, "inputs", ("zkml", "proof.json"), "snarkjs");
	assert_eq!(bench.read("out.snarkjs").as_array().unwrap().len(), 4);
	let rounds = Bench::ready("convert-rounds", "");
	rounds.json("prove");
	let line = |what: &str| format!("convert --from zkml --to snarkjs {what} -o out");
	has(
		"a key with rounds",
		&rounds.error(&line("--key verifying.key")),
		&["verifying.key: expected a key without commitments", "got 1 of them"],
	);
	has(
		"a proof with rounds",
		&rounds.error(&line("--proof proof.json")),
		&["proof.json: expected a proof of a plain circuit", "got one with 1 commit round(s)"],
	);
}

#[test]
fn formats_without_a_form_and_files_of_another_format_are_refused() {
	let bench = Bench::new("convert-refused");
	let snarkjs = vector("snarkjs-1-input")["envelope"].clone();
	bench.write("key.json", snarkjs["verification_key_json"].to_string());
	bench.write("proof.json", snarkjs["proof_json"].to_string());
	bench.write("empty", "");
	let form = |what: &'static str| [what, "got "];
	for (line, words) in [
		("snarkjs --to zkml --key key.json", form("expected a format that has a form for a key")),
		(
			"snarkjs --to zkml --proof proof.json",
			form("expected a format that has a form for a pr"),
		),
		("snarkjs --to garaga --proof proof.json", form("expected a format that has a form for")),
		("snarkjs --to evm --key proof.json", form("proof.json: verification key")),
		("snarkjs --to evm --proof key.json", form("key.json: proof")),
		("gnark --to evm --key key.json", form("key.json: ")),
		("arkworks --to evm --proof key.json", form("key.json: ")),
		("snarkjs --to evm --key empty", form("empty: expected a file of another tool")),
		(
			"evm --to snarkjs --key proof.json",
			form("proof.json: verification key: expected a list"),
		),
		("zkml --to evm --key key.json", form("key.json: expected a verifying key")),
	] {
		has(line, &bench.error(&format!("convert --from {line} -o out")), &words);
	}
	bench.write("short.json", "[\"1\", \"2\"]");
	let error = bench.error("convert --from evm --to snarkjs --key short.json -o out");
	has("two words", &error, &["short.json: ", "expected ", "got "]);
	// Good points under which anybody can forge: written, but not without a word.
	bench.write(
		"unsafe.json",
		vector("snarkjs-unsafe-key")["envelope"]["verification_key_json"].to_string(),
	);
	let line = "convert --from snarkjs --to evm --key unsafe.json -o out";
	let output = bench.run(line);
	assert!(output.status.success());
	let warning = String::from_utf8(output.stderr).unwrap();
	has(line, &warning, &["warning: no verifier should accept this key"]);
}
