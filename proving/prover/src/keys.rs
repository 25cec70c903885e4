//! The proving key and its file.

use std::{
	io::{self, Write},
	path::Path,
};

use ark_bn254::{G1Affine, G2Affine};
use ark_serialize::{CanonicalDeserialize, CanonicalSerialize};
use codec::{Decode, DecodeAll, Encode, MaxEncodedLen};
use rayon::prelude::*;
use zkml_groth16::{write_g1, write_g2};
use zkml_primitives::{
	CircuitHash, CircuitKey, CommittedKey, RangeKey, RoundsKey, VerifyingKey, G2, MAX_ROUNDS,
	PLAIN_INPUTS,
};

use crate::{
	files::{self, FileError, Kind, Open, Payload, Streamed},
	queries::Query,
	r1cs::R1cs,
};

pub(crate) const G1_BYTES: usize = 64;
pub(crate) const G2_BYTES: usize = 128;

/// The points that verifiers have.
#[derive(Clone, Debug)]
pub struct VerifyingPoints {
	/// The point alpha, in G1.
	pub alpha: G1Affine,
	/// The point beta, in G2.
	pub beta: G2Affine,
	/// The point gamma, in G2.
	pub gamma: G2Affine,
	/// The point delta, in G2.
	pub delta: G2Affine,
	/// The delta of the wires that are committed to once, in G2, if there are any.
	pub committed: Option<G2Affine>,
	/// The delta of each round in G2.
	pub rounds: Vec<G2Affine>,
	/// One point for the constant 1, then one per public input.
	pub ic: Vec<G1Affine>,
}

/// What commits to the wires of a round.
#[derive(Clone, Debug)]
pub struct Round<InG1 = Vec<G1Affine>> {
	/// The round's delta in G1, which takes the commitment's blinding back.
	pub delta_g1: G1Affine,
	/// A point for each of its wires.
	pub query: InG1,
}

/// A proving key. Wires that are on no side of a product have no point for that side. Its queries are in
/// memory, or where [`crate::queries`] says.
#[derive(Clone, Debug)]
pub struct ProvingKey<InG1 = Vec<G1Affine>, InG2 = Vec<G2Affine>> {
	/// The points that verifiers have too.
	pub verifying: VerifyingPoints,
	/// The point beta, in G1.
	pub beta_g1: G1Affine,
	/// The point delta, in G1, which blinds A.
	pub delta_g1: G1Affine,
	/// For the wires that are committed to once. Their delta is not needed in G1: one of them is a salt.
	pub committed: Vec<G1Affine>,
	/// What commits to each round, in their order.
	pub rounds: Vec<Round<InG1>>,
	/// For the wires of [`R1cs::a_wires`].
	pub a: InG1,
	/// For the wires of [`R1cs::b_wires`], in G1.
	pub b_g1: InG1,
	/// For the wires of [`R1cs::b_wires`], in G2.
	pub b_g2: InG2,
	/// For the products' values, see [`crate::qap`].
	pub h: InG1,
	/// For the wires of no round.
	pub last: InG1,
}

impl<InG1: Query<G1Affine>, InG2: Query<G2Affine>> ProvingKey<InG1, InG2> {
	/// How many points each query has, in the order in which [`Self::mismatch`] expects them.
	fn sizes(&self) -> Vec<usize> {
		let fixed = [self.verifying.ic.len(), self.a.count(), self.b_g1.count(), self.h.count()];
		let rounds = self.rounds.iter().map(|round| round.query.count());
		fixed.into_iter().chain([self.last.count(), self.committed.len()]).chain(rounds).collect()
	}

	/// The numbers of points for a system, and those there are, if they are not the same.
	pub(crate) fn mismatch(&self, system: &R1cs) -> Option<(Vec<usize>, Vec<usize>)> {
		let mut expected = vec![
			system.public,
			system.a_wires.len(),
			system.b_wires.len(),
			system.len().next_power_of_two(),
			system.last().len(),
			system.committed,
		];
		expected.extend((0..system.rounds.len()).map(|i| system.round(i).len()));
		let got = self.sizes();
		(expected != got).then_some((expected, got))
	}

	/// The verifying key in its wire form, if the chain has a kind for it; `linked` are the points of the
	/// range circuit and the link, which a key of wires that are committed to once goes with.
	pub fn circuit_key(&self, linked: Option<(RangeKey, G2)>) -> Option<CircuitKey> {
		let VerifyingPoints { alpha, beta, gamma, delta, committed, rounds, ic } = &self.verifying;
		let (alpha, delta) = (write_g1(alpha), write_g2(delta));
		let (beta, gamma) = (write_g2(beta), write_g2(gamma));
		let ic: Vec<_> = ic.iter().map(write_g1).collect();
		let rounds: Vec<_> = rounds.iter().map(write_g2).collect();
		if let Some(params) = committed {
			let (range, link) = linked?;
			let [round] = rounds[..] else { return None };
			let (params, ic) = (write_g2(params), ic.try_into().ok()?);
			let key = CommittedKey { alpha, beta, gamma, delta, round, params, ic, range, link };
			return Some(CircuitKey::Committed(key));
		}
		if ic.len() != 1 + PLAIN_INPUTS + rounds.len() || linked.is_some() {
			return None;
		}
		Some(if rounds.is_empty() {
			CircuitKey::Plain(VerifyingKey { alpha, beta, gamma, delta, ic: ic.try_into().ok()? })
		} else {
			let (rounds, ic) = (rounds.try_into().ok()?, ic.try_into().ok()?);
			CircuitKey::Rounds(RoundsKey { alpha, beta, gamma, delta, rounds, ic })
		})
	}

	/// The points that range proofs are verified with, if it is a range circuit's.
	pub fn range_key(&self) -> Option<RangeKey> {
		let VerifyingPoints { delta, committed, rounds, ic, .. } = &self.verifying;
		let ([round], [one, challenge]) = (&rounds[..], &ic[..]) else { return None };
		Some(RangeKey {
			delta: write_g2(delta),
			round: write_g2(round),
			params: write_g2(committed.as_ref()?),
			ic: [write_g1(one), write_g1(challenge)],
		})
	}

	/// Writes sizes and points. Queries that are still in a file are read one after another.
	pub(crate) fn write(&self, to: &mut dyn Write) -> io::Result<()> {
		to.write_all(&[self.rounds.len() as u8])?;
		for size in self.sizes() {
			to.write_all(&(size as u32).to_le_bytes())?;
		}
		let VerifyingPoints { alpha, beta, gamma, delta, committed, rounds, ic } = &self.verifying;
		put(to, &[*alpha, self.beta_g1, self.delta_g1])?;
		put(to, &[*beta, *gamma, *delta])?;
		put(to, committed.as_slice())?;
		put(to, rounds)?;
		put(to, ic)?;
		put(to, &self.committed)?;
		let put_g1 = |to: &mut dyn Write, query: &InG1| -> io::Result<()> {
			put(to, &query.all().map_err(io::Error::other)?)
		};
		for round in &self.rounds {
			put(to, &[round.delta_g1])?;
			put_g1(to, &round.query)?;
		}
		put_g1(to, &self.a)?;
		put_g1(to, &self.b_g1)?;
		put(to, &self.b_g2.all().map_err(io::Error::other)?)?;
		put_g1(to, &self.h)?;
		put_g1(to, &self.last)
	}

	/// Reads what [`Self::write`] wrote, as far as it goes, with these ways to take a query of so many points.
	pub(crate) fn read(
		from: &mut Open,
		in_g1: &dyn Fn(&mut Open, usize) -> Option<InG1>,
		in_g2: &dyn Fn(&mut Open, usize) -> Option<InG2>,
	) -> Option<Self> {
		let rounds = usize::from(*from.next(1)?.first()?);
		if rounds > MAX_ROUNDS as usize {
			return None;
		}
		let mut count = || -> Option<usize> {
			Some(u32::from_le_bytes(from.next(4)?.try_into().ok()?) as usize)
		};
		let (ic, a, b, h, last) = (count()?, count()?, count()?, count()?, count()?);
		let committed = count()?;
		let wires = (0..rounds).map(|_| count()).collect::<Option<Vec<_>>>()?;
		let g1: Vec<G1Affine> = take(from, 3, G1_BYTES)?;
		let g2: Vec<G2Affine> = take(from, 3, G2_BYTES)?;
		let delta_of_committed: Vec<G2Affine> = take(from, committed.min(1), G2_BYTES)?;
		Some(Self {
			verifying: VerifyingPoints {
				alpha: g1[0],
				beta: g2[0],
				gamma: g2[1],
				delta: g2[2],
				committed: delta_of_committed.first().copied(),
				rounds: take(from, rounds, G2_BYTES)?,
				ic: take(from, ic, G1_BYTES)?,
			},
			beta_g1: g1[1],
			delta_g1: g1[2],
			committed: take(from, committed, G1_BYTES)?,
			rounds: wires
				.into_iter()
				.map(|wires| {
					let delta: Vec<G1Affine> = take(from, 1, G1_BYTES)?;
					Some(Round { delta_g1: delta[0], query: in_g1(from, wires)? })
				})
				.collect::<Option<_>>()?,
			a: in_g1(from, a)?,
			b_g1: in_g1(from, b)?,
			b_g2: in_g2(from, b)?,
			h: in_g1(from, h)?,
			last: in_g1(from, last)?,
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
	/// For a key of a kind that the chain has; with the points of its range circuit and the link, if it
	/// goes with any.
	pub fn new(
		settings: [u8; 32],
		key: ProvingKey,
		linked: Option<(RangeKey, G2)>,
	) -> Option<Self> {
		let circuit_key = key.circuit_key(linked)?;
		let mut file = Self { settings, key, circuit_key, content_hash: [0; 32], byte_len: 0 };
		(file.content_hash, file.byte_len) = file.streamed().content_hash();
		Some(file)
	}

	/// The settings hash of the model it is for.
	pub fn settings_hash(&self) -> [u8; 32] {
		self.settings
	}

	/// The points of the key.
	pub fn key(&self) -> &ProvingKey {
		&self.key
	}

	/// The verifying key, which the chain keeps.
	pub fn circuit_key(&self) -> &CircuitKey {
		&self.circuit_key
	}

	/// The circuit's name: the hash of its verifying key.
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
	///
	/// # Errors
	///
	/// If the file cannot be written.
	pub fn save(&self, path: &Path, secret: bool) -> Result<(), FileError> {
		self.streamed().save(path, secret)
	}

	fn streamed(&self) -> Streamed<'_> {
		Streamed::new(Kind::ProvingKey, self.settings, self)
	}

	/// Reads a file. Coordinates must be canonical; whether all points are on the curve is not
	/// checked, which would take longer than a proof: provers verify each proof before
	/// they hand it out, and [`crate::KeyedSystem`] checks the points that no verifier sees but that
	/// hide the witness.
	///
	/// # Errors
	///
	/// If the file cannot be read or is no proving key of a kind that the chain has.
	pub fn load(path: &Path) -> Result<Self, FileError> {
		UnreadKey::open(path)?.read()
	}
}

/// A proving key's file that is whole, and of which no point is in memory yet.
#[derive(Debug)]
pub struct UnreadKey(Open);

impl UnreadKey {
	/// Opens a file and hashes it.
	///
	/// # Errors
	///
	/// If the file cannot be read or is none of a proving key.
	pub fn open(path: &Path) -> Result<Self, FileError> {
		Open::new(path, Kind::ProvingKey).map(Self)
	}

	/// BLAKE2b-256 of the file.
	pub fn content_hash(&self) -> [u8; 32] {
		self.0.content_hash
	}

	/// The key, as [`ProvingKeyFile::load`] reads it.
	///
	/// # Errors
	///
	/// If it is no proving key of a kind that the chain has.
	pub fn read(self) -> Result<ProvingKeyFile, FileError> {
		let Self(mut from) = self;
		let path = from.path.clone();
		let bad = |got: &str| files::content(&path, "a proving key", got);
		let in_g1 = |from: &mut Open, count: usize| take(from, count, G1_BYTES);
		let in_g2 = |from: &mut Open, count: usize| take(from, count, G2_BYTES);
		let key = ProvingKey::read(&mut from, &in_g1, &in_g2);
		let key = key.ok_or_else(|| bad("points that cannot be read"))?;
		let linked = match key.verifying.committed {
			Some(_) => {
				let link = from.next(<(RangeKey, G2)>::max_encoded_len());
				let link = link.and_then(|bytes| Decode::decode(&mut &bytes[..]).ok());
				Some(link.ok_or_else(|| bad("no link"))?)
			}
			None => None,
		};
		if from.left() > 0 {
			return Err(bad("more than its points"));
		}
		let circuit_key =
			key.circuit_key(linked).ok_or_else(|| bad("a wrong number of public inputs"))?;
		let Open { settings, content_hash, byte_len, .. } = from;
		Ok(ProvingKeyFile { settings, key, circuit_key, content_hash, byte_len })
	}
}

impl Payload for ProvingKeyFile {
	fn write(&self, to: &mut dyn Write) -> io::Result<()> {
		self.key.write(to)?;
		match &self.circuit_key {
			CircuitKey::Committed(CommittedKey { range, link, .. }) => {
				to.write_all(&(range, link).encode())
			}
			CircuitKey::Plain(_) | CircuitKey::Rounds(_) | CircuitKey::Program(_) => Ok(()),
		}
	}
}

/// Points that are written or read at a time.
const PIECE: usize = 1 << 13;

pub(crate) fn put<P: CanonicalSerialize>(to: &mut dyn Write, points: &[P]) -> io::Result<()> {
	let mut bytes = Vec::new();
	for points in points.chunks(PIECE) {
		bytes.clear();
		for point in points {
			// Writing to memory does not fail.
			let _ = point.serialize_uncompressed(&mut bytes);
		}
		to.write_all(&bytes)?;
	}
	Ok(())
}

pub(crate) fn take<P: CanonicalDeserialize + Send>(
	from: &mut Open,
	count: usize,
	size: usize,
) -> Option<Vec<P>> {
	// Before there is room for them.
	if count.checked_mul(size)? as u64 > from.left() {
		return None;
	}
	let mut points = Vec::with_capacity(count);
	while points.len() < count {
		let bytes = from.next(size * PIECE.min(count - points.len()))?;
		let read = bytes.par_chunks_exact(size).with_min_len(1024);
		let read: Option<Vec<P>> =
			read.map(|bytes| P::deserialize_uncompressed_unchecked(bytes).ok()).collect();
		points.append(&mut read?);
	}
	Some(points)
}

/// Writes a verifying key's file: SCALE of [`CircuitKey`] behind the header.
///
/// # Errors
///
/// If the file cannot be written.
pub fn save_verifying_key(key: &ProvingKeyFile, path: &Path) -> Result<(), FileError> {
	let payload = key.circuit_key.encode();
	files::write(path, &files::pack(Kind::VerifyingKey, key.settings, &payload), false)
}

/// Reads a verifying key's file. Its points are checked by `zkml_groth16::prepare`.
///
/// # Errors
///
/// If the file cannot be read or is no verifying key.
pub fn load_verifying_key(path: &Path) -> Result<CircuitKey, FileError> {
	let contents = files::read(path, Kind::VerifyingKey)?;
	CircuitKey::decode_all(&mut contents.payload())
		.map_err(|error| files::content(path, "a verifying key", error))
}
