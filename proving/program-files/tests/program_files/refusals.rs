//! What is wrong with a file is named, with its place.

use serde_json::{json, Value};
use zkml_groth16::PointError;
use zkml_primitives::Scalar;
use zkml_program_files::{
	arkworks, evm, garaga, gnark, gnark_json, risc0, snarkjs, sp1, Form, FormatError,
};

use crate::vector::{bytes, named, unhex};

/// A part of a published file with something changed.
fn changed(name: &str, part: &str, change: impl FnOnce(&mut Value)) -> Vec<u8> {
	let mut value = named(name).part(part).clone();
	change(&mut value);
	bytes(&value)
}

fn key(change: impl FnOnce(&mut Value)) -> String {
	let file = changed("semaphore-v4", "verification_key_json", change);
	snarkjs::read_key(&file).expect_err("a file that was made bad").to_string()
}

fn proof(change: impl FnOnce(&mut Value)) -> String {
	let file = changed("semaphore-v4", "proof_json", change);
	snarkjs::read_proof(&file).expect_err("a file that was made bad").to_string()
}

#[test]
fn what_is_wrong_with_a_file_of_snarkjs_is_named() {
	let refusals = [
		(key(|k| k["protocol"] = json!("plonk")), r#"expected "groth16", got "plonk""#),
		(
			key(|k| k["curve"] = json!("bls12381")),
			r#"expected "bn128" or another name of that curve, got "bls12381""#,
		),
		(key(|k| k["nPublic"] = json!(3)), "expected 4, one less than IC points, got 3"),
		(key(|k| k["nPublic"] = json!(u64::MAX)), "expected 4, one less than IC points"),
		(key(|k| k["nPublic"] = json!("4")), r#"expected a count, got "4""#),
		(key(|k| k["IC"] = json!([])), "IC: expected 1 to 65 points, got 0"),
		(key(|k| k["IC"] = json!(vec![0; 66])), "IC: expected 1 to 65 points, got 66"),
		(
			key(|k| k["IC"][2][2] = json!("0")),
			"IC[2]: expected a point of the group, got one that is the point at inf",
		),
		(key(|k| k["vk_beta_2"][2][1] = json!("1")), r#"vk_beta_2[2][1]: expected "0", got "1""#),
		(key(|k| k["vk_beta_2"][2][0] = json!("2")), r#"vk_beta_2[2][0]: expected "1", got "2""#),
		(key(|k| k["vk_beta_2"] = json!(null)), "vk_beta_2: expected a list, got null"),
		(proof(|p| p["protocol"] = json!(null)), r#"expected "groth16", got null"#),
		(
			proof(|p| p["curve"] = json!("bls12381")),
			r#"another name of that curve, got "bls12381""#,
		),
		(proof(|p| p["pi_a"] = json!(["1", "2"])), "pi_a: expected 3 items, got 2"),
		(proof(|p| p["pi_a"] = json!(["1", "1", "1"])), "got one that is not on the curve"),
		(proof(|p| p["pi_a"] = json!(["0", "0", "1"])), "got one that is the point at infinity"),
		(proof(|p| p["pi_a"][0] = json!(7)), "got one that is not on the curve"),
		(
			proof(|p| p["pi_a"][0] = json!(-7)),
			"decimal digits, or in hexadecimal ones after 0x, got -7",
		),
		(proof(|p| p["pi_a"][0] = json!("0x7")), "got one that is not on the curve"),
		(proof(|p| p["pi_a"][0] = json!("0xg")), r#"got "0xg""#),
		(proof(|p| p["pi_a"][0] = json!("07")), r#"got "07""#),
		(proof(|p| p["pi_a"][0] = json!("9".repeat(77))), "a number below the field modulus"),
		(proof(|p| p["pi_a"][0] = json!("9".repeat(999))), "and more"),
		(proof(|p| p["pi_a"][0] = json!("a\nb\u{1b}")), r#"got "a\nb\u{1b}""#),
		(proof(|p| *p = json!([])), "proof: expected an object, got a list of 0"),
	];
	for (refusal, words) in refusals {
		assert!(refusal.contains(words), "{refusal:?} without {words:?}");
	}
	let key = key(|k| {
		k.as_object_mut().expect("an object").remove("IC");
	});
	assert!(key.contains("expected a field IC, got none of that name"), "{key}");
}

#[test]
fn an_old_proof_may_leave_the_curve_out() {
	let file = changed("semaphore-v4", "proof_json", |proof| {
		proof.as_object_mut().expect("an object").remove("curve");
	});
	assert!(snarkjs::read_proof(&file).is_ok());
}

#[test]
fn no_more_inputs_are_read_than_a_key_may_have() {
	let (most, more) = (vec![Scalar::ZERO; 64], vec![Scalar::ZERO; 65]);
	assert_eq!(snarkjs::read_inputs(&bytes(&snarkjs::write_inputs(&most))), Ok(most.clone()));
	assert_eq!(gnark::read_inputs(&gnark::write_inputs(&most)), Ok(most.clone()));
	assert_eq!(arkworks::read_inputs(&arkworks::write_inputs(&most)), Ok(most));
	let refusals = [
		snarkjs::read_inputs(&bytes(&snarkjs::write_inputs(&more))),
		gnark::read_inputs(&gnark::write_inputs(&more)),
		arkworks::read_inputs(&arkworks::write_inputs(&more)),
	];
	for refusal in refusals {
		assert!(matches!(refusal, Err(FormatError::Length { got: 65, .. })), "{refusal:?}");
	}
}

#[test]
fn counts_are_compared_with_their_bounds_before_points_are_read() {
	let mut key = unhex(named("arkworks-1-input").part("verifying_key_bytes"));
	for count in [0, 66, u64::MAX] {
		key[448..456].copy_from_slice(&count.to_le_bytes());
		let refused = arkworks::read_key(&key, Form::Uncompressed);
		let said = format!("IC: expected 1 to 65 points, got {count}");
		assert_eq!(refused.map_err(|e| e.to_string()), Err(said));
	}
	let mut key = unhex(named("gnark-binary-key-only").part("verifying_key_gnark_compressed"));
	for count in [0, 66, u32::MAX] {
		key[288..292].copy_from_slice(&count.to_be_bytes());
		let refused = gnark::read_key(&key, Form::Compressed);
		let said = format!("IC: expected 1 to 65 points, got {count}");
		assert_eq!(refused.map_err(|e| e.to_string()), Err(said));
	}
	assert!(arkworks::read_inputs(&[0xff; 8]).is_err());
	assert!(
		gnark::read_inputs(&[0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]).is_err()
	);
}

#[test]
fn commitments_are_refused_by_name() {
	let commitments = |what, got| FormatError::Commitments { what, got };
	let key = named("gnark-binary-key-with-commitment");
	let key = unhex(key.part("verifying_key_gnark_compressed"));
	let refused = gnark::read_key(&key, Form::Compressed);
	assert_eq!(refused, Err(commitments("a key", 1)));
	// A count of commitment keys behind a list of nothing committed.
	let mut key = unhex(named("gnark-binary-key-only").part("verifying_key_gnark_compressed"));
	*key.last_mut().expect("not empty") = 2;
	let refused = gnark::read_key(&key, Form::Compressed);
	assert_eq!(refused, Err(commitments("a key", 2)));
	let proof = named("gnark-binary-1-input-reject-commitment-in-proof");
	let refused = gnark::read_proof(&unhex(proof.part("proof_gnark_compressed")), Form::Compressed);
	assert_eq!(refused, Err(commitments("a proof", 1)));

	// A proof of knowledge without anything that it is about.
	let mut proof = unhex(named("gnark-binary-1-input").part("proof_gnark_compressed"));
	let (points, rest) = proof.split_at_mut(132);
	rest.copy_from_slice(&points[..32]);
	let refused = gnark::read_proof(&proof, Form::Compressed).expect_err("another point");
	assert!(refused.to_string().contains("since there are no commitments"), "{refused}");

	let name = "gnark-json-2-inputs";
	for field in ["CommitmentKeys", "PublicAndCommitmentCommitted"] {
		let key = changed(name, "verifying_key_json", |key| key[field] = json!([[], []]));
		assert_eq!(gnark_json::read_key(&key), Err(commitments("a key", 2)));
		let key = changed(name, "verifying_key_json", |key| key[field] = json!(null));
		assert!(gnark_json::read_key(&key).is_ok());
	}
	let proof = changed(name, "proof_json", |proof| proof["Commitments"] = json!([{}]));
	assert_eq!(gnark_json::read_proof(&proof), Err(commitments("a proof", 1)));
	let proof = changed(name, "proof_json", |proof| proof["CommitmentPok"] = proof["Ar"].clone());
	let refused = gnark_json::read_proof(&proof).expect_err("a proof of knowledge of nothing");
	assert!(refused.to_string().contains("since there are no commitments"), "{refused}");
}

#[test]
fn points_at_infinity_and_outside_the_subgroup_are_named() {
	let identity =
		|what: &str| FormatError::Point { what: what.into(), error: PointError::Identity };
	let mut proof = unhex(named("gnark-binary-1-input").part("proof_gnark_compressed"));
	proof[..32].fill(0);
	proof[0] = 0x40;
	assert_eq!(gnark::read_proof(&proof, Form::Compressed), Err(identity("A")));
	let mut proof = unhex(named("arkworks-1-input").part("proof_bytes"));
	proof[63] |= 0x40;
	assert_eq!(arkworks::read_proof(&proof, Form::Uncompressed), Err(identity("A")));
	assert_eq!(evm::read_proof(&[0; 256]), Err(identity("A")));

	let seal = unhex(named("risc0-v3.0-reject-b-outside-subgroup").part("seal"));
	let outside =
		|what: &str| FormatError::Point { what: what.into(), error: PointError::NotInSubgroup };
	assert_eq!(risc0::read_seal(&seal), Err(outside("B")));
	// Compressed, the same point is one x of which no y is in the subgroup.
	let (x1, x0) = (&seal[68..100], &seal[100..132]);
	let mut points = [&[0; 32][..], x1, x0, &[0; 32]].concat();
	let good = named("risc0-v3.0");
	let good = unhex(&good.file["encodings"]["proof_gnark_points_compressed"]);
	points[..32].copy_from_slice(&good[..32]);
	points[32] |= 0x80;
	assert_eq!(gnark::read_points(&points, Form::Compressed), Err(outside("B")));
}

#[test]
fn a_sign_flag_that_arkworks_overlooks_is_refused() {
	let proof = unhex(named("arkworks-1-input-reject-sign-flag").part("proof_bytes"));
	let refused = arkworks::read_proof(&proof, Form::Uncompressed);
	assert_eq!(refused, Err(FormatError::Spelling { what: "A".into() }));
}

#[test]
fn what_a_zkvm_made_public_has_a_bound() {
	let seal = risc0::read_seal(&unhex(named("risc0-v3.0").part("seal"))).unwrap();
	assert!(seal.claim(&[0; 4096]).is_ok());
	let refused = seal.claim(&[0; 4097]).map_err(|e| e.to_string());
	assert_eq!(refused, Err("journal: expected at most 4096 bytes, got 4097".into()));
	let proof = sp1::read_v5(&unhex(named("sp1-v5.0.0").part("proof_bytes"))).unwrap();
	let refused = proof.claim(&[0; 4097]).map_err(|e| e.to_string());
	assert_eq!(refused, Err("public values: expected at most 4096 bytes, got 4097".into()));
}

#[test]
fn files_that_are_too_large_are_not_parsed() {
	let file = vec![b' '; 256 * 1024 + 1];
	let refused = garaga::read_key(&file).map_err(|e| e.to_string());
	let said = "verification key: expected at most 262144 bytes, got 262145";
	assert_eq!(refused, Err(said.into()));
	// Nesting is the parser's to bound.
	let file = vec![b'['; 256 * 1024];
	assert!(matches!(garaga::read_key(&file), Err(FormatError::Json { .. })));
}
