//! The one way by which an inference becomes a record.

use frame_support::{dispatch::DispatchResult, ensure, traits::Get};
use pallet_model_registry::{ReadModels, VersionView};
use pallet_verifier::Verify;
use sp_runtime::traits::UniqueSaturatedInto;
use zkml_primitives::{
	Action, Context, ModelId, Proof, Role, Scalar, Statement, TensorData, TensorError,
};

use crate::{Config, Error, Pallet};

/// Everything a prover claims, before it is believed.
pub(crate) struct Claim<AccountId> {
	pub model: ModelId,
	pub version: u32,
	pub action: Action,
	pub beneficiary: AccountId,
	pub expiry: u32,
	/// Commitment to the input, recomputed by the runtime where the input is public.
	pub input: Scalar,
	pub output: TensorData,
	/// The context that the proof is said to be bound to.
	pub ctx: Scalar,
	pub proof: Proof,
}

impl<T: Config> Pallet<T> {
	pub(crate) fn now() -> u32 {
		frame_system::Pallet::<T>::block_number().unique_saturated_into()
	}

	/// Checks that a block lies ahead, and not too far.
	pub(crate) fn ensure_ahead(block: u32) -> DispatchResult {
		let now = Self::now();
		ensure!(block >= now, Error::<T>::Expired);
		let horizon = T::MaxHorizon::get();
		ensure!(block - now <= horizon, Error::<T>::TooFarAhead);
		Ok(())
	}

	/// The commitment of an input as it came, the runtime's own if it is public.
	pub(crate) fn input_commitment(
		version: &VersionView<T::AccountId>,
		input: &TensorData,
	) -> Result<Scalar, Error<T>> {
		match input {
			TensorData::Public(bytes) => {
				T::Verifier::commit(Role::Input, &version.description.input, bytes).map_err(
					|error| match error {
						TensorError::Length { .. } => Error::InputLength,
						TensorError::OutOfRange { .. } => Error::InputOutOfRange,
					},
				)
			}
			TensorData::Committed(commitment) => {
				commitment.check().map_err(|_| Error::InputNotCanonical)?;
				Ok(*commitment)
			}
		}
	}

	fn output_commitment(
		version: &VersionView<T::AccountId>,
		output: &TensorData,
	) -> Result<Scalar, Error<T>> {
		match output {
			TensorData::Public(bytes) => {
				T::Verifier::commit(Role::Output, &version.description.output, bytes).map_err(
					|error| match error {
						TensorError::Length { .. } => Error::OutputLength,
						TensorError::OutOfRange { .. } => Error::OutputOutOfRange,
					},
				)
			}
			TensorData::Committed(commitment) => {
				commitment.check().map_err(|_| Error::OutputNotCanonical)?;
				Ok(*commitment)
			}
		}
	}

	/// What the proof's context has to be.
	pub(crate) fn context(
		action: Action,
		model: ModelId,
		version: u32,
		beneficiary: T::AccountId,
		expiry: u32,
	) -> Scalar {
		let genesis = T::Models::genesis();
		Context { genesis, action, model, version, beneficiary, expiry }.digest()
	}

	/// The statement of a claim; refuses tensors that do not fit the version, and proofs that were
	/// made for another use.
	pub(crate) fn statement(
		version: &VersionView<T::AccountId>,
		claim: &Claim<T::AccountId>,
	) -> Result<Statement, Error<T>> {
		let Claim { model, action, expiry, .. } = *claim;
		let beneficiary = claim.beneficiary.clone();
		let ctx = Self::context(action, model, claim.version, beneficiary, expiry);
		ensure!(ctx == claim.ctx, Error::ContextMismatch);
		Ok(Statement {
			circuit: version.description.circuit,
			model,
			version: claim.version,
			params: version.description.params.scalar(),
			input: claim.input,
			output: Self::output_commitment(version, &claim.output)?,
			ctx,
		})
	}
}
