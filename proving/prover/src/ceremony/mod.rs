//! Keys that several people make, so that nobody can forge if one of them forgot their secrets in each of
//! two phases.
//!
//! Phase 1 gives powers of a secret that nobody knows ([`Powers`]); they serve every circuit. From
//! them [`initial_key`] makes a circuit's key with all deltas 1, in the exponent. Phase 2 is a
//! [`Ceremony`]: one after the other, people multiply a secret of their own into each delta, divide
//! the points that belong to it by the same secret, prove that they know it, and forget it. Who
//! [verifies](Ceremony::verify) starts from model and powers and trusts nobody. What comes out is
//! an ordinary key with gamma the generator.
//!
//! A file holds the [`Subject`], the contributions, and the points that they changed.

mod error;
mod initial;
mod points;
mod powers;
mod transcript;

use std::path::Path;

use ark_bn254::{Bn254, Fr, G1Affine, G2Affine};
use ark_ec::{pairing::Pairing, AffineRepr};
use ark_ff::{Field, One, UniformRand, Zero};
use codec::{DecodeAll, Encode};
use rand::{CryptoRng, RngCore};
use zeroize::Zeroizing;
use zkml_primitives::{CircuitKey, MAX_ROUNDS, PLAIN_INPUTS};

pub use error::CeremonyError;
pub use initial::initial_key;
pub(crate) use initial::{sums, Columns};
pub(crate) use powers::random;
pub use powers::{write_powers, Powers, PowersSecrets};
pub use transcript::{Contribution, Factor, Origin, Subject};

use crate::{
	estimate::Estimate,
	files::{self, Kind},
	keys::{ProvingKey, ProvingKeyFile},
	msm::msm,
	r1cs::R1cs,
};
use error::mismatch;
use points::{Points, Stored};
use transcript::{check_doublings, check_name, Place};

/// Fewest people for a key that is more than one party's word.
pub const LEAST_PEOPLE: usize = 2;

/// A ceremony, under way or done. All proofs of its contributions hold; whether its points are those
/// of model and powers is for [`Self::verify`] to say.
#[derive(Clone, Debug)]
pub struct Ceremony {
	subject: Subject,
	contributions: Vec<Contribution>,
	points: Points,
	place: Place,
	hashes: Vec<[u8; 32]>,
}

/// A ceremony whose points are what they should be.
#[derive(Clone, Debug)]
pub struct Verified {
	settings: [u8; 32],
	people: usize,
	key: ProvingKey,
}

/// How long it takes from powers to a circuit's first key, in milliseconds: nearly all of the work of
/// beginning and of verifying. For two cores of 2020s server hardware.
pub fn estimate_ms(of: &Estimate) -> u64 {
	// Six transforms of n log n multiplications, one of them in G2, and sums over the matrices.
	let log = u64::from(of.domain.trailing_zeros());
	of.domain * (TRANSFORM_NS * log) / 1_000_000 + of.constraints * SUMS_NS / 1_000_000
}

/// Nanoseconds per point of the domain and its logarithm, measured.
const TRANSFORM_NS: u64 = 120_000;
/// Nanoseconds per constraint, measured.
const SUMS_NS: u64 = 900_000;

/// What the points of a ceremony follow from.
#[derive(Clone, Copy, Debug)]
pub struct Origins<'a> {
	/// The settings hash of the model.
	pub settings: [u8; 32],
	/// Its constraints.
	pub system: &'a R1cs,
	/// The powers, read for these constraints.
	pub powers: &'a Powers,
}

impl Origins<'_> {
	fn subject(&self) -> Result<Subject, CeremonyError> {
		let Self { settings, system, powers } = self;
		let rounds = system.rounds.len();
		if rounds > MAX_ROUNDS as usize || system.public != 1 + PLAIN_INPUTS + rounds {
			let expected = format!(
				"{PLAIN_INPUTS} public inputs and at most {MAX_ROUNDS} rounds with a challenge each"
			);
			let got = format!("{} and {rounds}", system.public.saturating_sub(1));
			return Err(mismatch("circuit", expected, got));
		}
		Ok(Subject {
			settings: *settings,
			circuit: system.digest(),
			powers: powers.digest(),
			powers_contributions: powers.contributions(),
			deltas: 1 + rounds as u8,
		})
	}
}

impl Ceremony {
	/// One that nobody contributed to.
	pub fn new(
		origins: &Origins<'_>,
		progress: &dyn Fn(&str, u64, u64),
	) -> Result<Self, CeremonyError> {
		let subject = origins.subject()?;
		let key = initial_key(origins.system, origins.powers, progress)?;
		let place = Place::start(&subject);
		let points = Points::of(key);
		Ok(Self { subject, contributions: Vec::new(), points, place, hashes: Vec::new() })
	}

	/// What it makes keys of.
	pub fn subject(&self) -> &Subject {
		&self.subject
	}

	/// The contributions, each with the transcript's hash behind it.
	pub fn contributions(&self) -> impl Iterator<Item = (&Contribution, [u8; 32])> {
		self.contributions.iter().zip(self.hashes.iter().copied())
	}

	/// The hash of all of it: subject and contributions, and through them every point of the key.
	pub fn transcript(&self) -> [u8; 32] {
		self.place.hash
	}

	/// How many contributions are people's.
	pub fn people(&self) -> usize {
		self.contributions.iter().filter(|c| c.origin == Origin::Person).count()
	}

	/// Whether the powers are of fewer than two people by their own account.
	pub fn is_rehearsal(&self) -> bool {
		self.subject.powers_contributions < LEAST_PEOPLE as u32
	}

	/// Contributes secrets from `rng`, and forgets them: what holds them is overwritten. (Copies on
	/// the stack and in registers, which the compiler makes, are not.)
	pub fn contribute(
		&mut self,
		name: &str,
		rng: &mut (impl RngCore + CryptoRng),
		progress: &dyn Fn(&str, u64, u64),
	) -> Result<(), CeremonyError> {
		let mut secrets = Zeroizing::new(vec![Fr::one(); self.place.deltas.len()]);
		for secret in secrets.iter_mut() {
			while secret.is_zero() || secret.is_one() || (-*secret).is_one() {
				*secret = Fr::rand(rng);
			}
		}
		self.apply(name, Origin::Person, &secrets, progress)
	}

	/// Ends the ceremony with a value that nobody could know before all had contributed.
	pub fn contribute_beacon(
		&mut self,
		name: &str,
		value: [u8; 32],
		doublings: u8,
		progress: &dyn Fn(&str, u64, u64),
	) -> Result<(), CeremonyError> {
		check_doublings(doublings).map_err(|(expected, got)| self.next(expected, got))?;
		let secrets = self.place.beacon(&value, doublings, self.place.deltas.len());
		self.apply(name, Origin::Beacon { value, doublings }, &secrets, progress)
	}

	/// An error about the next contribution.
	fn next(&self, expected: String, got: String) -> CeremonyError {
		CeremonyError::Contribution { number: self.place.count + 1, expected, got }
	}

	fn apply(
		&mut self,
		name: &str,
		origin: Origin,
		secrets: &[Fr],
		progress: &dyn Fn(&str, u64, u64),
	) -> Result<(), CeremonyError> {
		check_name(name).map_err(|(expected, got)| self.next(expected, got))?;
		let contribution = self.place.contribute(name, origin, secrets);
		let place = self.place.follow(&contribution)?;
		// None is zero, or its image would have been refused.
		let inverse = |secret: &Fr| secret.inverse().unwrap_or_default();
		let inverses: Zeroizing<Vec<Fr>> = Zeroizing::new(secrets.iter().map(inverse).collect());
		self.points.multiply(secrets, &inverses, progress);
		self.hashes.push(place.hash);
		self.contributions.push(contribution);
		self.place = place;
		Ok(())
	}

	/// Starts from model and powers, and checks that every point is the initial one divided by the
	/// secrets of all contributions.
	pub fn verify(
		&self,
		origins: &Origins<'_>,
		rng: &mut (impl RngCore + CryptoRng),
		progress: &dyn Fn(&str, u64, u64),
	) -> Result<Verified, CeremonyError> {
		let expected = origins.subject()?;
		check_subject(&expected, &self.subject)?;
		let mut key = initial_key(origins.system, origins.powers, progress)?;
		progress("comparing the points", 0, 0);
		let initial = Points::of(key.clone());
		let (expected, got) = (initial.sizes(), self.points.sizes());
		if expected != got {
			let words = |sizes| format!("queries of {sizes:?} points");
			return Err(mismatch("ceremony", words(expected), words(got)));
		}
		let pairs = self.points.queries().zip(initial.queries()).zip(&self.place.deltas);
		for (index, ((now, before), delta)) in pairs.enumerate() {
			let coefficients = powers::random(now.len(), rng);
			let (now, before) = (msm(&now, &coefficients), msm(&before, &coefficients));
			if Bn254::pairing(now, delta) != Bn254::pairing(before, G2Affine::generator()) {
				let what = match index {
					0 => "the last wires' points".into(),
					_ => format!("the points of round {index}"),
				};
				return Err(CeremonyError::Points { what });
			}
		}
		self.points.clone().put(&mut key, &self.place.deltas);
		Ok(Verified { settings: self.subject.settings, people: self.people(), key })
	}

	/// Refuses a ceremony that is one party's word: a rehearsal, or of too few.
	pub fn check_people(&self) -> Result<(), CeremonyError> {
		if self.is_rehearsal() {
			return Err(CeremonyError::Rehearsal { got: self.subject.powers_contributions });
		}
		enough(self.people())
	}

	/// The transcript's hash, if this ceremony's last points are those of a key. It says nothing of the
	/// key's other points: only [`Self::verify`] with model and powers does.
	pub fn vouch(&self, key: &ProvingKeyFile) -> Result<[u8; 32], CeremonyError> {
		self.check_people()?;
		if self.subject.settings != key.settings_hash() {
			return Err(mismatch("ceremony", "one of the key's model", "one of another"));
		}
		let points = key.key();
		let verifying = &points.verifying;
		let deltas: Vec<_> = [&verifying.delta].into_iter().chain(&verifying.rounds).collect();
		let same = self.place.deltas.iter().collect::<Vec<_>>() == deltas;
		if !same || self.points != Points::of(points.clone()) {
			return Err(mismatch("ceremony", "one that ends in this key", "one of another"));
		}
		Ok(self.transcript())
	}

	/// Whether the secrets of this ceremony are those of a verifying key. Of the key's other points, and of
	/// whether the ceremony holds, it says nothing: only [`Self::verify`] does.
	pub fn ends_in(&self, key: &CircuitKey) -> bool {
		let points = key.points();
		let deltas = [points.delta].into_iter().chain(points.rounds);
		self.place.deltas.iter().map(zkml_groth16::write_g2).eq(deltas.copied())
	}

	/// Writes the file.
	pub fn save(&self, path: &Path) -> Result<(), CeremonyError> {
		let stored = Stored::new(&self.subject, &self.contributions, &self.points);
		let bytes = files::pack(Kind::Ceremony, self.subject.settings, &stored.encode());
		Ok(files::write(path, &bytes, false)?)
	}

	/// Reads a file: all points are on the curve and none of a contribution is infinity, the proofs of
	/// all contributions hold, and the deltas are theirs.
	pub fn load(path: &Path) -> Result<Self, CeremonyError> {
		let contents = files::read(path, Kind::Ceremony)?;
		let bad = |got: String| files::content(path, "a ceremony", got);
		let stored =
			Stored::decode_all(&mut contents.payload()).map_err(|error| bad(error.to_string()))?;
		let Stored { subject, contributions, .. } = &stored;
		if subject.settings != contents.settings {
			return Err(bad("one of another model than its header names".into()).into());
		}
		let deltas = usize::from(subject.deltas);
		if !(1..=1 + MAX_ROUNDS as usize).contains(&deltas) {
			return Err(bad(format!("one of {deltas} deltas")).into());
		}
		let points = stored.points().ok_or_else(|| bad("points off the curve".into()))?;
		let mut place = Place::start(subject);
		let mut hashes = Vec::with_capacity(contributions.len());
		for contribution in contributions {
			place = place.follow(contribution)?;
			hashes.push(place.hash);
		}
		if points.deltas.len() != deltas || points.rounds.len() + 1 != deltas {
			return Err(bad("points for another number of deltas".into()).into());
		}
		for (index, (g1, g2)) in points.deltas.iter().zip(&place.deltas).enumerate() {
			let (one, two) = (G1Affine::generator(), G2Affine::generator());
			if Bn254::pairing(g1, two) != Bn254::pairing(one, g2) {
				return Err(bad(format!("delta {index} in G1 that no contribution led to")).into());
			}
		}
		let Stored { subject, contributions, .. } = stored;
		Ok(Self { subject, contributions, points, place, hashes })
	}
}

impl Verified {
	/// The key, if two people or more made it and verifiers take it.
	pub fn finish(self) -> Result<ProvingKeyFile, CeremonyError> {
		enough(self.people)?;
		let (inputs, rounds) = (self.key.verifying.ic.len(), self.key.rounds.len());
		let file = ProvingKeyFile::new(self.settings, self.key).ok_or_else(|| {
			mismatch(
				"circuit",
				"a kind the chain has",
				format!("{inputs} IC points and {rounds} rounds"),
			)
		})?;
		zkml_groth16::prepare(file.circuit_key()).map_err(CeremonyError::Key)?;
		Ok(file)
	}
}

fn enough(got: usize) -> Result<(), CeremonyError> {
	if got < LEAST_PEOPLE {
		return Err(CeremonyError::TooFew { got });
	}
	Ok(())
}

fn check_subject(expected: &Subject, got: &Subject) -> Result<(), CeremonyError> {
	let short =
		|hash: &[u8]| -> String { hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect() };
	let of = |words: &str, hash: &[u8]| format!("one {words} {}", short(hash));
	let pairs = [
		("for model settings", &expected.settings[..], &got.settings[..]),
		("of constraints", &expected.circuit[..], &got.circuit[..]),
		("on powers", &expected.powers[..], &got.powers[..]),
	];
	for (words, expected, got) in pairs {
		if expected != got {
			return Err(mismatch("ceremony", of(words, expected), of(words, got)));
		}
	}
	if expected != got {
		let words = |s: &Subject| {
			format!("{} contributions to its powers, {} deltas", s.powers_contributions, s.deltas)
		};
		return Err(mismatch("ceremony", words(expected), words(got)));
	}
	Ok(())
}
