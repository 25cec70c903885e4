//! What an answer costs its sender, in words.

use alloc::vec::Vec;

use codec::Encode;
use sp_runtime::traits::UniqueSaturatedInto;
use zkml_primitives::{
	Action, Answer, CircuitHash, ModelId, Record, RequestId, Scalar, SetupClaim, SetupLevel,
	Visibility,
};

use super::{submit::Account, LOG};
use crate::{BalanceOf, Config, Pallet};

/// Answers that the account cannot pay for.
#[derive(Default)]
pub(super) struct Shortage {
	requests: Vec<RequestId>,
	deposits: u128,
}

impl Shortage {
	/// Counts an answer in.
	pub(super) fn add<T: Config>(&mut self, answer: &Answer<T::AccountId>) {
		self.requests.push(answer.request);
		let deposit = Pallet::<T>::deposit_for(record_size::<T>(answer));
		self.deposits = self.deposits.saturating_add(deposit.unique_saturated_into());
	}

	/// Whether there is none.
	pub(super) fn is_none(&self) -> bool {
		self.requests.is_empty()
	}

	/// Says what it takes, if there is one.
	pub(super) fn say<T: Config>(&self, account: &Account<T>) {
		if !self.is_none() {
			log::warn!(
				target: LOG,
				"requests {:?}: proved, but {account} cannot pay for the answers: deposits of {} and the fee, \
				 in the smallest unit. They are submitted once funds have come",
				self.requests,
				self.deposits,
			);
		}
	}
}

/// Bytes of the record that an answer leaves: all its fields but the output are of fixed size.
fn record_size<T: Config>(answer: &Answer<T::AccountId>) -> usize {
	let account = &answer.beneficiary;
	let record: Record<T::AccountId, BalanceOf<T>> = Record {
		model: ModelId([0; 32]),
		version: 0,
		circuit: CircuitHash([0; 32]),
		params: Scalar::ZERO,
		description: [0; 32],
		input: Scalar::ZERO,
		input_visibility: Visibility::Public,
		output: answer.output.clone(),
		ctx: answer.ctx,
		action: Action::Answer(answer.request),
		beneficiary: account.clone(),
		setup: SetupClaim { level: SetupLevel::Ceremony([0; 32]), by: account.clone() },
		proved: Default::default(),
		asked: Default::default(),
		expiry: 0,
		depositor: account.clone(),
		deposit: Default::default(),
	};
	record.encoded_size()
}
