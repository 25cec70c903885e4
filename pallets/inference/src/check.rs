//! The one way by which an inference becomes a record.

use alloc::vec::Vec;

use frame_support::{dispatch::DispatchResult, ensure, traits::Get};
use pallet_model_registry::{ReadModels, VersionView};
use pallet_verifier::{Instance, Unverified, Verify};
use sp_runtime::{traits::UniqueSaturatedInto, DispatchError};
use zkml_primitives::{
	Action, Context, ModelId, Place, Proof, Role, Scalar, Shown, Statement, Tensor, TensorData,
	TensorError, TensorSpec, Visibility,
};

use crate::{Config, Error, Pallet, Records};

/// A tensor that fits its specification.
pub(crate) struct CheckedTensor {
	/// What stands for it in the statement.
	pub digest: Scalar,
	/// Its values, if it is public.
	pub values: Option<Vec<i32>>,
}

impl CheckedTensor {
	/// Who sees it.
	pub(crate) fn visibility(&self) -> Visibility {
		match self.values {
			Some(_) => Visibility::Public,
			None => Visibility::Private,
		}
	}

	fn tensor<'a>(&'a self, spec: &'a TensorSpec) -> Tensor<'a> {
		self.values.as_ref().map_or(Tensor::Committed, |values| Tensor::Public(spec, values))
	}
}

/// An inference as its prover says that it was.
pub(crate) struct Inference<AccountId> {
	pub model: ModelId,
	pub version: u32,
	pub action: Action,
	pub beneficiary: AccountId,
	pub expiry: u32,
	pub input: CheckedTensor,
	pub output: TensorData,
	/// The context that the proof is said to be bound to.
	pub ctx: Scalar,
	pub proof: Proof,
	/// Where the input came in.
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

	/// Checks an input as it came against the version's specification.
	pub(crate) fn check_input(
		version: &VersionView<T::AccountId>,
		data: &TensorData,
	) -> Result<CheckedTensor, DispatchError> {
		let errors = [Error::<T>::InputLength, Error::InputOutOfRange, Error::InputNotCanonical];
		let spec = &version.description.input;
		Self::check_tensor(version.rounds, Role::Input, spec, data, errors)
	}

	/// Checks an output as it came against the version's specification.
	fn check_output(
		version: &VersionView<T::AccountId>,
		data: &TensorData,
	) -> Result<CheckedTensor, DispatchError> {
		let errors = [Error::<T>::OutputLength, Error::OutputOutOfRange, Error::OutputNotCanonical];
		let spec = &version.description.output;
		Self::check_tensor(version.rounds, Role::Output, spec, data, errors)
	}

	fn check_tensor(
		rounds: u32,
		role: Role,
		spec: &TensorSpec,
		data: &TensorData,
		[length, range, canonical]: [Error<T>; 3],
	) -> Result<CheckedTensor, DispatchError> {
		match data {
			TensorData::Public(bytes) => {
				let values = spec.decode(bytes).map_err(|error| match error {
					TensorError::Length { .. } => length,
					TensorError::OutOfRange { .. } => range,
				})?;
				let digest = T::Verifier::digest(rounds, role, spec, bytes, &values);
				Ok(CheckedTensor { digest, values: Some(values) })
			}
			TensorData::Committed(commitment) => {
				commitment.check().map_err(|_| canonical)?;
				Ok(CheckedTensor { digest: *commitment, values: None })
			}
		}
	}

	/// The input of a request, which was checked when it came in, and whose digest was computed then.
	pub(crate) fn stored_input(
		version: &VersionView<T::AccountId>,
		digest: Scalar,
		data: &TensorData,
	) -> Result<CheckedTensor, DispatchError> {
		let values = match data {
			TensorData::Public(bytes) => {
				let values = version.description.input.decode(bytes);
				Some(values.map_err(|_| Error::<T>::InputLength)?)
			}
			TensorData::Committed(_) => None,
		};
		Ok(CheckedTensor { digest, values })
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

	/// Refuses an inference whose output does not fit the version, whose proof was not made for this use,
	/// or which is on record. The proof itself is not looked at.
	pub(crate) fn examine(
		version: VersionView<T::AccountId>,
		inference: Inference<T::AccountId>,
	) -> Result<UnverifiedInference<T::AccountId>, DispatchError> {
		let Inference { model, action, expiry, .. } = inference;
		let beneficiary = inference.beneficiary.clone();
		let output = Self::check_output(&version, &inference.output)?;
		let shown =
			Shown { input: inference.input.visibility(), output: inference.output.visibility() };
		let ctx = Self::context(action, model, inference.version, beneficiary, expiry, shown);
		ensure!(ctx == inference.ctx, Error::<T>::ContextMismatch);
		let statement = Statement {
			circuit: version.description.circuit,
			model,
			version: inference.version,
			params: version.description.params.scalar(),
			input: inference.input.digest,
			output: output.digest,
			ctx,
		};
		// Before the pairing: a replay, re-randomised or not, costs the chain nothing more.
		ensure!(!Records::<T>::contains_key(statement.id()), Error::<T>::AlreadyRecorded);
		Ok(UnverifiedInference { version, inference, statement, output })
	}
}

/// An inference that fits its version.
pub(crate) struct UnverifiedInference<AccountId> {
	pub version: VersionView<AccountId>,
	pub inference: Inference<AccountId>,
	pub statement: Statement,
	pub output: CheckedTensor,
}

impl<AccountId> Unverified for UnverifiedInference<AccountId> {
	/// The version.
	type Source = (ModelId, u32);

	fn source(&self) -> (ModelId, u32) {
		(self.statement.model, self.statement.version)
	}

	fn instance(&self) -> Instance<'_> {
		let about = &self.version.description;
		Instance::Model {
			statement: &self.statement,
			input: self.inference.input.tensor(&about.input),
			output: self.output.tensor(&about.output),
			proof: &self.inference.proof,
		}
	}
}
