//! Files as tools and templates publish them, which differ from what the tools' own readers want.

use serde_json::{json, Value};
use zkml_primitives::Scalar;
use zkml_program_files::{
	evm, garaga, gnark, gnark_json,
	guess::{self, Kind},
	risc0, snarkjs, sp1, FormatError,
};
use zkml_programs::Claim;

use crate::vector::{bytes, named, unhex, unhex_to, Vector};

fn small(number: u8) -> Scalar {
	let mut scalar = Scalar::ZERO;
	scalar.0[31] = number;
	scalar
}

fn refusal<T: std::fmt::Debug>(read: Result<T, FormatError>) -> String {
	read.expect_err("a file that is refused").to_string()
}

fn hex(value: &Value) -> String {
	format!("0x{}", value.as_str().expect("digits"))
}

#[test]
fn bn254_goes_by_all_its_names_and_no_other_curve_does() {
	let vector = named("snarkjs-multiplier");
	let (key, proof) = (vector.part("verification_key_json"), vector.part("proof_json"));
	let with = |file: &Value, curve: Value| {
		let mut file = file.clone();
		file["curve"] = curve;
		bytes(&file)
	};
	for name in ["bn128", "BN128", "bn254", "BN254", "altbn128", "alt_bn128", "Alt-BN128", "bn-128"]
	{
		assert!(snarkjs::read_key(&with(key, json!(name))).is_ok(), "{name}");
		assert!(snarkjs::read_proof(&with(proof, json!(name))).is_ok(), "{name}");
	}
	for name in [json!("bls12381"), json!("bn256"), json!("bn"), json!(""), json!(128), json!(null)]
	{
		let words = r#"curve: expected "bn128" or another name of that curve, got "#;
		for refused in [
			refusal(snarkjs::read_key(&with(key, name.clone()))),
			refusal(snarkjs::read_proof(&with(proof, name.clone()))),
		] {
			assert!(refused.contains(words), "{refused}");
		}
	}
	// Points are checked against one curve, so that a file need not name it.
	let mut nameless = key.clone();
	nameless.as_object_mut().unwrap().remove("curve");
	assert_eq!(snarkjs::read_key(&bytes(&nameless)), snarkjs::read_key(&bytes(key)));
}

#[test]
fn coordinates_for_contracts_and_points_at_infinity_are_named_as_such() {
	let vector = named("snarkjs-multiplier");
	let proof = vector.part("proof_json");
	let swapped = |rows: usize| {
		let mut file = proof.clone();
		for row in 0..rows {
			file["pi_b"][row].as_array_mut().unwrap().reverse();
		}
		refusal(snarkjs::read_proof(&bytes(&file)))
	};
	for rows in [2, 3] {
		let words = "pi_b: expected the real part of each coordinate first, got the imaginary part";
		assert!(swapped(rows).contains(words), "{}", swapped(rows));
	}
	assert!(swapped(1).contains("not on the curve"), "{}", swapped(1));
	let mut file = proof.clone();
	file["pi_a"] = json!(["0", "1", "0"]);
	let words = "pi_a: expected a point of the group, got one that is the point at infinity";
	assert!(refusal(snarkjs::read_proof(&bytes(&file))).contains(words));
}

#[test]
fn key_proof_and_signals_may_be_one_file() {
	let vector = named("semaphore-v4");
	let part = |name: &str| vector.part(name).clone();
	let (key, proof, public) =
		(part("verification_key_json"), part("proof_json"), part("public_json"));
	let alone = (
		snarkjs::read_key(&bytes(&key)).unwrap(),
		snarkjs::read_proof(&bytes(&proof)).unwrap(),
		snarkjs::read_inputs(&bytes(&public)).unwrap(),
	);
	for (key_name, public_name) in
		[("vk", "publicSignals"), ("vKey", "public"), ("verification_key", "pub_signals")]
	{
		let file = bytes(&json!({ key_name: key, "proof": proof, public_name: public, "id": 7 }));
		assert_eq!(snarkjs::read_key(&file).as_ref(), Ok(&alone.0), "{key_name}");
		assert_eq!(snarkjs::read_proof(&file).as_ref(), Ok(&alone.1));
		assert_eq!(snarkjs::read_inputs(&file).as_ref(), Ok(&alone.2), "{public_name}");
		assert!(guess::has_inputs(&file));
		assert_eq!(guess::kind(&file), Some(Kind::Snarkjs));
	}
	assert!(!guess::has_inputs(&bytes(&proof)));
	// Which of the two is meant?
	let file = bytes(&json!({ "proof": proof, "publicSignals": public, "inputs": ["1"] }));
	let refused = refusal(snarkjs::read_inputs(&file));
	for words in ["one of two fields for one thing, got ", "\"publicSignals\"", "\"inputs\""] {
		assert!(refused.contains(words), "{refused}");
	}
	let vector = named("gnark-json-2-inputs");
	let file = bytes(&json!({
		"vk": vector.part("verifying_key_json"),
		"proof": vector.part("proof_json"),
		"public_inputs": vector.part("public_inputs_json"),
	}));
	let own = |name: &str| bytes(vector.part(name));
	assert_eq!(gnark_json::read_key(&file), gnark_json::read_key(&own("verifying_key_json")));
	assert_eq!(gnark_json::read_proof(&file), gnark_json::read_proof(&own("proof_json")));
	assert_eq!(gnark_json::read_inputs(&file), gnark_json::read_inputs(&own("public_inputs_json")));
	assert_eq!(guess::kind(&file), Some(Kind::Gnark));
}

#[test]
fn named_signals_are_in_the_order_of_the_file_unless_their_names_are_numbers() {
	let file = br#"{"Y": 35, "A": "3", "x-1": "0x7"}"#;
	let expected = vec![small(35), small(3), small(7)];
	assert_eq!(gnark_json::read_inputs(file), Ok(expected.clone()));
	assert_eq!(snarkjs::read_inputs(file), Ok(expected));
	let names = ["Y", "A", "x-1"].map(str::to_owned).to_vec();
	assert_eq!(guess::signal_names(file), Some(names));
	assert_eq!(guess::signal_names(b"[1]"), None);
	for (file, words) in [
		(&br#"{"0": "33"}"#[..], r#"whose names tell their order, got the name "0""#),
		(br#"{"root": "1", "12": "2"}"#, r#"got the name "12""#),
		(br#"{}"#, "expected a list, or an object of named signals, got an object"),
		(br#"{"a": {"b": "1"}}"#, "public inputs.a: expected a whole number"),
		(br#"{"a": "1", "a": "1"}"#, r#"got JSON with "a" twice in one object"#),
		(br#"{"a b.c": null}"#, r#"public inputs."a b.c": expected a whole number"#),
		(br#""33""#, r#"expected a list, got "33""#),
	] {
		assert!(refusal(snarkjs::read_inputs(file)).contains(words), "{words}");
	}
}

#[test]
fn a_number_has_one_value_however_it_is_spelled() {
	for file in [&br#"["33"]"#[..], b"[33]", br#"["0x21"]"#, br#"["0x0021"]"#] {
		assert_eq!(snarkjs::read_inputs(file), Ok(vec![small(33)]));
	}
	// Never through a float: the digits in the file are the number.
	let largest = "21888242871839275222246405745257275088548364400416034343698204186575808495616";
	let quoted = snarkjs::read_inputs(format!("[\"{largest}\"]").as_bytes()).unwrap();
	assert_eq!(snarkjs::read_inputs(format!("[{largest}]").as_bytes()), Ok(quoted.clone()));
	assert_eq!(gnark_json::read_inputs(b"[-1]"), Ok(quoted));
	for wrong in [
		"[33.0]",
		"[3.3e1]",
		"[\"3.3e1\"]",
		"[\"033\"]",
		"[\"+33\"]",
		"[\" 33\"]",
		"[\"3_3\"]",
		"[\"\u{ff13}\u{ff13}\"]",
		"[null]",
		"[[\"33\"]]",
		"[true]",
		"[\"0X21\"]",
		"[\"21h\"]",
		"[-1]",
		"[\"-1\"]",
		"[\"\"]",
		"[\"0x\"]",
	] {
		let refused = refusal(snarkjs::read_inputs(wrong.as_bytes()));
		assert!(refused.contains("public inputs[0]: expected a whole number"), "{refused}");
	}
	for wrong in ["[-65536]", "[\"-\"]", "[-0]", "[\"--1\"]"] {
		let refused = refusal(gnark_json::read_inputs(wrong.as_bytes()));
		assert!(refused.contains("public inputs[0]: expected a whole number"), "{refused}");
	}
	let more = largest.replace("616", "617");
	for wrong in [format!("[{more}]"), format!("[\"{more}\"]")] {
		let refused = refusal(snarkjs::read_inputs(wrong.as_bytes()));
		assert!(refused.contains("expected a number below the group order, got 2188"), "{refused}");
	}
}

#[test]
fn garagas_files_have_decimal_coordinates_too_and_one_of_them_a_slip_of_the_pen() {
	fn decimal(value: &Value) -> Value {
		match value {
			Value::String(text) => match text.strip_prefix("0x") {
				Some(_) => {
					let inputs = snarkjs::read_inputs(&bytes(&json!([text])));
					// Coordinates may be above the order of the group, and are then left in hex.
					inputs.map_or(value.clone(), |inputs| snarkjs::write_inputs(&inputs)[0].clone())
				}
				None => value.clone(),
			},
			Value::Array(items) => items.iter().map(decimal).collect(),
			Value::Object(fields) => {
				fields.iter().map(|(name, value)| (name.clone(), decimal(value))).collect()
			}
			other => other.clone(),
		}
	}
	let vector = named("plain-hex-1-input");
	let (key, proof) = (vector.part("verifying_key_json"), vector.part("proof_json"));
	assert_ne!(decimal(key), *key);
	assert_eq!(garaga::read_key(&bytes(&decimal(key))), garaga::read_key(&bytes(key)));
	assert_eq!(garaga::read_proof(&bytes(&decimal(proof))), garaga::read_proof(&bytes(proof)));
	let mut slip = key.clone();
	let fields = slip.as_object_mut().unwrap();
	let curve = fields.remove("elliptic_curve_id").unwrap();
	fields.insert("eliptic_curve_id".into(), curve);
	assert_eq!(garaga::read_key(&bytes(&slip)), garaga::read_key(&bytes(key)));
	assert_eq!(guess::kind(&bytes(&slip)), Some(Kind::Garaga));
	slip["eliptic_curve_id"] = json!("bls12_381");
	assert!(refusal(garaga::read_key(&bytes(&slip))).contains("got \"bls12_381\""));
}

#[test]
fn words_for_a_contract_are_bytes_lists_or_a_call() {
	let vector = named("snarkjs-multiplier");
	let proof = snarkjs::read_proof(&bytes(vector.part("proof_json"))).unwrap();
	let whole = evm::write_proof(&proof).unwrap();
	assert_eq!(evm::read_proof(&whole).as_ref(), Ok(&proof));
	let words: Vec<String> =
		whole.chunks(32).map(|word| format!("0x{}", ::hex::encode(word))).collect();
	assert_eq!(evm::read_words(&bytes(&json!(words))).as_ref(), Ok(&proof));
	let [ax, ay, bx1, bx0, by1, by0, cx, cy] = &words[..] else { panic!("eight words") };
	let call = json!([[ax, ay], [[bx1, bx0], [by1, by0]], [cx, cy], ["0x21", "7"]]).to_string();
	// As snarkjs prints it, and as a list.
	for call in [&call[1..call.len() - 1], &call] {
		assert_eq!(evm::read_words(call.as_bytes()).as_ref(), Ok(&proof));
		assert_eq!(evm::read_inputs(call.as_bytes()), Ok(vec![small(33), small(7)]));
		assert!(guess::has_inputs(call.as_bytes()));
	}
	assert_eq!(evm::read_inputs(b"[33, \"7\"]"), Ok(vec![small(33), small(7)]));
	assert!(!guess::has_inputs(&bytes(&json!(words))));
	for (file, words) in [
		(b"[1, 2]".to_vec(), "proof: expected 8 items, got 2"),
		(b"[1] [2]".to_vec(), "proof: expected one value of JSON in UTF-8, got JSON with more"),
		(b"[[1], [2], [3], [4]]".to_vec(), "expected 2 items, got 1"),
		(b"{}".to_vec(), "proof: expected a list, got an object"),
	] {
		assert!(refusal(evm::read_words(&file)).contains(words), "{words}");
	}
	let short = refusal(evm::read_proof(&whole[..255]));
	assert_eq!(short, "proof: expected 256 bytes, eight words of 32, got 255");
}

#[test]
fn gnarks_proofs_and_witnesses_of_other_lengths_are_named_by_their_length() {
	let vector = named("gnark-binary-1-input");
	let proof = unhex(vector.part("proof_gnark_compressed"));
	let solidity = unhex(&vector.file["encodings"]["proof_eip197"]);
	let more = [&solidity[..], &[0; 128]].concat();
	for (file, got) in [(&proof[..128], 128), (&solidity, 256), (&more, 384), (&[0; 552], 552)] {
		let refused = refusal(gnark::read_proof(file, gnark::form(file)));
		let expected =
			"164 bytes as WriteTo makes them, 324 of WriteRawTo or 256 of MarshalSolidity";
		assert_eq!(refused, format!("proof: expected {expected}, got {got}"));
	}
	let witness = unhex(vector.part("public_witness_gnark"));
	for (file, words) in [
		(
			witness[12..].to_vec(),
			"expected a header of 12 bytes and 32 for each input, got 32 bytes",
		),
		(vec![], "got 0 bytes"),
		([&[0, 0, 0, 2], &witness[4..]].concat(), "expected 2 values, as many as it says, got 1"),
	] {
		let words = words.replace("as many as it says,", "as many as it says are public,");
		let refused = refusal(gnark::read_inputs(&file));
		assert!(refused.contains(&words), "{refused}");
	}
}

fn risc0_fixture(vector: &Vector) -> Value {
	json!({
		"seal": hex(vector.part("seal")),
		"image_id": hex(vector.part("image_id")),
		"journal": hex(vector.part("journal")),
	})
}

#[test]
fn parts_and_receipts_of_risc_zero_are_read_from_json() {
	let vector = named("risc0-v2.1");
	let part = |name: &str| unhex(vector.part(name));
	let expected = risc0::Published {
		seal: part("seal"),
		journal: Some(part("journal")),
		image_id: Some(unhex_to(vector.part("image_id"))),
	};
	let fixture = risc0_fixture(&vector);
	assert_eq!(risc0::read_file(&bytes(&fixture)).as_ref(), Ok(&expected));
	assert_eq!(guess::kind(&bytes(&fixture)), Some(Kind::Risc0));
	let words = |bytes: &[u8]| -> Vec<u32> {
		bytes.chunks(4).map(|word| u32::from_le_bytes(word.try_into().unwrap())).collect()
	};
	let named_otherwise = json!({
		"imageId": words(&part("image_id")),
		"sealHex": fixture["seal"],
		"journalHex": vector.part("journal"),
	});
	assert_eq!(risc0::read_file(&bytes(&named_otherwise)).as_ref(), Ok(&expected));

	// A receipt's own seal is without the selector, which its parameters begin with.
	let parameters = [&expected.seal[..4], &[7; 28]].concat();
	let receipt = json!({
		"inner": { "Groth16": {
			"seal": expected.seal[4..],
			"claim": { "Value": {} },
			"verifier_parameters": words(&parameters),
		} },
		"journal": { "bytes": part("journal") },
		"metadata": { "verifier_parameters": words(&parameters) },
	});
	let unnamed = risc0::Published { image_id: None, ..expected.clone() };
	assert_eq!(risc0::read_file(&bytes(&receipt)), Ok(unnamed));
	let wrapped = json!({ "receipt": receipt, "image_id": hex(vector.part("image_id")) });
	assert_eq!(risc0::read_file(&bytes(&wrapped)).as_ref(), Ok(&expected));
	let seal = risc0::read_seal(&expected.seal).unwrap();
	let claim = seal.claim(&part("journal")).unwrap();
	assert!(matches!(claim, Claim::Risc0 { selector: [0xf5, 0x36, 0x08, 0x5a], .. }));

	let inner = |inner: Value| {
		let mut file = receipt.clone();
		file["inner"] = inner;
		refusal(risc0::read_file(&bytes(&file)))
	};
	for (refused, words) in [
		(inner(json!({ "Fake": {} })), "got one of RISC Zero's dev mode, which proves nothing"),
		(
			inner(json!({ "Composite": { "segments": [] } })),
			"receipt.inner: expected a receipt of Groth16, got \"Composite\"",
		),
		(inner(json!(null)), "expected a receipt of Groth16, got none"),
		(inner(json!({ "Groth16": {} })), "expected a field verifier_parameters"),
		(
			inner(json!({ "Groth16": { "seal": [256], "verifier_parameters": vec![0; 8] } })),
			"seal[0]: expected a byte, got 256",
		),
		(refusal(risc0::read_file(b"{}")), "receipt: expected a field seal"),
		(
			refusal(risc0::read_file(br#"{"seal": "0x0"}"#)),
			"expected bytes: pairs of hexadecimal digits",
		),
		(
			refusal(risc0::read_file(br#"{"seal": "00", "imageId": "0x00"}"#)),
			"imageId: expected 32 bytes, got 1",
		),
	] {
		assert!(refused.contains(words), "{refused}");
	}
}

#[test]
fn seals_of_dev_mode_are_named_and_others_by_their_length() {
	let seal = unhex(named("risc0-v3.0").part("seal"));
	let digest = [0x5a; 32];
	let dev =
		|selector: &str| format!("got one of RISC Zero's dev mode, selector {selector}, which");
	let mut abi = vec![0; 64];
	(abi[31], abi[62], abi[63]) = (32, 1, 4);
	abi.extend(&seal);
	abi.extend([0; 28]);
	for (file, words) in [
		([&[0xff; 4][..], &digest].concat(), dev("0xffffffff")),
		([&[0; 4][..], &digest].concat(), dev("0x00000000")),
		([&[0xff; 4][..], &digest, &[0; 224]].concat(), dev("0xffffffff")),
		([&[0xff; 4][..], &seal[4..]].concat(), dev("0xffffffff")),
		(seal[4..].to_vec(), "got 256 bytes, as many as a proof without a selector has".into()),
		(seal[..4].to_vec(), "a selector of 4 and a proof of 256, got 4 bytes".into()),
		(abi, "got 352 bytes, a seal within ABI's encoding of bytes".into()),
		(vec![], "got 0 bytes".into()),
	] {
		let refused = refusal(risc0::read_seal(&file));
		assert!(refused.contains(&words), "{refused}");
	}
}

#[test]
fn a_fixture_of_sp1s_template_is_read() {
	for name in ["sp1-v5.0.0", "sp1-v6.1.0"] {
		let vector = named(name);
		let fixture = json!({
			"a": 6765,
			"b": 10946,
			"n": 20,
			"vkey": hex(vector.part("program_vkey")),
			"publicValues": hex(vector.part("public_values")),
			"proof": hex(vector.part("proof_bytes")),
		});
		let expected = sp1::Published {
			proof: unhex(vector.part("proof_bytes")),
			public_values: Some(unhex(vector.part("public_values"))),
			vkey: Some(unhex_to(vector.part("program_vkey"))),
		};
		assert_eq!(sp1::read_file(&bytes(&fixture)).as_ref(), Ok(&expected));
		assert_eq!(guess::kind(&bytes(&fixture)), Some(Kind::Sp1));
		let version = sp1::read_proof(&expected.proof).unwrap();
		assert_eq!(matches!(version, sp1::ProofBytes::V5(_)), name == "sp1-v5.0.0");
	}
	let refused = refusal(sp1::read_proof(&[]));
	assert!(refused.contains("expected 260 bytes of a Groth16 proof, or 356 of version 6, got 0"));
	assert!(refusal(sp1::read_file(b"{}")).contains("fixture: expected a field proof"));
}
