//! Checking proofs and commitments.

use alloc::{collections::BTreeMap, vec::Vec};

use frame_support::{dispatch::DispatchResult, ensure};
use sp_runtime::DispatchError;
use zkml_groth16::{BatchItem, PointError, PreparedKey, VerifyError};
use zkml_host::Groth16;
use zkml_primitives::{
	commit, digest, CircuitHash, CircuitKey, Proof, Role, Scalar, Statement, Tensor, TensorSpec,
};

use crate::{Config, Error, Keys, Pallet};

/// An instance of a circuit's relation, and the proof that it holds.
#[derive(Clone, Copy)]
pub enum Instance<'a> {
	/// An inference of a model.
	Model {
		/// What the proof is to show. Its circuit names the key.
		statement: &'a Statement,
		/// The input, in clear or as the statement's commitment.
		input: Tensor<'a>,
		/// The output, in clear or as the statement's commitment.
		output: Tensor<'a>,
		/// The proof that the statement holds.
		proof: &'a Proof,
	},
	/// Public inputs of a program that is no model.
	Program {
		/// The name of the key that the proof is verified under.
		circuit: CircuitHash,
		/// The public inputs, in the key's order.
		inputs: &'a [Scalar],
		/// The proof that these inputs satisfy the circuit.
		proof: &'a Proof,
	},
}

impl Instance<'_> {
	fn circuit(&self) -> CircuitHash {
		match self {
			Self::Model { statement, .. } => statement.circuit,
			Self::Program { circuit, .. } => *circuit,
		}
	}

	fn proof(&self) -> &Proof {
		match self {
			Self::Model { proof, .. } | Self::Program { proof, .. } => proof,
		}
	}

	/// The public inputs under a key; none if the key is of the other kind.
	fn inputs<C: Groth16>(&self, key: &PreparedKey) -> Option<Vec<Scalar>> {
		Some(match (&key.key, *self) {
			(CircuitKey::Plain(_), Self::Model { statement, .. }) => {
				statement.public_inputs().to_vec()
			}
			(CircuitKey::Rounds(_), Self::Model { statement, input, output, proof }) => {
				statement.round_inputs::<C>(input, output, &proof.commitments)
			}
			(CircuitKey::Program(_), Self::Program { inputs, .. }) => inputs.to_vec(),
			_ => return None,
		})
	}
}

/// What other pallets need of this one.
pub trait Verify {
	/// Examines a key and keeps it. Errors: [`Error`], one per reason.
	fn insert(key: &CircuitKey) -> Result<CircuitHash, DispatchError>;

	/// Forgets a key, so that no proof verifies under it any more.
	fn remove(circuit: CircuitHash) -> DispatchResult;

	/// The key of a circuit.
	fn key(circuit: CircuitHash) -> Option<CircuitKey>;

	/// The digest that stands for a public tensor in a statement of a circuit with so many commit
	/// rounds. `bytes` are `values` as the chain takes them.
	fn digest(rounds: u32, role: Role, spec: &TensorSpec, bytes: &[u8], values: &[i32]) -> Scalar;

	/// Refuses a proof that has not one commitment for each round of its key, as [`Self::verify`]
	/// does. A call is weighed by the commitments that it brings, so this comes first.
	fn ensure_commitments(rounds: u32, proof: &Proof) -> DispatchResult;

	/// Whether the proof shows the instance under the circuit's key.
	fn verify(instance: Instance<'_>) -> DispatchResult;

	/// The same for many at once: a verdict for each, in their order, and how many equations had to be
	/// checked one by one.
	fn verify_batch(instances: &[Instance<'_>]) -> (Vec<DispatchResult>, u32);
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

	fn digest(rounds: u32, role: Role, spec: &TensorSpec, bytes: &[u8], values: &[i32]) -> Scalar {
		match rounds {
			0 => commit::<T::Crypto>(role, spec, values, Scalar::ZERO),
			_ => digest(role, spec, bytes),
		}
	}

	fn ensure_commitments(rounds: u32, proof: &Proof) -> DispatchResult {
		ensure!(proof.commitments.len() as u32 == rounds, Error::<T>::ProofCommitmentCount);
		Ok(())
	}

	fn verify(instance: Instance<'_>) -> DispatchResult {
		let key = Keys::<T>::get(instance.circuit()).ok_or(Error::<T>::KeyNotFound)?;
		let inputs = instance.inputs::<T::Crypto>(&key).ok_or(Error::<T>::KeyKind)?;
		T::Crypto::verify(&key, &inputs, instance.proof()).map_err(Error::<T>::from)?;
		Ok(())
	}

	fn verify_batch(instances: &[Instance<'_>]) -> (Vec<DispatchResult>, u32) {
		let mut keys: Vec<PreparedKey> = Vec::new();
		let mut numbers = BTreeMap::new();
		let mut items = Vec::with_capacity(instances.len());
		let mut verdicts = Vec::with_capacity(instances.len());
		for instance in instances {
			let circuit = instance.circuit();
			let number = *numbers.entry(circuit).or_insert_with(|| {
				keys.push(Keys::<T>::get(circuit)?);
				Some(keys.len().saturating_sub(1))
			});
			let key = number.and_then(|number| keys.get(number));
			let item = key.ok_or(Error::<T>::KeyNotFound).and_then(|key| {
				let inputs = instance.inputs::<T::Crypto>(key).ok_or(Error::<T>::KeyKind)?;
				let number = number.unwrap_or_default() as u32;
				Ok(BatchItem { key: number, inputs, proof: instance.proof().clone() })
			});
			verdicts.push(match item {
				Ok(item) => {
					items.push(item);
					Ok(())
				}
				Err(error) => Err(error.into()),
			});
		}
		if items.is_empty() {
			return (verdicts, 0);
		}
		let batch = T::Crypto::verify_batch(keys, items);
		// There is a result for each item, in order.
		let asked = verdicts.iter_mut().filter(|verdict| verdict.is_ok());
		for (verdict, result) in asked.zip(batch.results) {
			*verdict = result.map_err(|error| Error::<T>::from(error).into());
		}
		(verdicts, batch.singly)
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
