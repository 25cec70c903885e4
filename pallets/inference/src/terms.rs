//! When a request closes.

use frame_support::{
	dispatch::DispatchResult,
	ensure,
	traits::{Get, Time},
};
use sp_runtime::traits::SaturatedConversion;
use zkml_primitives::Deadline;

use crate::{Config, Error, Pallet, RequestOf};

const MINUTE: u64 = 60_000;

impl<T: Config> Pallet<T> {
	/// The chain's clock, in milliseconds since 1970.
	pub fn moment() -> u64 {
		T::Clock::now()
	}

	/// Refuses a deadline that has passed, or lies further ahead than anything may.
	pub(crate) fn ensure_reachable(deadline: &Deadline) -> DispatchResult {
		let now = Deadline { block: Self::now(), moment: Self::moment() };
		ensure!(!deadline.has_passed(now.block, now.moment), Error::<T>::Expired);
		let blocks = T::MaxHorizon::get();
		let time = u64::from(blocks).saturating_mul(T::BlockTime::get());
		let last = now.after(Deadline { block: blocks, moment: time });
		let near = deadline.block <= last.block && deadline.moment <= last.moment;
		ensure!(near, Error::<T>::TooFarAhead);
		Ok(())
	}

	/// Whether deadline and grace period are over.
	pub(crate) fn has_closed(request: &RequestOf<T>) -> bool {
		request.deadline.after(T::AnswerGrace::get()).has_passed(Self::now(), Self::moment())
	}

	/// The block at which deadline and grace period will be over, if blocks come as they should.
	pub(crate) fn expiry(deadline: &Deadline) -> u32 {
		let wait = deadline.moment.saturating_sub(Self::moment()).div_ceil(T::BlockTime::get());
		let by_time = Self::now().saturating_add(wait.saturated_into());
		deadline.block.max(by_time).saturating_add(T::AnswerGrace::get().block)
	}

	/// The moment at which they will be over, in milliseconds.
	pub(crate) fn closes_at(deadline: &Deadline) -> u64 {
		let blocks = u64::from(deadline.block.saturating_sub(Self::now()));
		let by_blocks = Self::moment().saturating_add(blocks.saturating_mul(T::BlockTime::get()));
		deadline.moment.max(by_blocks).saturating_add(T::AnswerGrace::get().moment)
	}

	/// The first minute that begins after a moment.
	pub(crate) fn minute_of(moment: u64) -> u32 {
		(moment / MINUTE).saturating_add(1).saturated_into()
	}

	/// The minute that is running.
	pub(crate) fn minute() -> u32 {
		(Self::moment() / MINUTE).saturated_into()
	}
}
