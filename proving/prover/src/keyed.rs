//! A system with a key that was checked to be its own: what proofs are made with.

use ark_bn254::{Bn254, Fr, G1Affine, G2Affine};
use ark_ec::{pairing::Pairing, AffineRepr};
use rand::{CryptoRng, RngCore};
use thiserror::Error;
use zkml_groth16::{write_g1, KeyError, PreparedKey};
use zkml_primitives::{CircuitHash, CircuitKey, Proof};

use crate::{
	files::FileError,
	keys::{ProvingKey, ProvingKeyFile},
	prove::{self, Commitment},
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
		/// The key's.
		got: String,
	},
	/// The key names the right settings, but is not of the system's size.
	#[error("proving key: expected queries of {expected:?} points, got {got:?}")]
	Size {
		/// Points for the system.
		expected: Vec<usize>,
		/// Points there are.
		got: Vec<usize>,
	},
	/// Verifiers would refuse the key.
	#[error("verifying key: expected one that verifiers accept, got one that is refused: {0}")]
	Key(KeyError),
	/// The point that blinds proofs is not the verifying key's.
	#[error("proving key: expected delta in G1 to match the verifying key's, got another point")]
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

/// delta in G1 is what blinds A, and no verifier ever sees it. A key made by somebody else with
/// another point there could give proofs that verify and leak the witness.
fn check_blinding(key: &ProvingKey) -> Result<(), ProverError> {
	let on_curve = zkml_groth16::read_g1(&write_g1(&key.delta_g1)).is_ok();
	let same = || {
		Bn254::pairing(key.delta_g1, G2Affine::generator())
			== Bn254::pairing(G1Affine::generator(), key.verifying.delta)
	};
	if on_curve && same() {
		Ok(())
	} else {
		Err(ProverError::Blinding)
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
		let got = key.settings_hash();
		if settings != got {
			return Err(ProverError::Stale { expected: short(settings), got: short(got) });
		}
		let prepared = zkml_groth16::prepare(key.circuit_key()).map_err(ProverError::Key)?;
		check_blinding(key.key())?;
		let system = system();
		if let Some((expected, got)) = key.key().mismatch(&system) {
			return Err(ProverError::Size { expected, got });
		}
		Ok(Self { key, prepared, system })
	}

	/// The constraints.
	pub fn system(&self) -> &R1cs {
		&self.system
	}

	/// The circuit's name.
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

	/// Proves all wires, with the commitments to their rounds; nothing if the system is too large. Who
	/// calls verifies the proof before it is handed out: an assignment that breaks a constraint and a
	/// damaged key give one that does not verify.
	pub fn prove(
		&self,
		wires: &[Fr],
		commitments: &[Commitment],
		rng: &mut (impl RngCore + CryptoRng),
	) -> Option<Proof> {
		prove::prove(&self.system, self.key.key(), wires, commitments, rng)
	}
}
