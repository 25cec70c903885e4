//! Proofs of four public inputs that other tools made and published, and what was derived from
//! them: `tests/vectors`, each file with its source. Semaphore's and World ID's come from snarkjs.

use std::path::Path;

use serde_json::Value;
use zkml_primitives::{CircuitKey, Proof, Scalar, VerifyingKey, G1, G2, PLAIN_INPUTS};

use crate::verifier::{Answers, Backend};

/// The names of the files used here.
pub const NAMES: [&str; 7] = [
	"semaphore-v4",
	"semaphore-v4-reject-newer-key",
	"semaphore-v4-reject-nullifier-plus-r",
	"worldid-inclusion",
	"worldid-inclusion-reject-g2-order-swapped",
	"worldid-inclusion-reject-nullifier-plus-r",
	"worldid-inclusion-reject-signal-and-nullifier-swapped",
];

/// A published key, proof and inputs.
#[derive(Clone, Debug)]
pub struct Vector {
	/// The file's name.
	pub name: String,
	/// The key.
	pub key: CircuitKey,
	/// The proof.
	pub proof: Proof,
	/// The public inputs.
	pub inputs: [Scalar; PLAIN_INPUTS],
	/// Whether key, proof and inputs as plain numbers must be accepted.
	pub accept: bool,
}

/// A decimal number below 2^256 as 32 bytes, big-endian.
fn number(value: &Value) -> [u8; 32] {
	let digits = value.as_str().expect("numbers are decimal strings");
	let mut out = [0u8; 32];
	for digit in digits.bytes() {
		let mut carry = u32::from(digit - b'0');
		for byte in out.iter_mut().rev() {
			carry += u32::from(*byte) * 10;
			*byte = carry as u8;
			carry >>= 8;
		}
		assert_eq!(carry, 0, "{digits} does not fit 32 bytes");
	}
	out
}

fn join<const N: usize>(parts: &[&Value]) -> [u8; N] {
	let bytes: Vec<u8> = parts.iter().flat_map(|part| number(part)).collect();
	bytes.try_into().expect("as many coordinates as the point has")
}

fn g1(value: &Value) -> G1 {
	G1(join(&[&value[0], &value[1]]))
}

/// The files have the real part first, the wire the imaginary one.
fn g2(value: &Value) -> G2 {
	G2(join(&[&value[0][1], &value[0][0], &value[1][1], &value[1][0]]))
}

/// Reads a vector from a folder.
pub fn load(folder: &Path, name: &str) -> Vector {
	let path = folder.join(format!("{name}.json"));
	let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
	let file: Value = serde_json::from_str(&text).expect("a vector is JSON");
	let block = &file["groth16"];
	let (vk, proof) = (&block["vk"], &block["proof"]);
	let ic = vk["ic"].as_array().expect("a key lists its IC points");
	let inputs = block["public_inputs"].as_array().expect("a vector lists its inputs");
	let accept = match block["groth16_alone"].as_str() {
		Some(alone) => alone == "accept",
		None => file["expect"] == "accept",
	};
	Vector {
		name: name.to_owned(),
		key: CircuitKey::Plain(VerifyingKey {
			alpha: g1(&vk["alpha_g1"]),
			beta: g2(&vk["beta_g2"]),
			gamma: g2(&vk["gamma_g2"]),
			delta: g2(&vk["delta_g2"]),
			ic: ic.iter().map(g1).collect::<Vec<_>>().try_into().expect("four inputs"),
		}),
		proof: Proof {
			a: g1(&proof["a"]),
			b: g2(&proof["b"]),
			c: g1(&proof["c"]),
			commitments: Default::default(),
		},
		inputs: inputs
			.iter()
			.map(|input| Scalar(number(input)))
			.collect::<Vec<_>>()
			.try_into()
			.expect("four inputs"),
		accept,
	}
}

/// Runs all of them. Panics with the file's name if an answer is wrong.
pub fn run(backend: &mut impl Backend, folder: &Path) -> Answers {
	NAMES
		.iter()
		.map(|name| {
			let vector = load(folder, name);
			assert_eq!(backend.prepare(&vector.key), Ok(()), "{name}: the key is sound");
			let answer = backend.verify(&vector.key, None, &vector.inputs, &vector.proof);
			assert_eq!(answer.is_ok(), vector.accept, "{name}: {answer:?}");
			(vector.name, answer)
		})
		.collect()
}
