//! Open requests: in which order provers see them, and how those that nobody answered are returned.

use alloc::vec::Vec;

use frame_support::{
	storage::with_storage_layer,
	traits::Get,
	weights::{Weight, WeightMeter},
};
use sp_runtime::{
	traits::{Saturating, UniqueSaturatedInto},
	Permill,
};
use zkml_primitives::{Rank, RequestId, TensorData, Tensors, Work, MAX_PAGE};

use crate::{
	cost, BalanceOf, Closing, Config, NextMinute, Pallet, Queue, RequestInputs, RequestOf,
	RequestWith, Requests,
};

/// Most requests that one block returns by itself, so that blocks after a burst stay short.
const SWEPT_PER_BLOCK: u32 = 256;

impl<T: Config> Pallet<T> {
	/// What the prover gets of the price.
	pub fn worth<Input>(request: &RequestWith<T, Input>) -> BalanceOf<T> {
		let owner = Permill::from_parts(request.owner_share.0).mul_floor(request.price);
		request.price.saturating_sub(owner)
	}

	pub(crate) fn rank(id: RequestId, request: &RequestOf<T>) -> Rank {
		Rank::new(Self::worth(request).unique_saturated_into(), id)
	}

	pub(crate) fn open(id: RequestId, request: &RequestOf<T>, inputs: Tensors<TensorData>) {
		// While nothing is open nobody counts the minutes.
		if Requests::<T>::count() == 0 {
			NextMinute::<T>::put(Self::minute());
		}
		Requests::<T>::insert(id, request);
		RequestInputs::<T>::insert(id, inputs);
		Queue::<T>::insert(request.work().id(), Self::rank(id, request), ());
		Closing::<T>::insert(request.swept_in, id, ());
	}

	pub(crate) fn close(id: RequestId, request: &RequestOf<T>) {
		Requests::<T>::remove(id);
		RequestInputs::<T>::remove(id);
		Queue::<T>::remove(request.work().id(), Self::rank(id, request));
		Closing::<T>::remove(request.swept_in, id);
	}

	/// Open requests that a prover with this can answer, the best paid first:
	/// `InferenceApi::queue`.
	pub fn queue(
		work: &Work,
		start: Option<Rank>,
		limit: u32,
	) -> Vec<(Rank, RequestId, RequestOf<T>)> {
		let id = work.id();
		let after = match start {
			Some(rank) => {
				Queue::<T>::iter_key_prefix_from(id, Queue::<T>::hashed_key_for(id, rank))
			}
			None => Queue::<T>::iter_key_prefix(id),
		};
		after
			.take(limit.min(MAX_PAGE) as usize)
			.filter_map(|rank| Some((rank, rank.request(), Requests::<T>::get(rank.request())?)))
			.collect()
	}

	/// Returns requests that have closed, as many as there is weight for; what that took.
	pub(crate) fn sweep(left: Weight) -> Weight {
		let mut meter = WeightMeter::with_limit(left);
		let database = T::DbWeight::get();
		// The count; clock and minute; the minute once more when it is written.
		if meter.try_consume(database.reads_writes(3, 1)).is_err() || Requests::<T>::count() == 0 {
			return meter.consumed();
		}
		let (mut minute, last) = (NextMinute::<T>::get(), Self::minute());
		let step = cost::refund::<T>().saturating_add(database.reads(1));
		let mut room = SWEPT_PER_BLOCK;
		while minute <= last && room > 0 && meter.try_consume(step).is_ok() {
			// Gathered before any is removed: looking for the next one behind those removed in the same
			// block would walk over all of them each time.
			let affordable = meter.remaining().checked_div_per_component(&step).unwrap_or(0);
			let most = u64::from(room).min(affordable) as usize;
			let ids: Vec<_> = Closing::<T>::iter_key_prefix(minute).take(most).collect();
			if ids.len() < most {
				minute = minute.saturating_add(1);
			}
			room = room.saturating_sub(1).saturating_sub(ids.len() as u32);
			meter.consume(step.saturating_mul(ids.len() as u64));
			ids.into_iter().for_each(|id| Self::settle_closing(id));
			if most == 0 {
				break;
			}
		}
		NextMinute::<T>::put(minute);
		meter.consumed()
	}

	/// Returns a request if it has closed; if blocks came slower than they should, it is looked at again
	/// when it will have closed.
	fn settle_closing(id: RequestId) {
		let Some(mut request) = Requests::<T>::get(id) else { return };
		if !Self::has_closed(&request) {
			Closing::<T>::remove(request.swept_in, id);
			request.swept_in = Self::minute_of(Self::closes_at(&request.deadline));
			Closing::<T>::insert(request.swept_in, id, ());
			Requests::<T>::insert(id, &request);
			return;
		}
		// Releasing what is held, to whom it belongs, has nothing to fail by.
		if let Err(error) = with_storage_layer(|| Self::return_all(id, request)) {
			log::error!(target: "zkml::inference", "request {id} was not returned: {error:?}");
		}
	}
}
