//! The circuit that shows once, for each commitment to parameters, that they are within their widths.
//!
//! It has the same words as the circuit of inferences, behind a salt of its own, and one public input, its
//! challenge. Nothing else is in it: what the words mean is said by the other circuit, and that they are the
//! same words by the link ([`zkml_prover::linked`]).

use ark_bn254::Fr;
use ark_ff::Field;
use codec::{Decode, Encode};
use rand::{CryptoRng, RngCore};
use zkml_groth16::{write_g1, PreparedKey};
use zkml_primitives::{RangeProof, RANGE_INPUTS};
use zkml_prover::{
	in_turn,
	r1cs::{R1cs, Wire},
	RangeKeyFile,
};

use crate::{
	circuit::{commit_words, Cost, Description},
	gadgets::{
		logup,
		range::Checks,
		words::{self, Pack},
		Backend, Constraints, FieldElement, Reader, Witness,
	},
	lookup_tables,
	prove::{canonical, ProveError, ProverError},
};

/// The range circuit's challenge.
const CHALLENGE: Wire = 1;

/// How a private model's parameters are committed to.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
pub enum Commitment {
	/// By Poseidon, and opened in each inference.
	#[codec(index = 0)]
	Poseidon,
	/// By a point, once.
	#[codec(index = 1)]
	Point {
		/// How the range circuit proves ranges.
		ranges: Checks,
	},
}

impl Commitment {
	/// By a point, with tables that will do until the best are chosen.
	pub(crate) fn unchosen() -> Self {
		Self::Point { ranges: lookup_tables::unchosen() }
	}
}

/// The range circuit of a model, to be built, counted, or given a witness.
#[derive(Clone, Copy, Debug)]
pub struct RangeCircuit<'a> {
	/// The circuit of inferences.
	pub inference: Description<'a>,
	/// How ranges are proved in this one.
	pub checks: &'a Checks,
}

/// What the prover knows.
#[derive(Clone, Copy, Debug)]
struct Secrets<'a> {
	/// The salt and the words.
	words: &'a [Fr],
	/// The parameters, in graph order.
	parameters: &'a [Vec<i32>],
}

impl RangeCircuit<'_> {
	/// Builds the system of constraints.
	pub fn build(&self) -> R1cs {
		let mut constraints = Constraints::new(RANGE_INPUTS);
		self.constrain(&mut constraints);
		constraints.finish().0
	}

	/// Counts the constraints without keeping them.
	pub fn cost(&self) -> Cost {
		let mut constraints = Constraints::counting(RANGE_INPUTS);
		self.constrain(&mut constraints);
		let ranges = constraints.ranges().clone();
		let counts = constraints.finish().1;
		Cost { rest: counts.constraints, counts, ranges, ..Cost::default() }
	}

	fn constrain(&self, constraints: &mut Constraints) {
		let round = self.first(constraints, &());
		self.second(constraints, &round, &());
	}

	fn first<'a, B: Backend>(
		&self,
		b: &mut B,
		secrets: &B::Known<Secrets<'a>>,
	) -> logup::Committed<B> {
		let values = b.know(|of| -> &'a [Fr] { of.known(secrets).words });
		// In a product, where all words are: in the other circuit they are in factors.
		let words = commit_words(b, self.inference.packed(), &values, |b, salt| {
			let same = b.field_wire(|of| of.field(&salt));
			b.group("words.salt", |g| g.enforce(same, B::Field::constant(Fr::ONE), salt));
		});
		for (index, ((dense, packing), words)) in self.inference.packed().zip(&words).enumerate() {
			let words: &[Pack<B::Field>] = words;
			let own = b.know(|of| -> [&'a [i32]; 2] {
				let all: &'a [Vec<i32>] = of.known(secrets).parameters;
				[&all[2 * index], &all[2 * index + 1]]
			});
			words::digits(b, self.checks, dense, &packing, words, &own);
		}
		let lookups = logup::commit(b);
		b.close_round();
		lookups
	}

	fn second<B: Backend>(
		&self,
		b: &mut B,
		lookups: &logup::Committed<B>,
		challenge: &B::Known<Fr>,
	) {
		let z = b.public(CHALLENGE, |of| *of.known(challenge));
		logup::constrain(b, lookups, &z);
	}

	/// The values of all wires up to the challenge, for a salt and the words, and the parameters that these
	/// are to be made of.
	pub fn assign(&self, words: &[Fr], parameters: &[Vec<i32>]) -> AssignedRanges {
		let mut witness = Witness::new(vec![Fr::ONE; RANGE_INPUTS + 1]);
		let lookups = self.first(&mut witness, &Secrets { words, parameters });
		AssignedRanges { witness, lookups }
	}

	/// Proves that the words are within their widths, under a circuit's key with the commitment to them
	/// in it. `words` are the salt of that commitment and the words; `salt` is the range circuit's own.
	///
	/// # Errors
	///
	/// If the challenge hits a number that is looked up (once in 2^226 proofs), a key is damaged or of
	/// another circuit, or its file cannot be read any more.
	pub fn prove(
		&self,
		key: &RangeKeyFile,
		verifying: &PreparedKey,
		(words, parameters): (&[Fr], &[Vec<i32>]),
		salt: Fr,
		rng: &mut (impl RngCore + CryptoRng),
	) -> Result<RangeProof, ProveError> {
		let system = self.build();
		key.check(&verifying.key, &system)?;
		let params = verifying.params.ok_or(ProverError::RangeKey)?;
		let own: Vec<Fr> = [salt].into_iter().chain(words[1..].iter().copied()).collect();
		let assigned = self.assign(&own, parameters);
		let point = write_g1(&in_turn::commit_once(&key.key, &own));
		let link = key.link.point([words[0], salt], &words[1..]);
		let round = in_turn::commit(&system, &key.key, 0, &assigned.witness.wires, rng)
			.map_err(ProverError::File)?;
		let challenge =
			RangeProof::challenge(verifying.key.hash(), &params.point, &point, &[round.wire()]);
		let z = canonical("challenge", challenge)?;
		let wires = assigned.complete(self, z).ok_or(ProveError::Challenge)?;
		let constraints = system.len();
		let proof = in_turn::prove(system, &key.key, wires, &[round], rng)
			.map_err(ProverError::File)?
			.ok_or(ProveError::TooLarge { constraints })?;
		let proof = RangeProof { params: point, link, proof };
		zkml_groth16::verify_range(verifying, &proof).map_err(ProveError::Unsound)?;
		Ok(proof)
	}
}

/// A range circuit's witness up to the challenge.
pub struct AssignedRanges {
	/// The values of the wires so far.
	pub witness: Witness,
	lookups: logup::Committed<Witness>,
}

impl AssignedRanges {
	/// All wires, with those behind the challenge. None if the challenge is a row of a table, see
	/// [`logup::is_row`].
	pub fn complete(mut self, circuit: &RangeCircuit<'_>, challenge: Fr) -> Option<Vec<Fr>> {
		if logup::is_row(&self.lookups.lookups, challenge) {
			return None;
		}
		circuit.second(&mut self.witness, &self.lookups, &challenge);
		Some(self.witness.wires)
	}
}
