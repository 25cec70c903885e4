//! Examining, storing and removing keys and commitments to parameters.

use frame_support::{dispatch::DispatchResult, ensure};
use sp_runtime::DispatchError;
use zkml_groth16::{KeyError, PointError, PreparedKey, VerifyError};
use zkml_host::Groth16;
use zkml_primitives::{
	CircuitHash, CircuitKey, ParamsCommitment, ParamsKind, RangeProof, Scalar, G1,
};

use crate::{Config, Error, Keys, Pallet, Params};

impl<T: Config> Pallet<T> {
	pub(crate) fn do_insert(key: &CircuitKey) -> Result<CircuitHash, DispatchError> {
		let hash = key.hash();
		ensure!(!Keys::<T>::contains_key(hash), Error::<T>::KeyAlreadyExists);
		let prepared = T::Crypto::prepare(key).map_err(Error::<T>::from)?;
		Keys::<T>::insert(hash, prepared);
		Ok(hash)
	}

	pub(crate) fn do_remove(circuit: CircuitHash) -> DispatchResult {
		Keys::<T>::take(circuit).map(|_| ()).ok_or(Error::<T>::KeyNotFound.into())
	}

	pub(crate) fn do_insert_params(circuit: CircuitHash, point: &G1) -> DispatchResult {
		let params = ParamsCommitment::Point(*point).scalar();
		ensure!(!Params::<T>::contains_key(circuit, params), Error::<T>::ParamsAlreadyExist);
		let key = Keys::<T>::get(circuit).ok_or(Error::<T>::KeyNotFound)?;
		let prepared = T::Crypto::prepare_params(&key, point).map_err(|error| match error {
			VerifyError::Point(_, PointError::NotCanonical) => Error::ParamsNotCanonical,
			// A point of G1 that is on the curve is in the subgroup.
			VerifyError::Point(_, PointError::NotOnCurve | PointError::NotInSubgroup) => {
				Error::ParamsNotOnCurve
			}
			VerifyError::Point(_, PointError::Identity) => Error::ParamsAreIdentity,
			error => Error::<T>::from(error),
		})?;
		Params::<T>::insert(circuit, params, prepared);
		Ok(())
	}

	pub(crate) fn do_remove_params(circuit: CircuitHash, params: Scalar) -> DispatchResult {
		Params::<T>::take(circuit, params).map(|_| ()).ok_or(Error::<T>::ParamsNotFound.into())
	}

	pub(crate) fn do_verify_range(
		circuit: CircuitHash,
		params: Scalar,
		range: &RangeProof,
	) -> DispatchResult {
		let key = Keys::<T>::get(circuit).ok_or(Error::<T>::KeyNotFound)?;
		let key = Self::with_params(key, circuit, params)?;
		T::Crypto::verify_range(&key, range).map_err(|error| match error {
			VerifyError::Equation => Error::<T>::RangeInvalid,
			error => error.into(),
		})?;
		Ok(())
	}

	/// The key with these parameters, if its kind takes them as a point; as it is otherwise.
	pub(crate) fn with_params(
		key: PreparedKey,
		circuit: CircuitHash,
		params: Scalar,
	) -> Result<PreparedKey, Error<T>> {
		match key.key.params() {
			ParamsKind::Input => Ok(key),
			ParamsKind::Point => {
				let params = Params::<T>::get(circuit, params).ok_or(Error::ParamsNotFound)?;
				Ok(key.with_params(params))
			}
		}
	}
}

impl<T> From<KeyError> for Error<T> {
	fn from(error: KeyError) -> Self {
		match error {
			KeyError::Point(_, PointError::NotCanonical) => Self::KeyPointNotCanonical,
			KeyError::Point(_, PointError::NotOnCurve) => Self::KeyPointNotOnCurve,
			KeyError::Point(_, PointError::NotInSubgroup) => Self::KeyPointNotInSubgroup,
			KeyError::Point(_, PointError::Identity) => Self::KeyPointIsIdentity,
			KeyError::DeltaIsGenerator => Self::KeyDeltaIsGenerator,
			KeyError::GammaEqualsDelta => Self::KeyGammaEqualsDelta,
			KeyError::DeltasEqual => Self::KeyDeltasEqual,
			KeyError::BetaNotItsOwn => Self::KeyBetaNotItsOwn,
			KeyError::IcLength { .. } => Self::KeyIcLength,
			KeyError::NoRounds => Self::KeyWithoutRounds,
		}
	}
}
