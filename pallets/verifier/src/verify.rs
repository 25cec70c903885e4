//! Checking proofs and commitments.

use alloc::{collections::BTreeMap, vec::Vec};

use frame_support::{dispatch::DispatchResult, ensure};
use sp_runtime::DispatchError;
use zkml_groth16::{BatchItem, PointError, PreparedKey, VerifyError};
use zkml_host::Groth16;
use zkml_primitives::{
	commit, digest, CircuitHash, CircuitKey, ParamsKind, Proof, RangeProof, Role, Scalar,
	Statement, Tensor, TensorSpec, G1,
};

use crate::{Config, Error, Keys, Pallet, Params};

/// An instance of a circuit's relation, and the proof that it holds.
#[derive(Clone)]
pub enum Instance<'a> {
	/// An inference of a model.
	Model {
		/// What the proof is to show. Its circuit names the key.
		statement: &'a Statement,
		/// The inputs, one for each digest of the statement, in clear or known by that alone.
		inputs: Vec<Tensor<'a>>,
		/// The outputs, one for each digest of the statement, in clear or known by that alone.
		outputs: Vec<Tensor<'a>>,
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

	/// What stands for the parameters of the model.
	fn params(&self) -> Scalar {
		match self {
			Self::Model { statement, .. } => statement.params,
			Self::Program { .. } => Scalar::ZERO,
		}
	}

	fn proof(&self) -> &Proof {
		match self {
			Self::Model { proof, .. } | Self::Program { proof, .. } => proof,
		}
	}

	/// The public inputs under a key. Errors: the key is of the other kind; or a digest is not canonical,
	/// which would not be seen any more where several are one public input.
	fn inputs<T: Config>(&self, key: &PreparedKey) -> Result<Vec<Scalar>, Error<T>> {
		if let Self::Model { statement, .. } = self {
			let canonical = |digest: &Scalar| digest.check().is_ok();
			let all = statement.inputs.iter().chain(&statement.outputs).all(canonical);
			ensure!(all, Error::<T>::InputNotCanonical);
		}
		Ok(match (&key.key, self) {
			(CircuitKey::Plain(_), Self::Model { statement, .. }) => {
				statement.public_inputs::<T::Crypto>().to_vec()
			}
			(
				CircuitKey::Rounds(_) | CircuitKey::Committed(_),
				Self::Model { statement, inputs, outputs, proof },
			) => {
				let params = key.key.params();
				statement.round_inputs::<T::Crypto>(params, inputs, outputs, &proof.commitments)
			}
			(CircuitKey::Program(_), Self::Program { inputs, .. }) => inputs.to_vec(),
			_ => return Err(Error::<T>::KeyKind),
		})
	}
}

/// What other pallets need of this one.
pub trait Verify {
	/// Examines a key and keeps it.
	///
	/// # Errors
	///
	/// If the key is there already, or is no good: an [`Error`] for each reason.
	fn insert(key: &CircuitKey) -> Result<CircuitHash, DispatchError>;

	/// Forgets a key, so that no proof verifies under it any more. Parameters under it must have been
	/// removed before.
	///
	/// # Errors
	///
	/// If there is no such key.
	fn remove(circuit: CircuitHash) -> DispatchResult;

	/// Examines a commitment to parameters and keeps it for a key that takes them as a point, once.
	///
	/// # Errors
	///
	/// If the commitment is there already, there is no such key, the key takes no point, or the point is no good.
	fn insert_params(circuit: CircuitHash, point: &G1) -> DispatchResult;

	/// Forgets a commitment to parameters, so that no proof verifies under it any more.
	///
	/// # Errors
	///
	/// If there is no such commitment under this key.
	fn remove_params(circuit: CircuitHash, params: Scalar) -> DispatchResult;

	/// The commitment to parameters that stands for itself by this number.
	fn params(circuit: CircuitHash, params: Scalar) -> Option<G1>;

	/// Whether these parameters are within the widths that the circuit has for them.
	///
	/// # Errors
	///
	/// If there is no such key, it has no such parameters, or the proof is malformed or does not hold.
	fn verify_range(circuit: CircuitHash, params: Scalar, range: &RangeProof) -> DispatchResult;

	/// The key of a circuit.
	fn key(circuit: CircuitHash) -> Option<CircuitKey>;

	/// The digest that stands for a public tensor in a statement of a circuit with so many commit
	/// rounds. `bytes` are `values` as the chain takes them.
	fn digest(rounds: u32, role: Role, spec: &TensorSpec, bytes: &[u8], values: &[i32]) -> Scalar;

	/// Refuses a proof that has not one commitment for each round of its key, as [`Self::verify`]
	/// does. A call is weighed by the commitments that it brings, so this comes first.
	///
	/// # Errors
	///
	/// If the proof has more or fewer commitments than rounds.
	fn ensure_commitments(rounds: u32, proof: &Proof) -> DispatchResult;

	/// Whether the proof shows the instance under the circuit's key.
	///
	/// # Errors
	///
	/// If there is no such key, it is of the other kind, it has no such parameters, inputs or proof are malformed,
	/// or the proof does not hold.
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

	fn insert_params(circuit: CircuitHash, point: &G1) -> DispatchResult {
		Self::do_insert_params(circuit, point)
	}

	fn remove_params(circuit: CircuitHash, params: Scalar) -> DispatchResult {
		Self::do_remove_params(circuit, params)
	}

	fn params(circuit: CircuitHash, params: Scalar) -> Option<G1> {
		Params::<T>::get(circuit, params).map(|prepared| prepared.point)
	}

	fn verify_range(circuit: CircuitHash, params: Scalar, range: &RangeProof) -> DispatchResult {
		Self::do_verify_range(circuit, params, range)
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
		let inputs = instance.inputs::<T>(&key)?;
		let key = Self::with_params(key, instance.circuit(), instance.params())?;
		T::Crypto::verify(&key, &inputs, instance.proof()).map_err(Error::<T>::from)?;
		Ok(())
	}

	fn verify_batch(instances: &[Instance<'_>]) -> (Vec<DispatchResult>, u32) {
		let mut stored = BTreeMap::new();
		let mut keys: Vec<PreparedKey> = Vec::new();
		let mut numbers = BTreeMap::new();
		let mut items = Vec::with_capacity(instances.len());
		let mut verdicts = Vec::with_capacity(instances.len());
		for instance in instances {
			let circuit = instance.circuit();
			let key = stored.entry(circuit).or_insert_with(|| Keys::<T>::get(circuit)).as_ref();
			let item = key.ok_or(Error::<T>::KeyNotFound).and_then(|key| {
				let inputs = instance.inputs::<T>(key)?;
				// A key with other parameters is another key.
				let params = match key.key.params() {
					ParamsKind::Input => None,
					ParamsKind::Point => Some(instance.params()),
				};
				let number = *numbers.entry((circuit, params)).or_insert_with(|| {
					let key = Self::with_params(key.clone(), circuit, instance.params()).ok()?;
					keys.push(key);
					Some(keys.len().saturating_sub(1) as u32)
				});
				let number = number.ok_or(Error::<T>::ParamsNotFound)?;
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
			VerifyError::Params => Self::KeyKind,
			// Inputs are derived by kind, one challenge for each commitment, whose number was right.
			VerifyError::InputCount { .. } | VerifyError::Key => Self::KeyCorrupt,
			VerifyError::Equation => Self::ProofInvalid,
		}
	}
}
