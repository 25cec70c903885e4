//! The one way by which an inference becomes a record.

use alloc::{collections::BTreeSet, vec::Vec};

use frame_support::{dispatch::DispatchResult, ensure, traits::Get};
use pallet_model_registry::{ReadModels, VersionView};
use pallet_verifier::{Claimed, Verify};
use sp_runtime::{traits::UniqueSaturatedInto, DispatchError};
use zkml_primitives::{
	Action, Context, ModelId, Place, Proof, Role, Scalar, Shown, Statement, Tensor, TensorData,
	TensorError, TensorSpec, Visibility,
};

use crate::{cost::Work, Config, Error, Pallet, Records};

/// A tensor that fits its version.
pub(crate) struct Seen {
	/// What stands for it in the statement.
	pub digest: Scalar,
	/// Its values, if it is public.
	pub values: Option<Vec<i32>>,
}

impl Seen {
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

/// Everything a prover claims, before it is believed.
pub(crate) struct Claim<AccountId> {
	pub model: ModelId,
	pub version: u32,
	pub action: Action,
	pub beneficiary: AccountId,
	pub expiry: u32,
	pub input: Seen,
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

	/// Checks a tensor as it came against the version's specification.
	pub(crate) fn see(
		version: &VersionView<T::AccountId>,
		role: Role,
		data: &TensorData,
	) -> Result<Seen, DispatchError> {
		let about = &version.description;
		let (spec, [length, range, canonical]) = match role {
			Role::Output => (
				&about.output,
				[Error::<T>::OutputLength, Error::OutputOutOfRange, Error::OutputNotCanonical],
			),
			_ => (
				&about.input,
				[Error::<T>::InputLength, Error::InputOutOfRange, Error::InputNotCanonical],
			),
		};
		match data {
			TensorData::Public(bytes) => {
				let values = spec.decode(bytes).map_err(|error| match error {
					TensorError::Length { .. } => length,
					TensorError::OutOfRange { .. } => range,
				})?;
				let digest = T::Verifier::digest(version.rounds, role, spec, bytes, &values);
				Ok(Seen { digest, values: Some(values) })
			}
			TensorData::Committed(commitment) => {
				commitment.check().map_err(|_| canonical)?;
				Ok(Seen { digest: *commitment, values: None })
			}
		}
	}

	/// The input of a request, whose digest was computed when it came in.
	pub(crate) fn seen_before(
		version: &VersionView<T::AccountId>,
		digest: Scalar,
		data: &TensorData,
	) -> Result<Seen, DispatchError> {
		let values = match data {
			TensorData::Public(bytes) => {
				let values = version.description.input.decode(bytes);
				Some(values.map_err(|_| Error::<T>::InputLength)?)
			}
			TensorData::Committed(_) => None,
		};
		Ok(Seen { digest, values })
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

	/// What a claim says, if its tensors fit the version, its proof was made for this use and it is
	/// not on record yet. The proof is not looked at.
	pub(crate) fn examine(
		version: VersionView<T::AccountId>,
		claim: Claim<T::AccountId>,
	) -> Result<Candidate<T::AccountId>, DispatchError> {
		let Claim { model, action, expiry, .. } = claim;
		let beneficiary = claim.beneficiary.clone();
		let output = Self::see(&version, Role::Output, &claim.output)?;
		let shown = Shown { input: claim.input.visibility(), output: claim.output.visibility() };
		let ctx = Self::context(action, model, claim.version, beneficiary, expiry, shown);
		ensure!(ctx == claim.ctx, Error::<T>::ContextMismatch);
		let statement = Statement {
			circuit: version.description.circuit,
			model,
			version: claim.version,
			params: version.description.params.scalar(),
			input: claim.input.digest,
			output: output.digest,
			ctx,
		};
		// Before the pairing: a replay, re-randomised or not, costs the chain nothing more.
		ensure!(!Records::<T>::contains_key(statement.id()), Error::<T>::AlreadyRecorded);
		Ok(Candidate { version, claim, statement, output })
	}

	/// Looks at the proofs of all candidates at once, and puts an error in the place of each whose
	/// proof does not hold.
	pub(crate) fn verify_all<C: AsRef<Candidate<T::AccountId>>>(
		candidates: &mut [Result<C, DispatchError>],
	) -> Work {
		let examined: Vec<&Candidate<_>> =
			candidates.iter().filter_map(|one| one.as_ref().ok().map(AsRef::as_ref)).collect();
		let versions = examined
			.iter()
			.map(|one| (one.statement.model, one.statement.version))
			.collect::<BTreeSet<_>>();
		let versions = versions.len() as u32;
		let claimed: Vec<_> = examined.iter().map(|one| one.claimed()).collect();
		let (answers, singly) = T::Verifier::verify_batch(&claimed);
		let examined = candidates.iter_mut().filter(|candidate| candidate.is_ok());
		for (candidate, answer) in examined.zip(answers) {
			if let Err(error) = answer {
				*candidate = Err(error);
			}
		}
		Work { versions, singly }
	}
}

/// A claim that fits its version. Whether its proof holds is still to be seen.
pub(crate) struct Candidate<AccountId> {
	pub version: VersionView<AccountId>,
	pub claim: Claim<AccountId>,
	pub statement: Statement,
	pub output: Seen,
}

impl<AccountId> Candidate<AccountId> {
	pub(crate) fn claimed(&self) -> Claimed<'_> {
		let about = &self.version.description;
		Claimed::Model {
			statement: &self.statement,
			input: self.claim.input.tensor(&about.input),
			output: self.output.tensor(&about.output),
			proof: &self.claim.proof,
		}
	}
}

impl<AccountId> AsRef<Self> for Candidate<AccountId> {
	fn as_ref(&self) -> &Self {
		self
	}
}
