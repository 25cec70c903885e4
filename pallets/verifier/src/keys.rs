//! Examining, storing and removing keys.

use frame_support::{dispatch::DispatchResult, ensure};
use sp_runtime::DispatchError;
use zkml_groth16::{KeyError, PointError};
use zkml_host::Groth16;
use zkml_primitives::{CircuitHash, CircuitKey};

use crate::{Config, Error, Keys, Pallet};

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
