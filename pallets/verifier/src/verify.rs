//! Checking proofs and commitments.

use frame_support::dispatch::DispatchResult;
use sp_runtime::DispatchError;
use zkml_groth16::{PointError, VerifyError};
use zkml_host::Groth16;
use zkml_primitives::{
	commit, digest, CircuitHash, CircuitKey, Proof, Role, Scalar, Statement, Tensor, TensorSpec,
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

	/// The digest that stands for a public tensor in a statement of this circuit. `bytes` are
	/// `values` as the chain takes them.
	fn digest(
		circuit: CircuitHash,
		role: Role,
		spec: &TensorSpec,
		bytes: &[u8],
		values: &[i32],
	) -> Result<Scalar, DispatchError>;

	/// Whether the proof shows the statement, whose input and output are these, under its circuit's
	/// key.
	fn verify(
		statement: &Statement,
		input: Tensor<'_>,
		output: Tensor<'_>,
		proof: &Proof,
	) -> DispatchResult;
}

impl<T: Config> Verify for Pallet<T> {
	fn insert(key: &CircuitKey) -> Result<CircuitHash, DispatchError> {
		Self::do_insert(key)
	}

	fn remove(circuit: CircuitHash) -> DispatchResult {
		Self::do_remove(circuit)
	}

	fn key(circuit: CircuitHash) -> Option<CircuitKey> {
		Keys::<T>::get(circuit).map(|prepared| prepared.key)
	}

	fn digest(
		circuit: CircuitHash,
		role: Role,
		spec: &TensorSpec,
		bytes: &[u8],
		values: &[i32],
	) -> Result<Scalar, DispatchError> {
		let prepared = Keys::<T>::get(circuit).ok_or(Error::<T>::KeyUnknown)?;
		Ok(match prepared.key {
			CircuitKey::Plain(_) => commit::<T::Crypto>(role, spec, values, Scalar::ZERO),
			CircuitKey::Rounds(_) => digest(role, spec, bytes),
		})
	}

	fn verify(
		statement: &Statement,
		input: Tensor<'_>,
		output: Tensor<'_>,
		proof: &Proof,
	) -> DispatchResult {
		let key = Keys::<T>::get(statement.circuit).ok_or(Error::<T>::KeyUnknown)?;
		let inputs = match key.key {
			CircuitKey::Plain(_) => statement.public_inputs().to_vec(),
			CircuitKey::Rounds(_) => {
				statement.round_inputs::<T::Crypto>(input, output, &proof.commitments)
			}
		};
		T::Crypto::verify(&key, &inputs, proof).map_err(Error::<T>::from)?;
		Ok(())
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
			VerifyError::CommitmentCount { .. } => Self::ProofCommitmentCount,
			// Inputs are derived by kind, one challenge for each commitment, whose number was right.
			VerifyError::InputCount { .. } | VerifyError::Key => Self::KeyCorrupt,
			VerifyError::Equation => Self::ProofInvalid,
		}
	}
}
