//! What is read and written again is what it was, and what one format says others can say.

use serde_json::Value;
use zkml_primitives::{CircuitKey, ProgramKey, Proof, RoundsKey, VerifyingKey, G1};
use zkml_program_files::{
	arkworks, evm, garaga, gnark, gnark_json, program_key, risc0, snarkjs, sp1, Form, FormatError,
};
use zkml_programs::Claim;

use crate::vector::{accepted, bytes, named, unhex, Vector};

/// Both forms of points.
const FORMS: [Form; 2] = [Form::Compressed, Form::Uncompressed];

/// Reads each part of an envelope and writes it again.
fn again(vector: &Vector) {
	let part = |name: &str| vector.part(name);
	let file = |name: &str| bytes(part(name));
	let name = &vector.name;
	match vector.kind.as_str() {
		"snarkjs" => {
			let key = snarkjs::read_key(&file("verification_key_json")).unwrap();
			assert_eq!(&snarkjs::write_key(&key).unwrap(), part("verification_key_json"), "{name}");
			let proof = snarkjs::read_proof(&file("proof_json")).unwrap();
			assert_eq!(&snarkjs::write_proof(&proof).unwrap(), part("proof_json"), "{name}");
			let inputs = snarkjs::read_inputs(&file("public_json")).unwrap();
			assert_eq!(&snarkjs::write_inputs(&inputs), part("public_json"), "{name}");
		}
		"gnark-binary" | "gnark-binary-key" => {
			again_gnark(&unhex(part("verifying_key_gnark_compressed")));
			if part("proof_gnark_compressed").is_null() {
				return;
			}
			let proof = unhex(part("proof_gnark_compressed"));
			let read = gnark::read_proof(&proof, Form::Compressed).unwrap();
			assert_eq!(gnark::write_proof(&read, Form::Compressed), Ok(proof), "{name}");
			let inputs = unhex(part("public_witness_gnark"));
			let read = gnark::read_inputs(&inputs).unwrap();
			assert_eq!(gnark::write_inputs(&read), inputs, "{name}");
		}
		"gnark-json" => {
			let key = gnark_json::read_key(&file("verifying_key_json")).unwrap();
			assert_eq!(&gnark_json::write_key(&key), part("verifying_key_json"), "{name}");
			let proof = gnark_json::read_proof(&file("proof_json")).unwrap();
			assert_eq!(&gnark_json::write_proof(&proof).unwrap(), part("proof_json"), "{name}");
			let inputs = gnark_json::read_inputs(&file("public_inputs_json")).unwrap();
			assert_eq!(&gnark_json::write_inputs(&inputs), part("public_inputs_json"), "{name}");
		}
		"arkworks" => {
			let (key, proof) = (unhex(part("verifying_key_bytes")), unhex(part("proof_bytes")));
			let form = Form::Uncompressed;
			let read = arkworks::read_key(&key, form).unwrap();
			assert_eq!(arkworks::write_key(&read, form), key, "{name}");
			let read = arkworks::read_proof(&proof, form).unwrap();
			assert_eq!(arkworks::write_proof(&read, form), Ok(proof), "{name}");
			let inputs = part("public_inputs_little_endian").as_array().unwrap();
			for input in inputs.iter().map(unhex) {
				let read = arkworks::read_input(&input).unwrap();
				assert_eq!(arkworks::write_input(&read).to_vec(), input, "{name}");
			}
		}
		"plain-hex" => {
			let key = garaga::read_key(&file("verifying_key_json")).unwrap();
			assert_eq!(&garaga::write_key(&key), part("verifying_key_json"), "{name}");
			let (proof, inputs) = garaga::read_proof(&file("proof_json")).unwrap();
			let written = garaga::write_proof(&proof, &inputs).unwrap();
			assert_eq!(&written, part("proof_json"), "{name}");
		}
		"solidity-uint256" => {
			let proof = evm::read_words(&file("proof_uint256_8")).unwrap();
			assert_eq!(&evm::write_words(&proof).unwrap(), part("proof_uint256_8"), "{name}");
		}
		"risc0" => {
			let seal = unhex(part("seal"));
			let read = risc0::read_seal(&seal).unwrap();
			assert_eq!(risc0::write_seal(&read), Ok(seal), "{name}");
		}
		"sp1" => {
			again_gnark(&unhex(part("verifying_key_gnark_compressed")));
			let proof = unhex(part("proof_bytes"));
			let written = match part("vk_root") {
				Value::Null => sp1::write_v5(&sp1::read_v5(&proof).unwrap()),
				_ => sp1::write_v6(&sp1::read_v6(&proof).unwrap()),
			};
			assert_eq!(written, Ok(proof), "{name}");
		}
		other => panic!("{name}: kind {other} is unknown"),
	}
}

fn again_gnark(bytes: &[u8]) {
	assert_eq!(gnark::form(bytes), Form::Compressed);
	let key = gnark::read_key(bytes, Form::Compressed).unwrap();
	assert_eq!(gnark::write_key(&key, Form::Compressed), bytes);
	let raw = gnark::write_key(&key, Form::Uncompressed);
	assert_eq!(gnark::form(&raw), Form::Uncompressed);
	assert_eq!(gnark::read_key(&raw, Form::Uncompressed), Ok(key));
}

#[test]
fn what_is_read_and_written_again_is_the_same() {
	let vectors = accepted();
	assert_eq!(vectors.len(), 27);
	vectors.iter().for_each(|(vector, _)| again(vector));
}

#[test]
fn keys_and_proofs_come_out_in_the_other_formats_as_others_computed_them() {
	let mut proofs = 0;
	for (vector, parts) in accepted() {
		let (name, codes) = (&vector.name, &vector.file["encodings"]);
		let same = |field: &str, written: &[u8]| {
			assert_eq!(codes[field], hex::encode(written), "{name}: {field}");
		};
		for (form, word) in FORMS.into_iter().zip(["compressed", "uncompressed"]) {
			let key = arkworks::write_key(&parts.key, form);
			same(&format!("verifying_key_arkworks_{word}"), &key);
			assert_eq!(arkworks::read_key(&key, form).as_ref(), Ok(&parts.key), "{name}");
		}
		let Some((_, proof)) = &parts.shown else { continue };
		for (form, word) in FORMS.into_iter().zip(["compressed", "uncompressed"]) {
			let written = arkworks::write_proof(proof, form).unwrap();
			same(&format!("proof_arkworks_{word}"), &written);
			assert_eq!(arkworks::read_proof(&written, form).as_ref(), Ok(proof), "{name}");
		}
		let written = evm::write_proof(proof).unwrap();
		same("proof_eip197", &written);
		assert_eq!(evm::read_proof(&written).as_ref(), Ok(proof), "{name}");
		let written = gnark::write_points(proof, Form::Compressed).unwrap();
		same("proof_gnark_points_compressed", &written);
		assert_eq!(gnark::read_points(&written, Form::Compressed).as_ref(), Ok(proof), "{name}");
		proofs += 1;
	}
	assert_eq!(proofs, 26);
}

#[test]
fn every_format_takes_keys_proofs_and_inputs_of_all_others() {
	for (vector, parts) in accepted() {
		let (name, key) = (&vector.name, &parts.key);
		let written = snarkjs::write_key(key).unwrap();
		assert_eq!(snarkjs::read_key(&bytes(&written)).as_ref(), Ok(key), "{name}");
		let written = garaga::write_key(key);
		assert_eq!(garaga::read_key(&bytes(&written)).as_ref(), Ok(key), "{name}");
		let written = evm::write_key(key);
		assert_eq!(written.as_array().map(Vec::len), Some(14 + 2 * key.ic.len()), "{name}");
		assert_eq!(evm::read_key(&bytes(&written)).as_ref(), Ok(key), "{name}");
		let theirs = gnark::Key::from(key.clone());
		for form in FORMS {
			let written = gnark::write_key(&theirs, form);
			assert_eq!(gnark::read_key(&written, form).as_ref(), Ok(&theirs), "{name}");
		}
		let written = gnark_json::write_key(&theirs);
		assert_eq!(gnark_json::read_key(&bytes(&written)), Ok(theirs), "{name}");

		let Some((claim, proof)) = &parts.shown else { continue };
		let proof_again = [
			snarkjs::write_proof(proof).and_then(|file| snarkjs::read_proof(&bytes(&file))),
			gnark_json::write_proof(proof).and_then(|file| gnark_json::read_proof(&bytes(&file))),
			evm::write_words(proof).and_then(|file| evm::read_words(&bytes(&file))),
		];
		let forms = FORMS.map(|form| {
			gnark::write_proof(proof, form).and_then(|bytes| gnark::read_proof(&bytes, form))
		});
		for read in proof_again.into_iter().chain(forms) {
			assert_eq!(read.as_ref(), Ok(proof), "{name}");
		}
		let inputs = match claim {
			Claim::Inputs(inputs) => inputs.to_vec(),
			_ => vec![],
		};
		let inputs_again = [
			snarkjs::read_inputs(&bytes(&snarkjs::write_inputs(&inputs))),
			gnark_json::read_inputs(&bytes(&gnark_json::write_inputs(&inputs))),
			gnark::read_inputs(&gnark::write_inputs(&inputs)),
			arkworks::read_inputs(&arkworks::write_inputs(&inputs)),
		];
		for read in inputs_again {
			assert_eq!(read.as_ref(), Ok(&inputs), "{name}");
		}
		let written = garaga::write_proof(proof, &inputs).unwrap();
		let read = garaga::read_proof(&bytes(&written));
		assert_eq!(read, Ok((proof.clone(), inputs)), "{name}");
	}
}

#[test]
fn a_models_plain_key_becomes_a_file_of_snarkjs() {
	let vector = named("semaphore-v4");
	let ProgramKey { alpha, beta, gamma, delta, ic } = vector.read().unwrap().key;
	let ic: [G1; 5] = ic.to_vec().try_into().expect("four inputs");
	let model = CircuitKey::Plain(VerifyingKey { alpha, beta, gamma, delta, ic });
	let key = program_key(&model).unwrap();
	assert_eq!(&snarkjs::write_key(&key).unwrap(), vector.part("verification_key_json"));
	assert_eq!(program_key(&CircuitKey::Program(key.clone())), Ok(key));
}

#[test]
fn keys_and_proofs_with_rounds_have_no_form_elsewhere() {
	let (_, parts) = accepted().into_iter().next().expect("some vectors are accepted");
	let ProgramKey { alpha, beta, gamma, delta, .. } = parts.key;
	let rounds = vec![delta].try_into().expect("one fits");
	let ic = Default::default();
	let key = CircuitKey::Rounds(RoundsKey { alpha, beta, gamma, delta, rounds, ic });
	let refused = Err(FormatError::Commitments { what: "a key", got: 1 });
	assert_eq!(program_key(&key), refused);

	let (_, proof) = parts.shown.expect("a proof");
	let commitments = vec![proof.a].try_into().expect("one fits");
	let proof = Proof { commitments, ..proof };
	let refused = FormatError::Commitments { what: "a proof", got: 1 };
	assert_eq!(evm::write_proof(&proof), Err(refused.clone()));
	assert_eq!(evm::write_words(&proof), Err(refused.clone()));
	assert_eq!(snarkjs::write_proof(&proof), Err(refused.clone()));
	assert_eq!(gnark_json::write_proof(&proof), Err(refused.clone()));
	assert_eq!(garaga::write_proof(&proof, &[]), Err(refused.clone()));
	for form in FORMS {
		assert_eq!(gnark::write_proof(&proof, form), Err(refused.clone()));
		assert_eq!(arkworks::write_proof(&proof, form), Err(refused.clone()));
	}
	let seal = risc0::Seal { selector: [0; 4], proof: proof.clone() };
	assert_eq!(risc0::write_seal(&seal), Err(refused.clone()));
	assert_eq!(sp1::write_v5(&sp1::V5 { selector: [0; 4], proof }), Err(refused));
}
