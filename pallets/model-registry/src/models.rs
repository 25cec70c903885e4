//! Models and versions: what the owner can do.

use alloc::vec;

use frame_support::{
	dispatch::DispatchResult,
	ensure,
	traits::{Consideration, Get},
};
use frame_system::pallet_prelude::BlockNumberFor;
use pallet_verifier::{Instance, Verify};
use sp_runtime::{
	traits::{UniqueSaturatedInto, Zero},
	DispatchError,
};
use zkml_primitives::{
	is_plain_line, Action, Context, ModelId, ModelVersion, ParamsKind, ParamsRange, Possession,
	RangeProof, Share, Shown, SpecError, Statement, Status, Tensor, ValueInfo, Visibility,
};

use crate::{
	deposits::{model_footprint, version_footprint},
	Config, Deposit, Error, Event, ForModel, ForVersion, ModelDetails, Models, Pallet,
	VersionDetails, Versions,
};

/// What of a description people read.
fn texts(version: &ModelVersion) -> impl Iterator<Item = &[u8]> {
	let ModelVersion { inputs, outputs, labels, accuracy, content, .. } = version;
	let names = inputs.iter().chain(outputs).map(|value| &value.name[..]);
	let labels = labels.iter().map(|label| &label[..]);
	names.chain(labels).chain([&accuracy[..], &content.uri[..]])
}

/// A version as it is offered, with what shows that it may be taken.
struct Offered {
	version: ModelVersion,
	possession: Possession,
	range: Option<RangeProof>,
}

impl<T: Config> Pallet<T> {
	pub(crate) fn do_register(
		who: T::AccountId,
		version: ModelVersion,
		owner_share: Share,
		possession: Possession,
		range: Option<RangeProof>,
	) -> DispatchResult {
		ensure!(owner_share.0 <= Share::WHOLE, Error::<T>::ShareTooLarge);
		let model = ModelId::derive(&who, version.circuit, version.params.scalar());
		ensure!(!Models::<T>::contains_key(model), Error::<T>::ModelAlreadyExists);
		let circuit = version.circuit;
		let deposit = Self::hold::<ForModel<T>>(&who, model_footprint::<T>())?;
		let (owner, registrant) = (who.clone(), who.clone());
		let details =
			ModelDetails { owner, owner_share, latest: 1, removable_at: 0, registrant, deposit };
		Models::<T>::insert(model, details);
		let offered = Offered { version, possession, range };
		Self::add_version(&who, model, 1, Action::Register, offered)?;
		Self::deposit_event(Event::Registered { model, owner: who, circuit });
		Ok(())
	}

	pub(crate) fn do_publish(
		who: T::AccountId,
		model: ModelId,
		version: ModelVersion,
		possession: Possession,
		range: Option<RangeProof>,
	) -> DispatchResult {
		let circuit = version.circuit;
		let number = Self::mutate_owned(&who, model, |details| {
			ensure!(details.latest < T::MaxVersions::get(), Error::<T>::TooManyVersions);
			details.latest = details.latest.saturating_add(1);
			Ok(details.latest)
		})?;
		let offered = Offered { version, possession, range };
		Self::add_version(&who, model, number, Action::Publish, offered)?;
		Self::deposit_event(Event::Published { model, version: number, circuit });
		Ok(())
	}

	pub(crate) fn do_deprecate(who: T::AccountId, model: ModelId, number: u32) -> DispatchResult {
		Self::mutate_owned(&who, model, |details| {
			details.removable_at = Self::now().saturating_add(T::RemovalDelay::get());
			Ok(())
		})?;
		Versions::<T>::try_mutate(model, number, |details| {
			let details = details.as_mut().ok_or(Error::<T>::VersionNotFound)?;
			ensure!(details.status == Status::Active, Error::<T>::VersionDeprecated);
			details.status = Status::Deprecated;
			Ok::<_, DispatchError>(())
		})?;
		Self::deposit_event(Event::Deprecated { model, version: number });
		Ok(())
	}

	pub(crate) fn do_transfer(
		who: T::AccountId,
		model: ModelId,
		to: T::AccountId,
	) -> DispatchResult {
		Self::mutate_owned(&who, model, |details| {
			details.owner = to.clone();
			Ok(())
		})?;
		Self::deposit_event(Event::Transferred { model, from: who, to });
		Ok(())
	}

	pub(crate) fn do_set_share(who: T::AccountId, model: ModelId, share: Share) -> DispatchResult {
		ensure!(share.0 <= Share::WHOLE, Error::<T>::ShareTooLarge);
		Self::mutate_owned(&who, model, |details| {
			details.owner_share = share;
			Ok(())
		})?;
		Self::deposit_event(Event::ShareSet { model, share });
		Ok(())
	}

	/// Returns how many versions went with the model.
	pub(crate) fn do_remove(who: T::AccountId, model: ModelId) -> Result<u32, DispatchError> {
		let details = Self::mutate_owned(&who, model, |details| Ok(details.clone()))?;
		ensure!(details.removable_at <= Self::now(), Error::<T>::RemovalTooSoon);
		for number in 1..=details.latest {
			let version = Versions::<T>::take(model, number).ok_or(Error::<T>::VersionNotFound)?;
			ensure!(version.status == Status::Deprecated, Error::<T>::VersionActive);
			let (circuit, params) = (version.description.circuit, version.description.params);
			if params.point().is_some() {
				T::Verifier::remove_params(circuit, params.scalar())?;
			}
			Self::leave_circuit(circuit);
			version.deposit.drop(&version.publisher)?;
		}
		Models::<T>::remove(model);
		details.deposit.drop(&details.registrant)?;
		Self::deposit_event(Event::Removed { model });
		Ok(details.latest)
	}

	fn now() -> u32 {
		frame_system::Pallet::<T>::block_number().unique_saturated_into()
	}

	/// Changes a model if `who` owns it.
	fn mutate_owned<R>(
		who: &T::AccountId,
		model: ModelId,
		change: impl FnOnce(
			&mut ModelDetails<T::AccountId, Deposit<T, ForModel<T>>>,
		) -> Result<R, DispatchError>,
	) -> Result<R, DispatchError> {
		Models::<T>::try_mutate(model, |details| {
			let details = details.as_mut().ok_or(Error::<T>::ModelNotFound)?;
			ensure!(details.owner == *who, Error::<T>::NotOwner);
			change(details)
		})
	}

	/// Refuses inputs, or outputs, that no model has.
	fn check_tensors(values: &[ValueInfo]) -> DispatchResult {
		ensure!(!values.is_empty(), Error::<T>::NoTensors);
		for (index, ValueInfo { name, tensor }) in values.iter().enumerate() {
			ensure!(!name.is_empty(), Error::<T>::TensorUnnamed);
			// There are few.
			let again = values.iter().take(index).any(|before| before.name == *name);
			ensure!(!again, Error::<T>::TensorNamedTwice);
			tensor.check().map_err(|error| match error {
				SpecError::Width => Error::<T>::TensorWidth,
				SpecError::Dims => Error::<T>::TensorShape,
				SpecError::Range => Error::<T>::TensorRange,
				SpecError::Axis => Error::<T>::TensorAxis,
				SpecError::Scales => Error::<T>::TensorScales,
				SpecError::Mantissa => Error::<T>::TensorMantissa,
			})?;
		}
		Ok(())
	}

	fn add_version(
		who: &T::AccountId,
		model: ModelId,
		number: u32,
		action: Action,
		Offered { version, possession, range }: Offered,
	) -> DispatchResult {
		Self::check_tensors(&version.inputs)?;
		Self::check_tensors(&version.outputs)?;
		let count = (version.inputs.len(), version.outputs.len());
		let of_as_many = (possession.inputs.len(), possession.outputs.len()) == count;
		ensure!(of_as_many, Error::<T>::PossessionCount);
		ensure!(texts(&version).all(is_plain_line), Error::<T>::TextNotPlain);
		let params = version.params.scalar();
		params.check().map_err(|_| Error::<T>::ParamsNotCanonical)?;
		let now = Self::now();
		ensure!(now <= possession.expiry, Error::<T>::PossessionExpired);
		let kind = Self::use_circuit(version.circuit)?;
		ensure!(version.params.kind() == kind, Error::<T>::ParamsKind);
		ensure!(range.is_none() || kind == ParamsKind::Point, Error::<T>::RangeNotTaken);
		if let Some(point) = version.params.point() {
			ensure!(version.visibility == Visibility::Private, Error::<T>::ParamsNotPrivate);
			T::Verifier::insert_params(version.circuit, &point)?;
		}
		let ctx = Context {
			genesis: Self::genesis(),
			action,
			model,
			version: number,
			beneficiary: who.clone(),
			expiry: possession.expiry,
			shown: Shown::nothing(count.0, count.1),
		};
		let Possession { inputs, outputs, proof, .. } = possession;
		let (circuit, ctx) = (version.circuit, ctx.digest());
		let statement = Statement { circuit, model, version: number, params, inputs, outputs, ctx };
		T::Verifier::verify(Instance::Model {
			statement: &statement,
			inputs: vec![Tensor::Committed; count.0],
			outputs: vec![Tensor::Committed; count.1],
			proof: &proof,
		})?;
		let params_range = match (kind, range) {
			// Each inference proves it, or the circuit has them in it.
			(ParamsKind::Input, _) => ParamsRange::Proved,
			(ParamsKind::Point, Some(range)) => {
				T::Verifier::verify_range(version.circuit, params, &range)?;
				ParamsRange::Proved
			}
			(ParamsKind::Point, None) => ParamsRange::NotProved,
		};
		let deposit = Self::hold::<ForVersion<T>>(who, version_footprint(&version))?;
		let details = VersionDetails {
			hash: version.hash(),
			description: version,
			status: Status::Active,
			params_range,
			publisher: who.clone(),
			deposit,
		};
		Versions::<T>::insert(model, number, details);
		Ok(())
	}

	/// The hash of block 0, which the system pallet never prunes.
	pub fn genesis() -> [u8; 32] {
		let hash = frame_system::Pallet::<T>::block_hash(BlockNumberFor::<T>::zero());
		let mut out = [0; 32];
		for (to, from) in out.iter_mut().zip(hash.as_ref()) {
			*to = *from;
		}
		out
	}
}
