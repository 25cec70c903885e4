//! Two circuits with the same committed wires, and the link that says so.
//!
//! The first wire of each that is committed to once is a salt of its own; the others hold the same values,
//! in the same order. With `L_j` and `L'_j` the points of these wires in the two circuits, both over the same
//! powers, the link's query has `(L_j + L'_j) / epsilon` for each value, and the salts' points over epsilon
//! apart. So the sum K over the values of that query satisfies `e(W, delta_0) e(V, delta'_0) = e(K, epsilon)`
//! for commitments W and V to the same values, and nobody can write down such a K for other ones, as long as
//! all `L_j` and `L'_j` are independent: in one circuit these wires are in factors alone, so that beta or alpha
//! is in all of `L_j`, in the other in products alone, so that neither is in `L'_j`, and each has a factor or
//! product that it shares with none of the others (`docs/soundness.md`).

use std::{
	io::{self, Write},
	path::Path,
	sync::{Arc, Mutex},
};

use ark_bn254::{Fr, G1Affine, G1Projective, G2Affine, G2Projective};
use ark_ec::{scalar_mul::BatchMulPreprocessing, CurveGroup, PrimeGroup};
use ark_ff::{Field, PrimeField};
use rand::{CryptoRng, RngCore};
use zeroize::Zeroizing;
use zkml_groth16::{write_g1, write_g2, G1};
use zkml_primitives::CircuitKey;

use crate::{
	files::{self, FileError, Kind, Open, Payload, Streamed},
	keyed::ProverError,
	keys::{put, take, ProvingKey, ProvingKeyFile, G1_BYTES, G2_BYTES},
	msm::msm,
	queries::{self, KeyInParts, Part, Points},
	r1cs::{Place, R1cs},
	setup::{nonzero, Exponents, SetupError, ToxicWaste},
};

/// What shows that two commitments are to the same values.
#[derive(Clone, Debug)]
pub struct Link {
	/// The secret epsilon's point, in G2.
	pub epsilon: G2Affine,
	/// In G1: for both salts, the first circuit's first, then for each of the values.
	pub query: Vec<G1Affine>,
}

impl Link {
	/// With the points that are multiples by these scalars.
	fn new(epsilon: &Fr, query: Zeroizing<Vec<Fr>>) -> Self {
		let table = BatchMulPreprocessing::new(G1Projective::generator(), query.len());
		let epsilon = (G2Projective::generator() * epsilon).into_affine();
		Self { epsilon, query: table.batch_mul(&query) }
	}

	/// The point K for these salts and values.
	pub fn point(&self, salts: [Fr; 2], values: &[Fr]) -> G1 {
		let all: Vec<_> = salts.iter().chain(values).map(|value| value.into_bigint()).collect();
		write_g1(&msm(&self.query, &all).into_affine())
	}
}

/// The key of a range circuit, which is needed once for each commitment, and of the link. One that was read
/// from a file leaves its queries there until they are summed.
#[derive(Clone, Debug)]
pub struct RangeKeyFile {
	settings: [u8; 32],
	/// The points of the range circuit's key.
	pub key: KeyInParts,
	/// The points that link its parameters to those of inferences.
	pub link: Link,
}

/// Whether the two can be linked: both commit to as many wires, which in one circuit are in factors alone and in
/// the other in products alone, and each is bound by a row of its own.
pub(crate) fn check(inference: &R1cs, range: &R1cs) -> Result<(), SetupError> {
	let refuse = |circuit, expected: String, got: String| {
		Err(SetupError::NotLinked { circuit, expected, got })
	};
	let (ours, theirs) = (inference.committed, range.committed);
	if ours == 0 {
		return refuse("circuit", "committed wires for a range circuit".into(), "none".into());
	}
	if ours != theirs {
		let expected = format!("{ours} committed wires");
		return refuse("range circuit", expected, theirs.to_string());
	}
	for (circuit, system, place, own) in [
		("circuit", inference, Place::Factors, "a factor"),
		("range circuit", range, Place::Product, "a product"),
	] {
		if let Some(wire) = system.loose_committed(place) {
			let expected = format!("each committed wire in {own} of its own, and nowhere else");
			return refuse(circuit, expected, format!("wire {wire} that is not"));
		}
	}
	Ok(())
}

/// Makes the keys of two linked circuits with secrets of this process, as files that name the settings they
/// were made for.
///
/// # Errors
///
/// If a circuit is too large, they cannot be linked, or verifiers would refuse the key.
pub fn setup_linked(
	[inference, range]: [&R1cs; 2],
	settings: [u8; 32],
	rng: &mut (impl RngCore + CryptoRng),
	progress: &dyn Fn(&str, u64, u64),
) -> Result<(ProvingKeyFile, RangeKeyFile), SetupError> {
	let keys = generate_linked([inference, range], rng, progress)?;
	let (inputs, rounds) = (inference.public - 1, inference.rounds.len());
	let kind = SetupError::Kind { inputs, rounds };
	let files = linked_files(settings, keys).ok_or(kind)?;
	zkml_groth16::prepare(files.0.circuit_key()).map_err(SetupError::Key)?;
	Ok(files)
}

/// The files of two keys and their link; nothing if the chain has no kind for them.
pub(crate) fn linked_files(
	settings: [u8; 32],
	(inference, range, link): (ProvingKey, ProvingKey, Link),
) -> Option<(ProvingKeyFile, RangeKeyFile)> {
	let linked = (range.range_key()?, write_g2(&link.epsilon));
	let file = ProvingKeyFile::new(settings, inference, Some(linked))?;
	Some((file, RangeKeyFile { settings, key: range.into(), link }))
}

/// The keys of two circuits over the same powers, and their link.
///
/// # Errors
///
/// If a circuit is too large, or they cannot be linked.
pub fn generate_linked(
	[inference, range]: [&R1cs; 2],
	rng: &mut (impl RngCore + CryptoRng),
	progress: &dyn Fn(&str, u64, u64),
) -> Result<(ProvingKey, ProvingKey, Link), SetupError> {
	check(inference, range)?;
	let larger = if inference.len() > range.len() { inference } else { range };
	let too_large = || SetupError::TooLarge { constraints: larger.len() };
	// Outside the larger domain, so outside the other too, whose points it has.
	let waste = ToxicWaste::draw(larger, rng).ok_or_else(too_large)?;
	let of = [inference, range].map(|system| waste.clone().with_deltas_for(system, rng));
	let epsilon = Zeroizing::new(nonzero(rng));
	let exponents = |system, waste| Exponents::new(system, waste).ok_or_else(too_large);
	let ours = exponents(inference, &of[0])?;
	let committed = ours.committed.clone();
	let key = ours.points(&of[0], progress);
	let theirs = exponents(range, &of[1])?;
	// It is not zero.
	let per = Zeroizing::new(epsilon.inverse().unwrap_or_default());
	// The wires' scalars are divided by the deltas that commit to them.
	let [one, other] = [0, 1].map(|i| Zeroizing::new(of[i].committed * *per));
	let salts = [committed[0] * *one, theirs.committed[0] * *other];
	let values = committed[1..].iter().zip(&theirs.committed[1..]);
	let values = values.map(|(left, right)| *left * *one + *right * *other);
	let query: Vec<Fr> = salts.into_iter().chain(values).collect();
	let link = Link::new(&epsilon, Zeroizing::new(query));
	Ok((key, theirs.points(&of[1], progress), link))
}

impl RangeKeyFile {
	/// The settings hash of the model it is for.
	pub fn settings_hash(&self) -> [u8; 32] {
		self.settings
	}

	/// Whether it was made with a circuit's key, by the points that verifiers have.
	pub fn is_of(&self, circuit: &CircuitKey) -> bool {
		let own = self.key.range_key().map(|key| (key, write_g2(&self.link.epsilon)));
		match circuit {
			CircuitKey::Committed(key) => own == Some((key.range, key.link)),
			CircuitKey::Plain(_) | CircuitKey::Rounds(_) | CircuitKey::Program(_) => false,
		}
	}

	/// Refuses a key that is not the one of this range circuit that was made with a circuit's key, or that
	/// could give proofs that leak the parameters.
	///
	/// # Errors
	///
	/// If it is one of those.
	pub fn check(&self, circuit: &CircuitKey, system: &R1cs) -> Result<(), ProverError> {
		if !self.is_of(circuit) || self.link.query.len() != system.committed + 1 {
			return Err(ProverError::RangeKey);
		}
		if let Some((expected, got)) = self.key.mismatch(system) {
			return Err(ProverError::Size { expected, got });
		}
		// The link's points are no matter: K is the one point that verifies.
		match self.key.hides() {
			true => Ok(()),
			false => Err(ProverError::Blinding),
		}
	}

	/// Writes the file.
	///
	/// # Errors
	///
	/// If the file cannot be written.
	pub fn save(&self, path: &Path, secret: bool) -> Result<(), FileError> {
		Streamed::new(Kind::RangeKey, self.settings, self).save(path, secret)
	}

	/// Opens a file, checks that it is whole, and reads what is no query. As of a proving key, its points need
	/// not be on the curve: a range proof is verified before it is handed out.
	///
	/// # Errors
	///
	/// If the file cannot be read or is no range key. Coordinates of queries that are none are found when these
	/// are read.
	pub fn load(path: &Path) -> Result<Self, FileError> {
		let shared = Arc::new(Mutex::new(Open::new(path, Kind::RangeKey)?));
		let mut from = queries::lock(&shared);
		let bad = || files::content(path, "a range key", "points that cannot be read");
		let in_g1 = |from: &mut Open, count: usize| {
			Part::pass(from, &shared, count, G1_BYTES).map(Points::InFile)
		};
		let in_g2 = |from: &mut Open, count: usize| {
			Part::pass(from, &shared, count, G2_BYTES).map(Points::InFile)
		};
		let key = KeyInParts::read(&mut from, &in_g1, &in_g2).ok_or_else(bad)?;
		let epsilon: Vec<G2Affine> = take(&mut from, 1, G2_BYTES).ok_or_else(bad)?;
		let query = take(&mut from, key.committed.len() + 1, G1_BYTES).ok_or_else(bad)?;
		if from.left() > 0 || key.range_key().is_none() {
			return Err(bad());
		}
		let (settings, link) = (from.settings, Link { epsilon: epsilon[0], query });
		drop(from);
		Ok(Self { settings, key, link })
	}
}

impl Payload for RangeKeyFile {
	fn write(&self, to: &mut dyn Write) -> io::Result<()> {
		self.key.write(to)?;
		put(to, &[self.link.epsilon])?;
		put(to, &self.link.query)
	}
}
