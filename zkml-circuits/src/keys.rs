//! The proving key and its file.

use std::path::Path;

use ark_bn254::{Bn254, G1Affine, G2Affine};
use ark_groth16::{ProvingKey, VerifyingKey as ArkVerifyingKey};
use ark_serialize::{CanonicalDeserialize, CanonicalSerialize};
use codec::{DecodeAll, Encode};
use rayon::prelude::*;
use zkml_groth16::{write_g1, write_g2};
use zkml_primitives::{blake2_256, CircuitHash, CircuitKey, VerifyingKey, PLAIN_INPUTS};

use crate::files::{self, FileError, Kind};

const G1_BYTES: usize = 64;
const G2_BYTES: usize = 128;
/// The public points: alpha, beta, delta in G1; beta, gamma, delta in G2; the inputs'.
const FIXED_BYTES: usize = G1_BYTES * (3 + PLAIN_INPUTS + 1) + G2_BYTES * 3;

/// A proving key, and the settings hash of the model it was made for.
///
/// Whoever made it alone can forge proofs under it.
#[derive(Clone, Debug)]
pub struct ProvingKeyFile {
	settings: [u8; 32],
	key: ProvingKey<Bn254>,
	verifying_key: VerifyingKey,
	content_hash: [u8; 32],
	byte_len: u64,
}

impl ProvingKeyFile {
	/// For a key that has [`PLAIN_INPUTS`] public inputs.
	pub(crate) fn new(settings: [u8; 32], key: ProvingKey<Bn254>) -> Option<Self> {
		let verifying_key = wire_key(&key.vk)?;
		let mut file = Self { settings, key, verifying_key, content_hash: [0; 32], byte_len: 0 };
		let bytes = file.bytes();
		file.content_hash = blake2_256(&bytes);
		file.byte_len = bytes.len() as u64;
		Some(file)
	}

	/// The settings hash of the model it is for.
	pub fn settings_hash(&self) -> [u8; 32] {
		self.settings
	}

	/// The key as arkworks has it.
	pub fn key(&self) -> &ProvingKey<Bn254> {
		&self.key
	}

	/// The verifying key, which the chain keeps.
	pub fn verifying_key(&self) -> VerifyingKey {
		self.verifying_key
	}

	/// The circuit's name.
	pub fn circuit_hash(&self) -> CircuitHash {
		CircuitKey::Plain(self.verifying_key).hash()
	}

	/// BLAKE2b-256 of the file.
	pub fn content_hash(&self) -> [u8; 32] {
		self.content_hash
	}

	/// Size of the file.
	pub fn byte_len(&self) -> u64 {
		self.byte_len
	}

	/// Writes the file.
	pub fn save(&self, path: &Path) -> Result<(), FileError> {
		files::write(path, &self.bytes(), false)
	}

	fn bytes(&self) -> Vec<u8> {
		let key = &self.key;
		let mut payload = Vec::with_capacity(
			8 + FIXED_BYTES
				+ key.a_query.len() * (2 * G1_BYTES + G2_BYTES)
				+ (key.h_query.len() + key.l_query.len()) * G1_BYTES,
		);
		payload.extend_from_slice(&(key.a_query.len() as u32).to_le_bytes());
		payload.extend_from_slice(&(key.h_query.len() as u32).to_le_bytes());
		put(&mut payload, &[key.vk.alpha_g1, key.beta_g1, key.delta_g1]);
		put(&mut payload, &[key.vk.beta_g2, key.vk.gamma_g2, key.vk.delta_g2]);
		put(&mut payload, &key.vk.gamma_abc_g1);
		put(&mut payload, &key.a_query);
		put(&mut payload, &key.b_g1_query);
		put(&mut payload, &key.b_g2_query);
		put(&mut payload, &key.h_query);
		put(&mut payload, &key.l_query);
		files::pack(Kind::ProvingKey, self.settings, &payload)
	}

	/// Reads a file. Coordinates must be canonical; whether all points are on the curve is not
	/// checked, which would take longer than a proof: [`crate::Prover`] verifies each proof before
	/// it hands it out, and checks the one point that no verifier sees but that hides the witness.
	pub fn load(path: &Path) -> Result<Self, FileError> {
		let contents = files::read(path, Kind::ProvingKey)?;
		let bad = |got: &str| files::content(path, "a proving key", got);
		let key = parse(contents.payload()).ok_or_else(|| bad("points that cannot be read"))?;
		let verifying_key =
			wire_key(&key.vk).ok_or_else(|| bad("a wrong number of public inputs"))?;
		Ok(Self {
			settings: contents.settings,
			key,
			verifying_key,
			content_hash: blake2_256(&contents.bytes),
			byte_len: contents.bytes.len() as u64,
		})
	}
}

fn put<P: CanonicalSerialize>(to: &mut Vec<u8>, points: &[P]) {
	for point in points {
		// Writing to memory does not fail.
		let _ = point.serialize_uncompressed(&mut *to);
	}
}

fn take<P: CanonicalDeserialize + Send>(
	from: &mut &[u8],
	count: usize,
	size: usize,
) -> Option<Vec<P>> {
	let (points, rest) = from.split_at_checked(count.checked_mul(size)?)?;
	*from = rest;
	points
		.par_chunks_exact(size)
		.with_min_len(1024)
		.map(|bytes| P::deserialize_uncompressed_unchecked(bytes).ok())
		.collect()
}

fn parse(payload: &[u8]) -> Option<ProvingKey<Bn254>> {
	let from = &mut &*payload;
	let mut count = || -> Option<usize> {
		let (number, rest) = from.split_at_checked(4)?;
		*from = rest;
		Some(u32::from_le_bytes(number.try_into().ok()?) as usize)
	};
	let (wires, domain) = (count()?, count()?);
	let g1: Vec<G1Affine> = take(from, 3, G1_BYTES)?;
	let g2: Vec<G2Affine> = take(from, 3, G2_BYTES)?;
	let key = ProvingKey {
		vk: ArkVerifyingKey {
			alpha_g1: g1[0],
			beta_g2: g2[0],
			gamma_g2: g2[1],
			delta_g2: g2[2],
			gamma_abc_g1: take(from, PLAIN_INPUTS + 1, G1_BYTES)?,
		},
		beta_g1: g1[1],
		delta_g1: g1[2],
		a_query: take(from, wires, G1_BYTES)?,
		b_g1_query: take(from, wires, G1_BYTES)?,
		b_g2_query: take(from, wires, G2_BYTES)?,
		h_query: take(from, domain, G1_BYTES)?,
		l_query: take(from, wires.checked_sub(PLAIN_INPUTS + 1)?, G1_BYTES)?,
	};
	from.is_empty().then_some(key)
}

/// The verifying key in its wire form, if it has the right number of inputs.
pub(crate) fn wire_key(key: &ArkVerifyingKey<Bn254>) -> Option<VerifyingKey> {
	let ic: Vec<_> = key.gamma_abc_g1.iter().map(write_g1).collect();
	Some(VerifyingKey {
		alpha: write_g1(&key.alpha_g1),
		beta: write_g2(&key.beta_g2),
		gamma: write_g2(&key.gamma_g2),
		delta: write_g2(&key.delta_g2),
		ic: ic.try_into().ok()?,
	})
}

/// Writes a verifying key's file: SCALE of [`CircuitKey`] behind the header.
pub fn save_verifying_key(key: &ProvingKeyFile, path: &Path) -> Result<(), FileError> {
	let payload = CircuitKey::Plain(key.verifying_key).encode();
	files::write(path, &files::pack(Kind::VerifyingKey, key.settings, &payload), false)
}

/// Reads a verifying key's file. Its points are checked by `zkml_groth16::prepare`.
pub fn load_verifying_key(path: &Path) -> Result<CircuitKey, FileError> {
	let contents = files::read(path, Kind::VerifyingKey)?;
	CircuitKey::decode_all(&mut contents.payload())
		.map_err(|error| files::content(path, "a verifying key", error))
}
