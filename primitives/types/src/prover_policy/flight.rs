//! The one transaction of an account that is on its way.
//!
//! The next nonce is known once the last transaction is in a block. Until then, or until it is given up,
//! there is no other; the next one has the nonce of the state, so that it takes the place of one that is
//! still about.

use codec::{Decode, Encode};

use crate::MAX_BATCH;

/// Blocks after which a transaction that left no trace is sent again, with a tip: one is made while it
/// travels, and it was crowded out of the next.
pub const LATE_AFTER: u32 = 2;

/// The last transaction that was sent.
#[derive(Clone, Copy, Debug, Decode, Encode, Eq, PartialEq)]
pub struct Flight<Nonce> {
	/// Its nonce.
	pub nonce: Nonce,
	/// The best block when it was sent.
	pub since: u32,
	/// How often one with this nonce was sent, this one included.
	pub times: u32,
	/// How many answers it has,
	pub answers: u32,
	/// of how many that it could have had.
	pub most: u32,
	/// Whether it is known that not all of its answers were taken.
	pub failed: bool,
}

impl<Nonce: PartialEq> Flight<Nonce> {
	/// Whether it left no trace for so long that it is to be sent again. Heights may go down as well: at
	/// a fork, or when a chain begins anew.
	pub fn is_lost(&self, now: u32) -> bool {
		now.abs_diff(self.since) >= LATE_AFTER
	}

	/// Whether the next one must wait for it, `nonce` being the account's next at block `now`.
	pub fn holds_up(&self, nonce: &Nonce, now: u32) -> bool {
		self.nonce == *nonce && !self.is_lost(now)
	}
}

/// What the last transaction means for the next one.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Attempt {
	/// How often one with this nonce was sent in vain.
	pub before: u32,
	/// Most answers that it may have: half as many as one that found no block or failed, since a smaller
	/// one is likelier to have room; twice as many after each that did not, up to [`MAX_BATCH`].
	pub most: u32,
}

impl Attempt {
	/// After `last`, `nonce` being the account's next one.
	pub fn after<Nonce: PartialEq>(last: Option<&Flight<Nonce>>, nonce: &Nonce) -> Self {
		let Some(last) = last else { return Self { before: 0, most: MAX_BATCH } };
		let before = if last.nonce == *nonce { last.times } else { 0 };
		let most = match before > 0 || last.failed {
			true => (last.answers / 2).max(1),
			false => last.most.saturating_mul(2).min(MAX_BATCH),
		};
		Self { before, most }
	}

	/// What is remembered of it once it is sent with so many answers, `now` being the best block.
	pub fn sent<Nonce>(self, nonce: Nonce, now: u32, answers: u32) -> Flight<Nonce> {
		let (times, most) = (self.before.saturating_add(1), self.most);
		Flight { nonce, since: now, times, answers, most, failed: false }
	}
}
