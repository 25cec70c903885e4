//! The published vectors, and what a file of each kind says.

use std::{fs, path::Path};

use serde_json::Value;
use zkml_primitives::{ProgramKey, Proof, Scalar, G1, G2};
use zkml_program_files::{arkworks, evm, garaga, gnark, gnark_json, risc0, snarkjs, sp1};
use zkml_program_files::{Form, FormatError};
use zkml_programs::{Claim, ProgramKind};

/// A file of `tests/vectors`.
#[derive(Clone, Debug)]
pub struct Vector {
	pub name: String,
	pub kind: String,
	pub file: Value,
}

/// What an envelope says.
#[derive(Clone, Debug)]
pub struct Parts {
	pub program: ProgramKind,
	pub key: ProgramKey,
	/// None where a file is of a key alone.
	pub shown: Option<(Claim, Proof)>,
}

/// All files that other tools' proofs are in, by name.
pub fn all() -> Vec<Vector> {
	// Of whichever crate's tests these are, as deep in the tree as it is.
	let mut folders = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
	let folder = folders
		.find_map(|folder| Some(folder.join("tests/vectors")).filter(|folder| folder.is_dir()))
		.expect("the tree has a folder of vectors");
	let mut paths: Vec<_> = fs::read_dir(folder)
		.expect("the folder of vectors can be read")
		.map(|entry| entry.expect("an entry of the folder").path())
		.filter(|path| path.extension().is_some_and(|extension| extension == "json"))
		.filter(|path| {
			// Those are of our own making.
			let ours = ["tensor", "committed", "statements"];
			path.file_stem().is_some_and(|name| ours.iter().all(|own| name != *own))
		})
		.collect();
	paths.sort();
	let read = |path: &std::path::PathBuf| {
		let file: Value = serde_json::from_slice(&fs::read(path).unwrap()).expect("JSON");
		let text = |name: &str| file[name].as_str().expect("a name and a kind").to_owned();
		Vector { name: text("name"), kind: text("kind"), file }
	};
	paths.iter().map(read).collect()
}

/// The file of this name.
pub fn named(name: &str) -> Vector {
	all().into_iter().find(|vector| vector.name == name).expect("a vector of this name")
}

/// Those that must be accepted, with what is in them.
pub fn accepted() -> Vec<(Vector, Parts)> {
	let good = all().into_iter().filter(|vector| vector.file["expect"] == "accept");
	good.map(|vector| {
		let parts = vector.read().unwrap_or_else(|e| panic!("{}: {e}", vector.name));
		(vector, parts)
	})
	.collect()
}

/// A decimal number below 2^256, whatever the modulus.
fn word(value: &Value) -> [u8; 32] {
	let mut out = [0u8; 32];
	for digit in value.as_str().expect("numbers are strings").bytes() {
		let carry = out.iter_mut().rev().fold(u16::from(digit - b'0'), |carry, byte| {
			let sum = carry + u16::from(*byte) * 10;
			*byte = sum as u8;
			sum >> 8
		});
		assert_eq!(carry, 0, "{value} does not fit");
	}
	out
}

fn words<const N: usize>(values: &[&Value]) -> [u8; N] {
	values.iter().flat_map(|value| word(value)).collect::<Vec<_>>().try_into().unwrap()
}

fn g1(value: &Value) -> G1 {
	G1(words(&[&value[0], &value[1]]))
}

fn g2(value: &Value) -> G2 {
	G2(words(&[&value[0][1], &value[0][0], &value[1][1], &value[1][0]]))
}

/// The key in a block of plain numbers, unchecked.
pub fn plain_key(vk: &Value) -> ProgramKey {
	ProgramKey {
		alpha: g1(&vk["alpha_g1"]),
		beta: g2(&vk["beta_g2"]),
		gamma: g2(&vk["gamma_g2"]),
		delta: g2(&vk["delta_g2"]),
		ic: vk["ic"].as_array().unwrap().iter().map(g1).collect::<Vec<_>>().try_into().unwrap(),
	}
}

/// The bytes of a value, as a file would have them.
pub fn bytes(value: &Value) -> Vec<u8> {
	serde_json::to_vec(value).unwrap()
}

/// Bytes in hexadecimal digits.
pub fn unhex(value: &Value) -> Vec<u8> {
	hex::decode(value.as_str().expect("hexadecimal digits in a string")).unwrap()
}

pub fn unhex_to<const N: usize>(value: &Value) -> [u8; N] {
	unhex(value).try_into().expect("as many bytes as the field has")
}

impl Vector {
	/// A part of the envelope.
	pub fn part(&self, name: &str) -> &Value {
		&self.file["envelope"][name]
	}

	/// The block of plain numbers, unchecked: key, proof and inputs. None where nothing decodes.
	pub fn plain(&self) -> Option<(ProgramKey, Option<Proof>, Vec<Scalar>)> {
		let block = self.file["groth16"].as_object()?;
		let proof = block.get("proof").map(|proof| {
			let (a, b, c) = (g1(&proof["a"]), g2(&proof["b"]), g1(&proof["c"]));
			Proof { a, b, c, commitments: Default::default() }
		});
		let inputs = block.get("public_inputs").and_then(Value::as_array);
		let inputs = inputs.into_iter().flatten().map(|input| Scalar(word(input))).collect();
		Some((plain_key(&block["vk"]), proof, inputs))
	}

	/// Reads the envelope with the readers under test.
	pub fn read(&self) -> Result<Parts, FormatError> {
		let file = |name: &str| bytes(self.part(name));
		let (program, key, claim, proof) = match self.kind.as_str() {
			"snarkjs" => {
				let key = snarkjs::read_key(&file("verification_key_json"))?;
				let inputs = snarkjs::read_inputs(&file("public_json"))?;
				let proof = snarkjs::read_proof(&file("proof_json"))?;
				(ProgramKind::Groth16, key, claim(inputs), proof)
			}
			"gnark-binary" | "gnark-binary-key" => {
				let key = unhex(self.part("verifying_key_gnark_compressed"));
				let key = gnark::read_key(&key, gnark::form(&key))?.key;
				let program = ProgramKind::Groth16;
				if self.part("proof_gnark_compressed").is_null() {
					return Ok(Parts { program, key, shown: None });
				}
				let proof = unhex(self.part("proof_gnark_compressed"));
				let proof = gnark::read_proof(&proof, gnark::form(&proof))?;
				let inputs = gnark::read_inputs(&unhex(self.part("public_witness_gnark")))?;
				(program, key, claim(inputs), proof)
			}
			"gnark-json" => {
				let key = gnark_json::read_key(&file("verifying_key_json"))?.key;
				let inputs = gnark_json::read_inputs(&file("public_inputs_json"))?;
				let proof = gnark_json::read_proof(&file("proof_json"))?;
				(ProgramKind::Groth16, key, claim(inputs), proof)
			}
			"arkworks" => {
				let form = Form::Uncompressed;
				let key = arkworks::read_key(&unhex(self.part("verifying_key_bytes")), form)?;
				let inputs = self.part("public_inputs_little_endian").as_array().unwrap();
				let inputs = inputs.iter().map(|input| arkworks::read_input(&unhex(input)));
				let inputs = inputs.collect::<Result<_, _>>()?;
				let proof = arkworks::read_proof(&unhex(self.part("proof_bytes")), form)?;
				(ProgramKind::Groth16, key, claim(inputs), proof)
			}
			"plain-hex" => {
				let key = garaga::read_key(&file("verifying_key_json"))?;
				let (proof, inputs) = garaga::read_proof(&file("proof_json"))?;
				(ProgramKind::Groth16, key, claim(inputs), proof)
			}
			"solidity-uint256" => {
				// The key stands in a contract's source, not in a format of its own.
				let key = plain_key(self.part("verifying_key"));
				let inputs = snarkjs::read_inputs(&file("public_inputs"))?;
				let proof = evm::read_words(&file("proof_uint256_8"))?;
				(ProgramKind::Groth16, key, claim(inputs), proof)
			}
			"risc0" => self.read_risc0()?,
			"sp1" => self.read_sp1()?,
			other => panic!("{}: kind {other} is unknown", self.name),
		};
		Ok(Parts { program, key, shown: Some((claim, proof)) })
	}

	fn read_risc0(&self) -> Result<(ProgramKind, ProgramKey, Claim, Proof), FormatError> {
		let seal = risc0::read_seal(&unhex(self.part("seal")))?;
		assert_eq!(hex::encode(seal.selector), self.part("selector").as_str().unwrap());
		let program = ProgramKind::Risc0 {
			image_id: unhex_to(self.part("image_id")),
			control_root: unhex_to(self.part("control_root")),
			control_id: unhex_to(self.part("bn254_control_id_big_endian")),
		};
		// One key for all, which is not in the envelope.
		let key = plain_key(&self.file["groth16"]["vk"]);
		let claim = seal.claim(&unhex(self.part("journal")))?;
		Ok((program, key, claim, seal.proof))
	}

	fn read_sp1(&self) -> Result<(ProgramKind, ProgramKey, Claim, Proof), FormatError> {
		let key = unhex(self.part("verifying_key_gnark_compressed"));
		let (key, verifier_hash) = sp1::read_key(&key)?;
		assert_eq!(hex::encode(verifier_hash), self.part("verifier_hash").as_str().unwrap());
		let vkey = unhex_to(self.part("program_vkey"));
		let (proof, values) = (unhex(self.part("proof_bytes")), unhex(self.part("public_values")));
		if self.part("expected_vk_root").is_null() {
			let proof = sp1::read_v5(&proof)?;
			let program = ProgramKind::Sp1V5 { vkey, verifier_hash };
			return Ok((program, key.key, proof.claim(&values)?, proof.proof));
		}
		let proof = sp1::read_v6(&proof)?;
		let vk_root = unhex_to(self.part("expected_vk_root"));
		let program = ProgramKind::Sp1V6 { vkey, vk_root, verifier_hash };
		Ok((program, key.key, proof.claim(&values)?, proof.proof))
	}
}

/// Inputs as they are; readers keep to the bound.
pub fn claim(inputs: Vec<Scalar>) -> Claim {
	Claim::Inputs(inputs.try_into().expect("no more than a key may have"))
}
