//! What must hold of everything stored, after every block.

use alloc::collections::BTreeMap;

use frame_support::{ensure, traits::fungible::InspectHold};
use sp_runtime::{traits::Saturating, TryRuntimeError};
use zkml_primitives::Action;

use crate::{
	BalanceOf, Closing, Config, HoldReason, Inputs, NextRequest, Pallet, Queue, Records, Requests,
	Results,
};

impl<T: Config> Pallet<T> {
	/// Checks that requests, queue and closing times name each other, that results name records, and
	/// that what is held of each account covers what is stored for it.
	///
	/// # Errors
	/// What does not hold, in words.
	pub fn do_try_state() -> Result<(), TryRuntimeError> {
		let mut held = BTreeMap::<_, BalanceOf<T>>::new();
		let mut owe = |reason: HoldReason, who: T::AccountId, amount: BalanceOf<T>| {
			let sum = held.entry((reason as u8, who)).or_default();
			*sum = sum.saturating_add(amount);
		};
		let mut requests = 0u32;
		for (id, request) in Requests::<T>::iter() {
			requests = requests.saturating_add(1);
			ensure!(id < NextRequest::<T>::get(), "a request has a number that was not given yet");
			let queued = Queue::<T>::contains_key(request.work().id(), Self::rank(id, &request));
			ensure!(queued, "an open request is not in the queue");
			ensure!(Closing::<T>::contains_key(request.swept_in, id), "a request never closes");
			ensure!(!Results::<T>::contains_key(id), "an open request has a result");
			owe(HoldReason::Escrow, request.requester.clone(), request.price);
			owe(HoldReason::Request, request.requester, request.deposit);
		}
		ensure!(requests == Requests::<T>::count(), "the count of requests is wrong");
		let queued = Queue::<T>::iter_keys().count();
		ensure!(queued == requests as usize, "the queue names requests that are not open");
		let closing = Closing::<T>::iter_keys().count();
		ensure!(closing == requests as usize, "requests close that are not open");
		for (request, statement) in Results::<T>::iter() {
			let record = Records::<T>::get(statement).ok_or("a result has no record")?;
			ensure!(record.action == Action::Answer(request), "a result names another's record");
		}
		for record in Records::<T>::iter_values() {
			owe(HoldReason::Record, record.depositor, record.deposit);
		}
		for (who, _, deposit) in Inputs::<T>::iter() {
			owe(HoldReason::Input, who, deposit);
		}
		let reasons =
			[HoldReason::Escrow, HoldReason::Request, HoldReason::Record, HoldReason::Input];
		for ((reason, who), amount) in held {
			let reason = reasons.iter().find(|one| **one as u8 == reason).ok_or("a reason")?;
			let balance = T::Currency::balance_on_hold(&(*reason).into(), &who);
			ensure!(balance == amount, "what is held is not what is stored for it");
		}
		Ok(())
	}
}
