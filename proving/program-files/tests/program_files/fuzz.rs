//! Hostile bytes for every reader: no panic, one line that says why, and nothing is read from bytes
//! that its own tool would not have written.

use std::fmt::Debug;

use serde_json::Value;
use zkml_fuzz::{check_refusal, Fuzz};
use zkml_program_files::{
	arkworks, evm, garaga, gnark, gnark_json, guess, risc0, snarkjs, sp1, Form, FormatError,
};

use crate::vector::{all, bytes, unhex};

const FORMS: [Form; 2] = [Form::Compressed, Form::Uncompressed];

/// What was read must be written as the bytes it was read from.
fn one_spelling<T>(read: Result<T, FormatError>, write: impl FnOnce(&T) -> Vec<u8>, from: &[u8]) {
	match read {
		Ok(value) => assert_eq!(hex::encode(write(&value)), hex::encode(from)),
		Err(refused) => check_refusal(&refused),
	}
}

/// What was read from JSON must be written as a file that says the same. Spaces, the order of fields
/// and fields of other names may differ.
fn one_meaning<T: Debug + PartialEq>(
	read: fn(&[u8]) -> Result<T, FormatError>,
	write: impl FnOnce(&T) -> Value,
	from: &[u8],
) {
	match read(from) {
		Ok(value) => assert_eq!(read(&bytes(&write(&value))), Ok(value)),
		Err(refused) => check_refusal(&refused),
	}
}

/// The parts of these names of all envelopes and of what was computed from them.
fn parts(names: &[&str], read: impl Fn(&Value) -> Vec<u8>) -> Vec<Vec<u8>> {
	let mut found = Vec::new();
	for vector in all() {
		for name in names {
			let values = [vector.part(name), &vector.file["encodings"][name]];
			found.extend(values.into_iter().filter(|value| !value.is_null()).map(&read));
		}
	}
	found.sort();
	found.dedup();
	assert!(found.len() > 1, "no parts of the names {names:?}");
	found
}

fn fuzz(name: &str, good: Vec<Vec<u8>>, cases: u32) -> Fuzz {
	Fuzz::new(env!("CARGO_MANIFEST_DIR"), name, good, cases)
}

#[test]
fn keys_in_bytes() {
	let mut good = parts(
		&[
			"verifying_key_gnark_compressed",
			"verifying_key_bytes",
			"verifying_key_arkworks_compressed",
			"verifying_key_arkworks_uncompressed",
		],
		unhex,
	);
	let raw = |bytes: &Vec<u8>| {
		let key = gnark::read_key(bytes, Form::Compressed).ok()?;
		Some(gnark::write_key(&key, Form::Uncompressed))
	};
	good.extend(good.iter().filter_map(raw).collect::<Vec<_>>());
	fuzz("keys", good, 3_000).run(|bytes| {
		for form in FORMS {
			let write = |key: &_| arkworks::write_key(key, form);
			one_spelling(arkworks::read_key(bytes, form), write, bytes);
			let write = |key: &_| gnark::write_key(key, form);
			one_spelling(gnark::read_key(bytes, form), write, bytes);
		}
	});
}

#[test]
fn proofs_in_bytes() {
	let names = [
		"seal",
		"proof_bytes",
		"proof_gnark_compressed",
		"proof_gnark_points_compressed",
		"proof_eip197",
		"proof_arkworks_compressed",
		"proof_arkworks_uncompressed",
	];
	fuzz("proofs", parts(&names, unhex), 6_000).run(|bytes| {
		for form in FORMS {
			let write = |proof: &_| arkworks::write_proof(proof, form).unwrap();
			one_spelling(arkworks::read_proof(bytes, form), write, bytes);
			let write = |proof: &_| gnark::write_proof(proof, form).unwrap();
			one_spelling(gnark::read_proof(bytes, form), write, bytes);
			let write = |proof: &_| gnark::write_points(proof, form).unwrap();
			one_spelling(gnark::read_points(bytes, form), write, bytes);
		}
		one_spelling(evm::read_proof(bytes), |proof| evm::write_proof(proof).unwrap(), bytes);
		one_spelling(risc0::read_seal(bytes), |seal| risc0::write_seal(seal).unwrap(), bytes);
		one_spelling(sp1::read_v5(bytes), |parts| sp1::write_v5(parts).unwrap(), bytes);
		one_spelling(sp1::read_v6(bytes), |parts| sp1::write_v6(parts).unwrap(), bytes);
	});
}

#[test]
fn inputs_in_bytes() {
	let mut good = parts(&["public_witness_gnark"], unhex);
	let read = |bytes: &Vec<u8>| gnark::read_inputs(bytes).ok();
	let inputs: Vec<_> = good.iter().filter_map(read).collect();
	good.extend(inputs.iter().map(|inputs| arkworks::write_inputs(inputs)));
	fuzz("inputs", good, 6_000).run(|bytes| {
		one_spelling(gnark::read_inputs(bytes), |inputs| gnark::write_inputs(inputs), bytes);
		one_spelling(arkworks::read_inputs(bytes), |inputs| arkworks::write_inputs(inputs), bytes);
	});
}

#[test]
fn keys_in_json() {
	let mut good = parts(&["verification_key_json", "verifying_key_json"], bytes);
	let words = |file: &Vec<u8>| Some(bytes(&evm::write_key(&snarkjs::read_key(file).ok()?)));
	good.extend(good.iter().filter_map(words).collect::<Vec<_>>());
	fuzz("json-keys", good, 1_500).run(|bytes| {
		one_meaning(snarkjs::read_key, |key| snarkjs::write_key(key).unwrap(), bytes);
		one_meaning(gnark_json::read_key, gnark_json::write_key, bytes);
		one_meaning(garaga::read_key, garaga::write_key, bytes);
		one_meaning(evm::read_key, evm::write_key, bytes);
	});
}

#[test]
fn proofs_and_inputs_in_json() {
	let names =
		["proof_json", "proof_uint256_8", "public_json", "public_inputs_json", "public_inputs"];
	fuzz("json-proofs", parts(&names, bytes), 4_000).run(|bytes| {
		one_meaning(snarkjs::read_proof, |proof| snarkjs::write_proof(proof).unwrap(), bytes);
		one_meaning(gnark_json::read_proof, |proof| gnark_json::write_proof(proof).unwrap(), bytes);
		let write = |(proof, inputs): &(_, Vec<_>)| garaga::write_proof(proof, inputs).unwrap();
		one_meaning(garaga::read_proof, write, bytes);
		one_meaning(evm::read_words, |proof| evm::write_words(proof).unwrap(), bytes);
		one_meaning(snarkjs::read_inputs, |inputs| snarkjs::write_inputs(inputs), bytes);
		one_meaning(gnark_json::read_inputs, |inputs| gnark_json::write_inputs(inputs), bytes);
	});
}

#[test]
fn what_was_published_as_json() {
	let names = ["seal", "image_id", "journal", "program_vkey", "public_values", "proof_bytes"];
	let mut good = parts(&["proof_json", "public_json", "proof_uint256_8"], bytes);
	for vector in all() {
		let fields = names.iter().map(|name| (name.to_string(), vector.part(name).clone()));
		let fields = fields.filter(|(_, value)| !value.is_null());
		let mut fixture: serde_json::Map<String, Value> = fields.collect();
		if let Some(values) = fixture.remove("public_values") {
			fixture.insert("publicValues".into(), values);
		}
		if !fixture.is_empty() {
			good.push(bytes(&Value::Object(fixture)));
		}
	}
	good.push(br#"{"inner": {"Groth16": {"seal": [1, 2], "verifier_parameters": [1]}}}"#.to_vec());
	good.push(br#"["0x1", "2"], [["3", "4"], ["5", "6"]], ["7", "8"], ["9"]"#.to_vec());
	fuzz("published", good, 6_000).run(|file| {
		let kind = guess::kind(file);
		if guess::has_inputs(file) {
			assert!(kind.is_some(), "public inputs beside a proof are JSON");
		}
		guess::signal_names(file);
		if let Err(refused) = risc0::read_file(file) {
			check_refusal(&refused);
		}
		if let Err(refused) = sp1::read_file(file).and_then(|file| sp1::read_proof(&file.proof)) {
			check_refusal(&refused);
		}
		match evm::read_inputs(file) {
			Ok(inputs) => {
				let again = evm::read_inputs(&bytes(&snarkjs::write_inputs(&inputs)));
				assert_eq!(again, Ok(inputs));
			}
			Err(refused) => check_refusal(&refused),
		}
	});
}
