//! What an answer costs its sender, in words.

use alloc::vec::Vec;

use sp_runtime::traits::UniqueSaturatedInto;
use zkml_primitives::{Answer, InferenceItem, RequestId};

use super::{submit::Account, LOG};
use crate::{Config, Pallet, Requests};

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
		// The request is open, or the answer would be refused for another reason.
		let request = Requests::<T>::get(answer.request);
		// At most eight.
		let inputs = request.map_or(0, |request| request.inputs.len()) as u8;
		let record = InferenceItem::Record { inputs, outputs: answer.outputs.clone() };
		let deposit = Pallet::<T>::deposit_for(&[record]);
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
