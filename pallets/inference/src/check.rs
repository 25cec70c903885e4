//! The one way by which an inference becomes a record.

use alloc::vec::Vec;

use frame_support::{dispatch::DispatchResult, ensure, traits::Get};
use pallet_model_registry::{ReadModels, VersionView};
use pallet_verifier::{Instance, Unverified, Verify};
use sp_runtime::{traits::UniqueSaturatedInto, DispatchError};
use zkml_primitives::{
	public_len, visibilities, Action, Context, ModelId, Place, Proof, RequestId, Role, Scalar,
	Shown, Statement, Tensor, TensorData, TensorError, Tensors, ValueInfo, Visibility,
	MAX_TENSOR_BYTES,
};

use crate::{Config, Error, Pallet, Records, RequestInputs, RequestOf};

/// All inputs, or all outputs, of an inference, which fit their specifications.
pub(crate) struct CheckedTensors {
	/// What stands for each in the statement.
	pub digests: Tensors<Scalar>,
	/// Who sees the values of each, in the order of `digests`.
	pub seen_by: Tensors<Visibility>,
	/// The values of each that is public; of none, if the key takes them by their digests.
	values: Vec<Option<Vec<i32>>>,
}

impl CheckedTensors {
	fn tensors<'a>(&'a self, described: &'a [ValueInfo]) -> Vec<Tensor<'a>> {
		let tensor = |(value, values): (&'a ValueInfo, &'a Option<Vec<i32>>)| {
			let known = |values| Tensor::Public(&value.tensor, values);
			values.as_deref().map_or(Tensor::Committed, known)
		};
		described.iter().zip(&self.values).map(tensor).collect()
	}
}

/// What is said of tensors that fit no version, by reason.
struct Refusals<T> {
	count: Error<T>,
	too_long: Error<T>,
	length: Error<T>,
	range: Error<T>,
	canonical: Error<T>,
}

/// An inference as its prover says that it was.
pub(crate) struct Inference<AccountId> {
	pub model: ModelId,
	pub version: u32,
	pub action: Action,
	pub beneficiary: AccountId,
	pub expiry: u32,
	pub inputs: CheckedTensors,
	pub outputs: Tensors<TensorData>,
	/// The context that the proof is said to be bound to.
	pub ctx: Scalar,
	pub proof: Proof,
	/// Where the inputs came in.
	pub asked: Place,
}

impl<T: Config> Pallet<T> {
	pub(crate) fn now() -> u32 {
		frame_system::Pallet::<T>::block_number().unique_saturated_into()
	}

	/// The extrinsic at work.
	pub(crate) fn here() -> Place {
		let extrinsic = frame_system::Pallet::<T>::extrinsic_index().unwrap_or_default();
		Place { block: Self::now(), extrinsic }
	}

	/// Checks that a block lies ahead, and not too far.
	pub(crate) fn ensure_ahead(block: u32) -> DispatchResult {
		let now = Self::now();
		ensure!(block >= now, Error::<T>::Expired);
		let horizon = T::MaxHorizon::get();
		ensure!(block - now <= horizon, Error::<T>::TooFarAhead);
		Ok(())
	}

	/// Checks inputs as they came against the version's specifications.
	pub(crate) fn check_inputs(
		version: &VersionView<T::AccountId>,
		data: &Tensors<TensorData>,
	) -> Result<CheckedTensors, DispatchError> {
		let refusals = Refusals {
			count: Error::InputCount,
			too_long: Error::InputsTooLong,
			length: Error::InputLength,
			range: Error::InputOutOfRange,
			canonical: Error::InputNotCanonical,
		};
		let described = &version.description.inputs;
		Self::check_tensors(version.rounds, Role::Input, described, data, refusals)
	}

	/// Checks outputs as they came against the version's specifications.
	fn check_outputs(
		version: &VersionView<T::AccountId>,
		data: &Tensors<TensorData>,
	) -> Result<CheckedTensors, DispatchError> {
		let refusals = Refusals {
			count: Error::OutputCount,
			too_long: Error::OutputsTooLong,
			length: Error::OutputLength,
			range: Error::OutputOutOfRange,
			canonical: Error::OutputNotCanonical,
		};
		let described = &version.description.outputs;
		Self::check_tensors(version.rounds, Role::Output, described, data, refusals)
	}

	fn check_tensors(
		rounds: u32,
		role: Role,
		described: &[ValueInfo],
		data: &Tensors<TensorData>,
		refusals: Refusals<T>,
	) -> Result<CheckedTensors, DispatchError> {
		let Refusals { count, too_long, length, range, canonical } = refusals;
		ensure!(data.len() == described.len(), count);
		ensure!(public_len(data) <= MAX_TENSOR_BYTES, too_long);
		let (mut digests, mut values) = (Vec::new(), Vec::new());
		for (ValueInfo { tensor: spec, .. }, data) in described.iter().zip(data) {
			let (digest, known) = match data {
				TensorData::Public(bytes) => {
					let known = match spec.decode(bytes) {
						Ok(known) => known,
						Err(TensorError::TooLong { .. }) => return Err(too_long.into()),
						Err(TensorError::Length { .. }) => return Err(length.into()),
						Err(TensorError::OutOfRange { .. }) => return Err(range.into()),
					};
					(T::Verifier::digest(rounds, role, spec, bytes, &known), Some(known))
				}
				TensorData::Committed(commitment) => {
					if commitment.check().is_err() {
						return Err(canonical.into());
					}
					(*commitment, None)
				}
			};
			digests.push(digest);
			values.push(known);
		}
		// As many as there are of the data.
		let digests = Tensors::truncate_from(digests);
		Ok(CheckedTensors { digests, seen_by: visibilities(data), values })
	}

	/// The inputs of a request, which were checked when they came in, and whose digests were computed
	/// then. Where these are all that the key takes, the inputs are not read.
	pub(crate) fn stored_inputs(
		version: &VersionView<T::AccountId>,
		id: RequestId,
		request: &RequestOf<T>,
	) -> Result<CheckedTensors, DispatchError> {
		let mut values = Vec::new();
		if version.rounds > 0 {
			let inputs = RequestInputs::<T>::get(id).ok_or(Error::<T>::RequestNotFound)?;
			for (ValueInfo { tensor: spec, .. }, data) in
				version.description.inputs.iter().zip(&inputs)
			{
				values.push(match data {
					TensorData::Public(bytes) => {
						Some(spec.decode(bytes).map_err(|_| Error::<T>::InputLength)?)
					}
					TensorData::Committed(_) => None,
				});
			}
		}
		let (digests, seen_by) = (request.digests.clone(), request.inputs.clone());
		Ok(CheckedTensors { digests, seen_by, values })
	}

	/// Bytes that these tensors have in clear, as they are described.
	pub(crate) fn shown_len(described: &[ValueInfo], seen_by: &[Visibility]) -> u32 {
		let public = |seen_by: &Visibility| *seen_by == Visibility::Public;
		let shown = described.iter().zip(seen_by).filter(|(_, seen_by)| public(seen_by));
		shown.fold(0, |sum, (value, _)| sum.saturating_add(value.tensor.byte_len()))
	}

	/// What the proof's context has to be.
	pub(crate) fn context(
		action: Action,
		model: ModelId,
		version: u32,
		beneficiary: T::AccountId,
		expiry: u32,
		shown: Shown,
	) -> Scalar {
		let genesis = T::Models::genesis();
		Context { genesis, action, model, version, beneficiary, expiry, shown }.digest()
	}

	/// Refuses an inference whose outputs do not fit the version, whose proof was not made for this use,
	/// or which is on record. The proof itself is not looked at.
	pub(crate) fn examine(
		version: VersionView<T::AccountId>,
		inference: Inference<T::AccountId>,
	) -> Result<UnverifiedInference<T::AccountId>, DispatchError> {
		let Inference { model, action, expiry, .. } = inference;
		let beneficiary = inference.beneficiary.clone();
		let outputs = Self::check_outputs(&version, &inference.outputs)?;
		let shown =
			Shown { inputs: inference.inputs.seen_by.clone(), outputs: outputs.seen_by.clone() };
		let ctx = Self::context(action, model, inference.version, beneficiary, expiry, shown);
		ensure!(ctx == inference.ctx, Error::<T>::ContextMismatch);
		let statement = Statement {
			circuit: version.description.circuit,
			model,
			version: inference.version,
			params: version.description.params.scalar(),
			inputs: inference.inputs.digests.clone(),
			outputs: outputs.digests.clone(),
			ctx,
		};
		// Before the pairing: a replay, re-randomised or not, costs the chain nothing more.
		ensure!(!Records::<T>::contains_key(statement.id()), Error::<T>::AlreadyRecorded);
		Ok(UnverifiedInference { version, inference, statement, outputs })
	}
}

/// An inference that fits its version.
pub(crate) struct UnverifiedInference<AccountId> {
	pub version: VersionView<AccountId>,
	pub inference: Inference<AccountId>,
	pub statement: Statement,
	pub outputs: CheckedTensors,
}

impl<AccountId> Unverified for UnverifiedInference<AccountId> {
	/// Model and version: those that have them in common are checked with one key.
	type Source = (ModelId, u32);

	fn source(&self) -> (ModelId, u32) {
		(self.statement.model, self.statement.version)
	}

	fn instance(&self) -> Instance<'_> {
		let about = &self.version.description;
		Instance::Model {
			statement: &self.statement,
			inputs: self.inference.inputs.tensors(&about.inputs),
			outputs: self.outputs.tensors(&about.outputs),
			proof: &self.inference.proof,
		}
	}
}
