//! Checking proofs and commitments.

use frame_support::dispatch::DispatchResult;
use sp_runtime::DispatchError;
use zkml_groth16::{PointError, VerifyError};
use zkml_host::Groth16;
use zkml_primitives::{
	commit, CircuitHash, CircuitKey, Proof, Role, Scalar, Statement, TensorError, TensorSpec,
};

use crate::{Config, Error, Keys, Pallet};

/// What other pallets need of this one.
pub trait Verify {
	/// Examines a key and keeps it. Errors: [`Error`], one per reason.
	fn insert(key: &CircuitKey) -> Result<CircuitHash, DispatchError>;

	/// Forgets a key.
	fn remove(circuit: CircuitHash) -> DispatchResult;

	/// The key of a circuit.
	fn key(circuit: CircuitHash) -> Option<CircuitKey>;

	/// Whether the proof shows the statement under its circuit's key.
	fn verify(statement: &Statement, proof: &Proof) -> DispatchResult;

	/// The commitment of a public tensor, after checking its bytes against the specification.
	fn commit(role: Role, spec: &TensorSpec, bytes: &[u8]) -> Result<Scalar, TensorError>;
}

impl<T: Config> Verify for Pallet<T> {
	fn insert(key: &CircuitKey) -> Result<CircuitHash, DispatchError> {
		Self::do_insert(key)
	}

	fn remove(circuit: CircuitHash) -> DispatchResult {
		Self::do_remove(circuit)
	}

	fn key(circuit: CircuitHash) -> Option<CircuitKey> {
		Keys::<T>::get(circuit).map(|prepared| CircuitKey::Plain(prepared.key))
	}

	fn verify(statement: &Statement, proof: &Proof) -> DispatchResult {
		let key = Keys::<T>::get(statement.circuit).ok_or(Error::<T>::KeyUnknown)?;
		T::Crypto::verify(&key, &statement.public_inputs(), proof).map_err(Error::<T>::from)?;
		Ok(())
	}

	fn commit(role: Role, spec: &TensorSpec, bytes: &[u8]) -> Result<Scalar, TensorError> {
		Ok(commit::<T::Crypto>(role, spec, &spec.decode(bytes)?, Scalar::ZERO))
	}
}

impl<T> From<VerifyError> for Error<T> {
	fn from(error: VerifyError) -> Self {
		match error {
			VerifyError::Point(_, PointError::NotCanonical) => Self::ProofPointNotCanonical,
			VerifyError::Point(_, PointError::NotOnCurve) => Self::ProofPointNotOnCurve,
			VerifyError::Point(_, PointError::NotInSubgroup) => Self::ProofPointNotInSubgroup,
			VerifyError::Point(_, PointError::Identity) => Self::ProofPointIsIdentity,
			VerifyError::InputNotCanonical(_) => Self::InputNotCanonical,
			VerifyError::Key => Self::KeyCorrupt,
			VerifyError::Equation => Self::ProofInvalid,
		}
	}
}
