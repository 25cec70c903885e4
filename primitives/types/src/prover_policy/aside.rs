//! What could not be answered.

use alloc::{collections::BTreeSet, vec::Vec};

use codec::{Decode, Encode};

use crate::RequestId;

/// Blocks after which what could not be answered is tried once more.
pub const SET_ASIDE: u32 = 50;
/// Most requests that are set aside; the oldest makes way for a further one.
pub const MOST_ASIDE: usize = 256;

/// Requests that could not be answered, and up to which block they are left alone. Bounded: a flood of
/// them is forgotten again, and costs a new attempt.
#[derive(Clone, Debug, Decode, Default, Encode, Eq, PartialEq)]
pub struct Aside(Vec<(RequestId, u32)>);

impl Aside {
	/// Leaves a request alone for [`SET_ASIDE`] blocks.
	pub fn put(&mut self, request: RequestId, now: u32) {
		self.0.retain(|(one, _)| *one != request);
		if self.0.len() >= MOST_ASIDE {
			self.0.remove(0);
		}
		self.0.push((request, now.saturating_add(SET_ASIDE)));
	}

	/// Whether some may have been forgotten that are to be left alone. Then what waits behind them must not
	/// wait until all have been tried again, and again.
	pub fn is_full(&self) -> bool {
		self.0.len() >= MOST_ASIDE
	}

	/// Those that are to be left alone at this block; all others are forgotten. Heights may go down: at
	/// a fork, or when a chain begins anew.
	pub fn at(&mut self, now: u32) -> BTreeSet<RequestId> {
		let last = now.saturating_add(SET_ASIDE);
		self.0.retain(|(_, until)| now < *until && *until <= last);
		self.0.iter().map(|(request, _)| *request).collect()
	}
}
