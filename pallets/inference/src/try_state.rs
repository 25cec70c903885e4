//! What must hold of everything stored, after every block.

use alloc::collections::BTreeMap;

use frame_support::{
	ensure,
	traits::{fungible::InspectHold, GetStorageVersion},
};
use pallet_verifier::broken;
use sp_runtime::{traits::Saturating, TryRuntimeError};
use zkml_primitives::{visibilities, Action};

use crate::{
	BalanceOf, Closing, Config, HoldReason, NextRequest, Pallet, Queue, Records, RequestInputs,
	Requests, Results,
};

impl<T: Config> Pallet<T> {
	/// Checks that requests, their inputs, queue and closing times name each other, that results name records, and
	/// that of each account the prices of its requests are held.
	///
	/// # Errors
	/// What does not hold, in words.
	pub fn do_try_state() -> Result<(), TryRuntimeError> {
		let version = Self::on_chain_storage_version();
		ensure!(
			version == Self::in_code_storage_version(),
			"inference: storage of another version"
		);
		let mut prices = BTreeMap::<_, BalanceOf<T>>::new();
		let mut requests = 0u32;
		for (id, request) in Requests::<T>::iter() {
			requests = requests.saturating_add(1);
			let given = id < NextRequest::<T>::get();
			ensure!(given, broken("inference: a request has a number that was not given yet", &id));
			let queued = Queue::<T>::contains_key(request.work().id(), Self::rank(id, &request));
			ensure!(queued, broken("inference: an open request is not in the queue", &id));
			let missing = || broken("inference: a request without its inputs", &id);
			let inputs = RequestInputs::<T>::get(id).ok_or_else(missing)?;
			let same = visibilities(&inputs) == request.inputs;
			let words = "inference: inputs of a request are not shown as it says";
			ensure!(same && request.digests.len() == inputs.len(), broken(words, &id));
			let closes = Closing::<T>::contains_key(request.swept_in, id);
			ensure!(closes, broken("inference: a request never closes", &id));
			let open = !Results::<T>::contains_key(id);
			ensure!(open, broken("inference: an open request has a result", &id));
			prices.entry(request.requester).or_default().saturating_accrue(request.price);
		}
		ensure!(requests == Requests::<T>::count(), "inference: the count of requests is wrong");
		let queued = Queue::<T>::iter_keys().count();
		let words = "inference: the queue names requests that are not open";
		ensure!(queued == requests as usize, broken(words, &queued));
		let inputs = RequestInputs::<T>::iter_keys().count();
		let words = "inference: inputs are kept of requests that are not open";
		ensure!(inputs == requests as usize, broken(words, &inputs));
		let closing = Closing::<T>::iter_keys().count();
		let words = "inference: requests close that are not open";
		ensure!(closing == requests as usize, broken(words, &closing));
		for (request, statement) in Results::<T>::iter() {
			let missing = || broken("inference: a result has no record", &request);
			let record = Records::<T>::get(statement).ok_or_else(missing)?;
			let own = record.action == Action::Answer(request);
			ensure!(own, broken("inference: a result names another's record", &request));
		}
		for (who, sum) in prices {
			let held = T::Currency::balance_on_hold(&HoldReason::Escrow.into(), &who);
			let words = "inference: what is held is not the prices of the requests";
			ensure!(held == sum, broken(words, &who));
		}
		Ok(())
	}
}
