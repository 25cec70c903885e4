//! A system with a key that was checked to be its own: what proofs are made with.

use ark_bn254::{Bn254, Fr, G1Affine, G2Affine};
use ark_ec::{pairing::Pairing, AffineRepr};
use rand::{CryptoRng, RngCore};
use thiserror::Error;
use zkml_groth16::{write_g1, KeyError, PreparedKey, VerifyError};
use zkml_primitives::{CircuitHash, CircuitKey, Proof};

use crate::{
	files::FileError,
	keys::{ProvingKey, ProvingKeyFile},
	prove::{self, Commitment, Committed},
	r1cs::R1cs,
};

/// Why a system and a key do not go together.
#[derive(Debug, Error)]
pub enum ProverError {
	/// The key was made for something else.
	#[error("proving key: expected one made for model settings {expected}, got one for {got}")]
	Stale {
		/// The settings hash of what is to be proved, shortened.
		expected: String,
		/// The settings hash in the key, shortened.
		got: String,
	},
	/// The key names the right settings, but is not of the system's size.
	#[error("proving key: expected queries of {expected:?} points, got {got:?}")]
	Size {
		/// Numbers of points for the system.
		expected: Vec<usize>,
		/// Numbers of points in the key.
		got: Vec<usize>,
	},
	/// The range key was not made with the proving key.
	#[error("range key: expected the one that was made with the proving key, got another")]
	RangeKey,
	/// Verifiers would refuse the key.
	#[error("verifying key: expected one that verifiers accept, got one that is refused: {0}")]
	Key(KeyError),
	/// The commitment to the wires that are committed to once is none that verifiers take.
	#[error(
		"parameters: expected a commitment that verifiers accept, got one that is refused: {0}"
	)]
	Params(VerifyError),
	/// The point that blinds proofs is not the verifying key's, or the one of a commitment's salt is none that
	/// hides anything.
	#[error("proving key: expected points that hide what is proved, got another delta in G1, or no point for the salt")]
	Blinding,
	/// A file could not be read.
	#[error(transparent)]
	File(#[from] FileError),
}

/// A system and its key, with the matrices ready.
#[derive(Debug)]
pub struct KeyedSystem {
	key: ProvingKeyFile,
	prepared: PreparedKey,
	system: R1cs,
}

fn short(hash: [u8; 32]) -> String {
	hash[..8].iter().map(|byte| format!("{byte:02x}")).collect()
}

fn check_settings(expected: [u8; 32], key: &ProvingKeyFile) -> Result<(), ProverError> {
	match key.settings_hash() {
		got if got == expected => Ok(()),
		got => Err(ProverError::Stale { expected: short(expected), got: short(got) }),
	}
}

impl<InG1, InG2> ProvingKey<InG1, InG2> {
	/// Whether the points hide the witness that no verifier ever sees: delta in G1, which blinds A and the
	/// rounds, and the point of the salt of the wires that are committed to once. A key made by somebody
	/// else with other points there could give proofs and commitments that are good and leak the witness.
	/// A point that is on no curve of prime order may come to nothing with every other salt.
	pub fn hides(&self) -> bool {
		let on_curve = |point| zkml_groth16::read_g1(&write_g1(point)).is_ok();
		// The first wire that is committed to once is the salt of that commitment. Points of the others off
		// the curve would hide nothing less, but whether W is then refused would tell something of them.
		let salted = self.committed.first().is_none_or(on_curve)
			&& self.committed.iter().all(G1Affine::is_on_curve);
		let same = || {
			Bn254::pairing(self.delta_g1, G2Affine::generator())
				== Bn254::pairing(G1Affine::generator(), self.verifying.delta)
		};
		salted && on_curve(&self.delta_g1) && same()
	}
}

impl KeyedSystem {
	/// Checks that the key was made for these settings, and then that it is one for the system, which
	/// is not built before.
	///
	/// # Errors
	///
	/// If the key names other settings, is one that verifiers refuse, could give proofs that leak the
	/// witness, or has another number of points than the system needs.
	pub fn new(
		settings: [u8; 32],
		key: ProvingKeyFile,
		system: impl FnOnce() -> R1cs,
	) -> Result<Self, ProverError> {
		check_settings(settings, &key)?;
		let prepared = zkml_groth16::prepare(key.circuit_key()).map_err(ProverError::Key)?;
		if !key.key().hides() {
			return Err(ProverError::Blinding);
		}
		let system = system();
		if let Some((expected, got)) = key.key().mismatch(&system) {
			return Err(ProverError::Size { expected, got });
		}
		Ok(Self { key, prepared, system })
	}

	/// Refuses settings that the key was not made for.
	///
	/// # Errors
	///
	/// If the key names others.
	pub fn check_settings(&self, settings: [u8; 32]) -> Result<(), ProverError> {
		check_settings(settings, &self.key)
	}

	/// BLAKE2b-256 of the key's file.
	pub fn content_hash(&self) -> [u8; 32] {
		self.key.content_hash()
	}

	/// The constraints of the circuit.
	pub fn system(&self) -> &R1cs {
		&self.system
	}

	/// The circuit's name: the hash of its verifying key.
	pub fn circuit_hash(&self) -> CircuitHash {
		self.key.circuit_hash()
	}

	/// The key that the proofs verify under.
	pub fn circuit_key(&self) -> &CircuitKey {
		&self.prepared.key
	}

	/// The same with what verification needs.
	pub fn prepared_key(&self) -> &PreparedKey {
		&self.prepared
	}

	/// Commits to a round's wires, which are there already; those behind need not be.
	pub fn commit(
		&self,
		round: usize,
		wires: &[Fr],
		rng: &mut (impl RngCore + CryptoRng),
	) -> Commitment {
		prove::commit(&self.system, self.key.key(), round, wires, rng)
	}

	/// Commits to these values of the wires that are committed to once.
	pub fn commit_once(&self, values: &[Fr]) -> Committed {
		prove::commit_once(&self.system, self.key.key(), values)
	}

	/// Proves all wires, with the commitments to them and to their rounds; nothing if the system is too large. Who
	/// calls verifies the proof before it is handed out: an assignment that breaks a constraint and a
	/// damaged key give one that does not verify.
	pub fn prove(
		&self,
		wires: &[Fr],
		committed: Option<&Committed>,
		commitments: &[Commitment],
		rng: &mut (impl RngCore + CryptoRng),
	) -> Option<Proof> {
		prove::prove(&self.system, self.key.key(), wires, committed, commitments, rng)
	}
}
