//! That a key is an authority's.

use codec::{Decode, DecodeWithMemTracking, Encode};
use scale_info::TypeInfo;
use sp_session::{GetSessionNumber, GetValidatorCount};
use sp_staking::SessionIndex;

/// The proof that a key is an authority's: empty, since all of them are in the state.
#[derive(Clone, Debug, Decode, DecodeWithMemTracking, Encode, Eq, PartialEq, TypeInfo)]
pub struct InState;

impl GetSessionNumber for InState {
	fn session(&self) -> SessionIndex {
		0
	}
}

impl GetValidatorCount for InState {
	fn validator_count(&self) -> sp_session::ValidatorCount {
		0
	}
}
