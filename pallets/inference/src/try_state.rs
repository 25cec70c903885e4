//! What must hold of everything stored, after every block.

use alloc::collections::BTreeMap;

use frame_support::{ensure, traits::fungible::InspectHold};
use sp_runtime::{traits::Saturating, TryRuntimeError};
use zkml_primitives::Action;

use crate::{
	BalanceOf, Closing, Config, HoldReason, NextRequest, Pallet, Queue, Records, Requests, Results,
};

impl<T: Config> Pallet<T> {
	/// Checks that requests, queue and closing times name each other, that results name records, and
	/// that of each account the prices of its requests are held.
	///
	/// # Errors
	/// What does not hold, in words.
	pub fn do_try_state() -> Result<(), TryRuntimeError> {
		let mut prices = BTreeMap::<_, BalanceOf<T>>::new();
		let mut requests = 0u32;
		for (id, request) in Requests::<T>::iter() {
			requests = requests.saturating_add(1);
			ensure!(id < NextRequest::<T>::get(), "a request has a number that was not given yet");
			let queued = Queue::<T>::contains_key(request.work().id(), Self::rank(id, &request));
			ensure!(queued, "an open request is not in the queue");
			ensure!(Closing::<T>::contains_key(request.swept_in, id), "a request never closes");
			ensure!(!Results::<T>::contains_key(id), "an open request has a result");
			prices.entry(request.requester).or_default().saturating_accrue(request.price);
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
		for (who, sum) in prices {
			let held = T::Currency::balance_on_hold(&HoldReason::Escrow.into(), &who);
			ensure!(held == sum, "what is held is not the prices of the requests");
		}
		Ok(())
	}
}
