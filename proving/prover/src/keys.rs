//! The proving key and its file.

use std::path::Path;

use ark_bn254::{G1Affine, G2Affine};
use ark_serialize::{CanonicalDeserialize, CanonicalSerialize};
use codec::{DecodeAll, Encode};
use rayon::prelude::*;
use zkml_groth16::{write_g1, write_g2};
use zkml_primitives::{
	blake2_256, CircuitHash, CircuitKey, RoundsKey, VerifyingKey, MAX_ROUNDS, PLAIN_INPUTS,
};

use crate::{
	files::{self, FileError, Kind},
	r1cs::R1cs,
};

const G1_BYTES: usize = 64;
const G2_BYTES: usize = 128;

/// The points that verifiers have.
#[derive(Clone, Debug)]
pub struct VerifyingPoints {
	/// alpha in G1.
	pub alpha: G1Affine,
	/// beta in G2.
	pub beta: G2Affine,
	/// gamma in G2.
	pub gamma: G2Affine,
	/// delta in G2.
	pub delta: G2Affine,
	/// The delta of each round in G2.
	pub rounds: Vec<G2Affine>,
	/// One point for the constant 1, then one per public input.
	pub ic: Vec<G1Affine>,
}

/// What commits to the wires of a round.
#[derive(Clone, Debug)]
pub struct Round {
	/// The round's delta in G1, which takes the commitment's blinding back.
	pub delta_g1: G1Affine,
	/// A point for each of its wires.
	pub query: Vec<G1Affine>,
}

/// A proving key. Wires that are on no side of a product have no point for that side.
#[derive(Clone, Debug)]
pub struct ProvingKey {
	/// The verifier's points.
	pub verifying: VerifyingPoints,
	/// beta in G1.
	pub beta_g1: G1Affine,
	/// delta in G1.
	pub delta_g1: G1Affine,
	/// Round by round.
	pub rounds: Vec<Round>,
	/// For the wires of [`R1cs::a_wires`].
	pub a: Vec<G1Affine>,
	/// For the wires of [`R1cs::b_wires`],
	pub b_g1: Vec<G1Affine>,
	/// and in G2.
	pub b_g2: Vec<G2Affine>,
	/// For the products' values, see [`crate::qap`].
	pub h: Vec<G1Affine>,
	/// For the wires of no round.
	pub last: Vec<G1Affine>,
}

impl ProvingKey {
	/// Numbers of points.
	fn sizes(&self) -> Vec<usize> {
		let fixed = [self.verifying.ic.len(), self.a.len(), self.b_g1.len(), self.h.len()];
		let rounds = self.rounds.iter().map(|round| round.query.len());
		fixed.into_iter().chain([self.last.len()]).chain(rounds).collect()
	}

	/// The numbers of points for a system, and those there are, if they are not the same.
	pub(crate) fn mismatch(&self, system: &R1cs) -> Option<(Vec<usize>, Vec<usize>)> {
		let mut expected = vec![
			system.public,
			system.a_wires.len(),
			system.b_wires.len(),
			system.len().next_power_of_two(),
			system.last().len(),
		];
		expected.extend((0..system.rounds.len()).map(|i| system.round(i).len()));
		let got = self.sizes();
		(expected != got).then_some((expected, got))
	}

	/// The verifying key in its wire form, if the chain has a kind for it.
	pub fn circuit_key(&self) -> Option<CircuitKey> {
		let VerifyingPoints { alpha, beta, gamma, delta, rounds, ic } = &self.verifying;
		if ic.len() != 1 + PLAIN_INPUTS + rounds.len() {
			return None;
		}
		let (alpha, delta) = (write_g1(alpha), write_g2(delta));
		let (beta, gamma) = (write_g2(beta), write_g2(gamma));
		let ic: Vec<_> = ic.iter().map(write_g1).collect();
		Some(if rounds.is_empty() {
			CircuitKey::Plain(VerifyingKey { alpha, beta, gamma, delta, ic: ic.try_into().ok()? })
		} else {
			let rounds: Vec<_> = rounds.iter().map(write_g2).collect();
			let (rounds, ic) = (rounds.try_into().ok()?, ic.try_into().ok()?);
			CircuitKey::Rounds(RoundsKey { alpha, beta, gamma, delta, rounds, ic })
		})
	}
}

/// The proving key's file, and the settings hash of the model it was made for.
///
/// Whoever made it alone can forge proofs under it.
#[derive(Clone, Debug)]
pub struct ProvingKeyFile {
	settings: [u8; 32],
	key: ProvingKey,
	circuit_key: CircuitKey,
	content_hash: [u8; 32],
	byte_len: u64,
}

impl ProvingKeyFile {
	/// For a key of a kind that the chain has.
	pub fn new(settings: [u8; 32], key: ProvingKey) -> Option<Self> {
		let circuit_key = key.circuit_key()?;
		let mut file = Self { settings, key, circuit_key, content_hash: [0; 32], byte_len: 0 };
		let bytes = file.bytes();
		file.content_hash = blake2_256(&bytes);
		file.byte_len = bytes.len() as u64;
		Some(file)
	}

	/// The settings hash of the model it is for.
	pub fn settings_hash(&self) -> [u8; 32] {
		self.settings
	}

	/// The key's points.
	pub fn key(&self) -> &ProvingKey {
		&self.key
	}

	/// The verifying key, which the chain keeps.
	pub fn circuit_key(&self) -> &CircuitKey {
		&self.circuit_key
	}

	/// The circuit's name.
	pub fn circuit_hash(&self) -> CircuitHash {
		self.circuit_key.hash()
	}

	/// BLAKE2b-256 of the file.
	pub fn content_hash(&self) -> [u8; 32] {
		self.content_hash
	}

	/// Size of the file.
	pub fn byte_len(&self) -> u64 {
		self.byte_len
	}

	/// Writes the file; with `secret`, as it should be for a private model's key, for its owner alone.
	pub fn save(&self, path: &Path, secret: bool) -> Result<(), FileError> {
		files::write(path, &self.bytes(), secret)
	}

	fn bytes(&self) -> Vec<u8> {
		let key = &self.key;
		let sizes = key.sizes();
		let points: usize = sizes.iter().sum::<usize>() + 3 * key.b_g2.len();
		let mut payload = Vec::with_capacity(2048 + points * G1_BYTES);
		payload.push(key.rounds.len() as u8);
		for size in sizes {
			payload.extend_from_slice(&(size as u32).to_le_bytes());
		}
		let VerifyingPoints { alpha, beta, gamma, delta, rounds, ic } = &key.verifying;
		put(&mut payload, &[*alpha, key.beta_g1, key.delta_g1]);
		put(&mut payload, &[*beta, *gamma, *delta]);
		put(&mut payload, rounds);
		put(&mut payload, ic);
		for round in &key.rounds {
			put(&mut payload, &[round.delta_g1]);
			put(&mut payload, &round.query);
		}
		put(&mut payload, &key.a);
		put(&mut payload, &key.b_g1);
		put(&mut payload, &key.b_g2);
		put(&mut payload, &key.h);
		put(&mut payload, &key.last);
		files::pack(Kind::ProvingKey, self.settings, &payload)
	}

	/// Reads a file. Coordinates must be canonical; whether all points are on the curve is not
	/// checked, which would take longer than a proof: provers verify each proof before
	/// they hand it out, and [`crate::KeyedSystem`] checks the points that no verifier sees but that
	/// hide the witness.
	pub fn load(path: &Path) -> Result<Self, FileError> {
		let contents = files::read(path, Kind::ProvingKey)?;
		let bad = |got: &str| files::content(path, "a proving key", got);
		let key = parse(contents.payload()).ok_or_else(|| bad("points that cannot be read"))?;
		let circuit_key =
			key.circuit_key().ok_or_else(|| bad("a wrong number of public inputs"))?;
		Ok(Self {
			settings: contents.settings,
			key,
			circuit_key,
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

fn parse(payload: &[u8]) -> Option<ProvingKey> {
	let (rounds, rest) = payload.split_first()?;
	let rounds = usize::from(*rounds);
	if rounds > MAX_ROUNDS as usize {
		return None;
	}
	let from = &mut &*rest;
	let mut count = || -> Option<usize> {
		let (number, rest) = from.split_at_checked(4)?;
		*from = rest;
		Some(u32::from_le_bytes(number.try_into().ok()?) as usize)
	};
	let (ic, a, b, h, last) = (count()?, count()?, count()?, count()?, count()?);
	let wires = (0..rounds).map(|_| count()).collect::<Option<Vec<_>>>()?;
	let g1: Vec<G1Affine> = take(from, 3, G1_BYTES)?;
	let g2: Vec<G2Affine> = take(from, 3, G2_BYTES)?;
	let key = ProvingKey {
		verifying: VerifyingPoints {
			alpha: g1[0],
			beta: g2[0],
			gamma: g2[1],
			delta: g2[2],
			rounds: take(from, rounds, G2_BYTES)?,
			ic: take(from, ic, G1_BYTES)?,
		},
		beta_g1: g1[1],
		delta_g1: g1[2],
		rounds: wires
			.into_iter()
			.map(|wires| {
				let delta: Vec<G1Affine> = take(from, 1, G1_BYTES)?;
				Some(Round { delta_g1: delta[0], query: take(from, wires, G1_BYTES)? })
			})
			.collect::<Option<_>>()?,
		a: take(from, a, G1_BYTES)?,
		b_g1: take(from, b, G1_BYTES)?,
		b_g2: take(from, b, G2_BYTES)?,
		h: take(from, h, G1_BYTES)?,
		last: take(from, last, G1_BYTES)?,
	};
	from.is_empty().then_some(key)
}

/// Writes a verifying key's file: SCALE of [`CircuitKey`] behind the header.
pub fn save_verifying_key(key: &ProvingKeyFile, path: &Path) -> Result<(), FileError> {
	let payload = key.circuit_key.encode();
	files::write(path, &files::pack(Kind::VerifyingKey, key.settings, &payload), false)
}

/// Reads a verifying key's file. Its points are checked by `zkml_groth16::prepare`.
pub fn load_verifying_key(path: &Path) -> Result<CircuitKey, FileError> {
	let contents = files::read(path, Kind::VerifyingKey)?;
	CircuitKey::decode_all(&mut contents.payload())
		.map_err(|error| files::content(path, "a verifying key", error))
}
