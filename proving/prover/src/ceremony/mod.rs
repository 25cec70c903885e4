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
//! A circuit whose parameters are committed to once goes with a range circuit ([`crate::linked`]): one
//! ceremony makes the keys of both and their link. The link's epsilon is one more delta. Nothing but its
//! own points is divided by a delta, so all are alike ([`Circuits`]).
//!
//! A file holds the [`Subject`], the contributions, and the points that they changed.

mod circuits;
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
use zkml_groth16::{write_g2, G2};
use zkml_primitives::{
	CircuitKey, CommittedKey, COMMITTED_INPUTS, MAX_ROUNDS, PLAIN_INPUTS, RANGE_INPUTS,
};

pub use circuits::Circuits;
pub use error::CeremonyError;
pub use initial::initial_key;
pub(crate) use initial::{sums, Columns};
pub(crate) use powers::random;
pub use powers::{write_powers, Powers, PowersSecrets};
pub use transcript::{Contribution, Factor, Origin, Subject};

use crate::{
	estimate::Estimate,
	files::{self, Kind},
	keys::ProvingKeyFile,
	linked::{check, linked_files, RangeKeyFile},
	r1cs::R1cs,
};
use circuits::Keys;
use error::mismatch;
use points::{multiply, Part, Stored};
use transcript::{check_doublings, check_name, Place};

/// Fewest people for a key that is more than one party's word.
pub const LEAST_PEOPLE: usize = 2;

/// A ceremony, under way or done. All proofs of its contributions hold; whether its points are those
/// of model and powers is for [`Self::verify`] to say.
#[derive(Clone, Debug)]
pub struct Ceremony {
	subject: Subject,
	contributions: Vec<Contribution>,
	parts: Vec<Part>,
	place: Place,
	hashes: Vec<[u8; 32]>,
}

/// A ceremony whose points are what they should be.
#[derive(Clone, Debug)]
pub struct Verified {
	settings: [u8; 32],
	people: usize,
	keys: Keys,
}

/// How long it takes from powers to the first key of a circuit, and of the range circuit that it is linked to,
/// in milliseconds: nearly all of the work of beginning and of verifying. For two cores of 2020s server
/// hardware.
pub fn estimate_ms(of: &Estimate, range: Option<&Estimate>) -> u64 {
	// Six transforms of n log n multiplications, one of them in G2, and sums over the matrices. A range
	// circuit's rows have few terms, so that its sums are of no account.
	let transforms = |of: &Estimate| {
		let log = u64::from(of.domain.trailing_zeros());
		of.domain * (TRANSFORM_NS * log) / 1_000_000
	};
	transforms(of) + range.map_or(0, transforms) + of.constraints * SUMS_NS / 1_000_000
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
	/// The constraints of its circuit.
	pub system: &'a R1cs,
	/// Those of the range circuit that it is linked to, if its parameters are committed to once.
	pub range: Option<&'a R1cs>,
	/// The powers, read for these constraints.
	pub powers: &'a Powers,
}

impl Origins<'_> {
	fn subject(&self) -> Result<Subject, CeremonyError> {
		let Self { settings, system, range, powers } = self;
		Ok(Subject {
			settings: *settings,
			circuit: system.digest(),
			powers: powers.digest(),
			powers_contributions: powers.contributions(),
			circuits: circuits(system, *range)?,
		})
	}
}

/// Which keys, if the chain has a kind for them.
fn circuits(system: &R1cs, range: Option<&R1cs>) -> Result<Circuits, CeremonyError> {
	let shape = |system: &R1cs| (system.public.saturating_sub(1), system.rounds.len());
	let words = |(inputs, rounds)| format!("{inputs} public inputs and {rounds} rounds");
	let (inputs, rounds) = shape(system);
	let Some(range) = range else {
		if system.committed > 0 {
			let got = "one that commits to wires once, by itself";
			return Err(mismatch("circuit", "its range circuit as well", got));
		}
		let kind = Circuits::with_rounds(rounds).filter(|_| inputs == PLAIN_INPUTS + rounds);
		return kind.ok_or_else(|| {
			let expected = format!(
				"{PLAIN_INPUTS} public inputs and at most {MAX_ROUNDS} rounds with a challenge each"
			);
			mismatch("circuit", expected, words((inputs, rounds)))
		});
	};
	check(system, range)?;
	let pairs = [("circuit", system, COMMITTED_INPUTS), ("range circuit", range, RANGE_INPUTS)];
	for (what, system, inputs) in pairs {
		if shape(system) != (inputs, 1) {
			return Err(mismatch(what, words((inputs, 1)), words(shape(system))));
		}
	}
	Ok(Circuits::Linked { range: range.digest() })
}

impl Ceremony {
	/// One that nobody contributed to.
	///
	/// # Errors
	///
	/// If the circuit is of no kind that the chain has, or too large for the field or the powers, or two
	/// cannot be linked.
	pub fn new(
		origins: &Origins<'_>,
		progress: &dyn Fn(&str, u64, u64),
	) -> Result<Self, CeremonyError> {
		let subject = origins.subject()?;
		let parts = Part::all(&mut Keys::initial(origins, progress)?);
		let place = Place::start(&subject);
		Ok(Self { subject, contributions: Vec::new(), parts, place, hashes: Vec::new() })
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
	///
	/// # Errors
	///
	/// If the name is no short line, a beacon has ended the ceremony, or a delta would become the
	/// generator.
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
	///
	/// # Errors
	///
	/// As of [`Self::contribute`], or if there are too many doublings.
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
		multiply(&mut self.parts, secrets, &inverses, progress);
		self.hashes.push(place.hash);
		self.contributions.push(contribution);
		self.place = place;
		Ok(())
	}

	/// Starts from model and powers, and checks that every point is the initial one divided by the
	/// secrets of all contributions.
	///
	/// # Errors
	///
	/// If the ceremony is about something else, or a point is not what it should be.
	pub fn verify(
		&self,
		origins: &Origins<'_>,
		rng: &mut (impl RngCore + CryptoRng),
		progress: &dyn Fn(&str, u64, u64),
	) -> Result<Verified, CeremonyError> {
		let expected = origins.subject()?;
		check_subject(&expected, &self.subject)?;
		let mut keys = Keys::initial(origins, progress)?;
		progress("comparing the points", 0, 0);
		let slots = keys.slots();
		let expected: Vec<usize> = slots.iter().map(|slot| slot.size()).collect();
		let got: Vec<usize> = self.parts.iter().map(|part| part.points.len()).collect();
		if expected != got {
			let words = |sizes| format!("queries of {sizes:?} points");
			return Err(mismatch("ceremony", words(expected), words(got)));
		}
		for ((mut slot, part), delta) in slots.into_iter().zip(&self.parts).zip(&self.place.deltas)
		{
			if !slot.leads_to(part, delta, rng) {
				return Err(CeremonyError::Points { what: slot.what });
			}
			slot.put(part, delta);
		}
		Ok(Verified { settings: self.subject.settings, people: self.people(), keys })
	}

	/// Refuses a ceremony that is one party's word: a rehearsal, or of too few.
	///
	/// # Errors
	///
	/// If it is.
	pub fn check_people(&self) -> Result<(), CeremonyError> {
		if self.is_rehearsal() {
			return Err(CeremonyError::Rehearsal { got: self.subject.powers_contributions });
		}
		enough(self.people())
	}

	/// The transcript's hash, if this ceremony's last points are those of a key, and its secrets those of the
	/// range circuit and the link that the key goes with. It says nothing of other points: only
	/// [`Self::verify`] with model and powers does.
	///
	/// # Errors
	///
	/// If they are not, the key is of other settings, or the ceremony is one party's word.
	pub fn vouch(&self, key: &ProvingKeyFile) -> Result<[u8; 32], CeremonyError> {
		self.check_people()?;
		if self.subject.settings != key.settings_hash() {
			return Err(mismatch("ceremony", "one of the key's model", "one of another"));
		}
		let mut own = Keys { key: key.key().clone(), linked: None };
		if !self.ends_in(key.circuit_key()) || !self.parts.starts_with(&Part::all(&mut own)) {
			return Err(mismatch("ceremony", "one that ends in this key", "one of another"));
		}
		Ok(self.transcript())
	}

	/// Whether the secrets of this ceremony are those of a verifying key, of its range circuit and the link as
	/// well. Of the key's other points, and of whether the ceremony holds, it says nothing: only
	/// [`Self::verify`] does.
	pub fn ends_in(&self, key: &CircuitKey) -> bool {
		self.place.deltas.iter().map(write_g2).eq(deltas(key).copied())
	}

	/// Writes the ceremony to a file, whole or not at all.
	///
	/// # Errors
	///
	/// If the file cannot be written.
	pub fn save(&self, path: &Path) -> Result<(), CeremonyError> {
		let stored = Stored::new(&self.subject, &self.contributions, &self.parts);
		let bytes = files::pack(Kind::Ceremony, self.subject.settings, &stored.encode());
		Ok(files::write(path, &bytes, false)?)
	}

	/// Reads a file: all points are on the curve and none of a contribution is infinity, the proofs of
	/// all contributions hold, and the deltas are theirs.
	///
	/// # Errors
	///
	/// If the file cannot be read, or something of that does not hold.
	pub fn load(path: &Path) -> Result<Self, CeremonyError> {
		let contents = files::read(path, Kind::Ceremony)?;
		let bad = |got: String| files::content(path, "a ceremony", got);
		let stored =
			Stored::decode_all(&mut contents.payload()).map_err(|error| bad(error.to_string()))?;
		let Stored { subject, contributions, .. } = &stored;
		if subject.settings != contents.settings {
			return Err(bad("one of another model than its header names".into()).into());
		}
		let parts = stored.parts().map_err(|got| bad(got.into()))?;
		let mut place = Place::start(subject);
		let mut hashes = Vec::with_capacity(contributions.len());
		for contribution in contributions {
			place = place.follow(contribution)?;
			hashes.push(place.hash);
		}
		for (index, (part, g2)) in parts.iter().zip(&place.deltas).enumerate() {
			let (one, two) = (G1Affine::generator(), G2Affine::generator());
			let Some(g1) = part.delta else { continue };
			if Bn254::pairing(g1, two) != Bn254::pairing(one, g2) {
				return Err(bad(format!("delta {index} in G1 that no contribution led to")).into());
			}
		}
		let Stored { subject, contributions, .. } = stored;
		Ok(Self { subject, contributions, parts, place, hashes })
	}
}

/// The deltas of a verifying key, in the order of contributions' factors.
fn deltas(key: &CircuitKey) -> impl Iterator<Item = &G2> {
	let points = key.points();
	let linked = match key {
		CircuitKey::Committed(CommittedKey { params, range, link, .. }) => {
			Some([params, &range.delta, &range.round, &range.params, link])
		}
		CircuitKey::Plain(_) | CircuitKey::Rounds(_) | CircuitKey::Program(_) => None,
	};
	[points.delta].into_iter().chain(points.rounds).chain(linked.into_iter().flatten())
}

impl Verified {
	/// The key, if two people or more made it and verifiers take it, and that of the range circuit that it is
	/// linked to.
	///
	/// # Errors
	///
	/// If fewer made it, or verifiers would refuse it.
	pub fn finish(self) -> Result<(ProvingKeyFile, Option<RangeKeyFile>), CeremonyError> {
		enough(self.people)?;
		let Self { settings, keys: Keys { key, linked }, .. } = self;
		let (inputs, rounds) = (key.verifying.ic.len(), key.rounds.len());
		let files = match linked {
			None => ProvingKeyFile::new(settings, key, None).map(|file| (file, None)),
			Some((range, link)) => linked_files(settings, (key, range, link))
				.map(|(file, ranges)| (file, Some(ranges))),
		};
		let files = files.ok_or_else(|| {
			let got = format!("{inputs} IC points and {rounds} rounds");
			mismatch("circuit", "a kind the chain has", got)
		})?;
		zkml_groth16::prepare(files.0.circuit_key()).map_err(CeremonyError::Key)?;
		Ok(files)
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
	let mut pairs = vec![
		("for model settings", &expected.settings[..], &got.settings[..]),
		("of constraints", &expected.circuit[..], &got.circuit[..]),
		("on powers", &expected.powers[..], &got.powers[..]),
	];
	if let (Circuits::Linked { range }, Circuits::Linked { range: other }) =
		(&expected.circuits, &got.circuits)
	{
		pairs.push(("of a range circuit of constraints", range, other));
	}
	for (words, expected, got) in pairs {
		if expected != got {
			return Err(mismatch("ceremony", of(words, expected), of(words, got)));
		}
	}
	if expected != got {
		let words = |s: &Subject| {
			let deltas = s.circuits.in_g1().len();
			format!("{} contributions to its powers, {deltas} deltas", s.powers_contributions)
		};
		return Err(mismatch("ceremony", words(expected), words(got)));
	}
	Ok(())
}
