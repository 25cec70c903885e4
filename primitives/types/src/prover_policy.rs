//! How whoever answers requests goes about it: the off-chain worker, the stand-alone miner and the
//! prover's own queue alike. No effects in here; each of the three brings its own.

use alloc::{collections::BTreeSet, vec::Vec};

use codec::{Decode, Encode};

use crate::{prover_api::Now, Deadline, RequestId};

/// Blocks after which what could not be answered is tried once more.
pub const SET_ASIDE: u32 = 50;
/// Most requests that are set aside; the oldest makes way for a further one.
pub const MOST_ASIDE: usize = 256;
/// Blocks after which a transaction that left no trace is sent again, with a tip: one is made while it
/// travels, and it was crowded out of the next.
pub const LATE_AFTER: u32 = 2;
/// Blocks before its deadline at which an answer has a tip from the start.
const NEAR: u32 = 4;
/// Most bytes of answers in one transaction, a seventh of what signed transactions have in a block.
pub const MOST_BYTES: usize = 384 << 10;
/// A part of what answers are worth that is never exceeded by their tip: one in so many.
const TIP_PART: u128 = 10;
/// Steps in which the tip of a transaction that is sent again grows to its most.
const TIP_STEPS: u32 = 4;
/// Milliseconds from one block to the next, as a rule.
pub const BLOCK_MS: u64 = 6_000;

/// What comes first: the best paid, to a power of two, so that nobody gets ahead by paying one unit
/// more; among those the one whose deadline is nearest; among those the older.
pub fn precedence(
	worth: u128,
	deadline: &Deadline,
	now: Now,
	request: RequestId,
) -> (u32, u64, RequestId) {
	let blocks = u64::from(deadline.block.saturating_sub(now.block));
	let by_blocks = now.moment.saturating_add(blocks.saturating_mul(BLOCK_MS));
	(worth.leading_zeros(), deadline.moment.max(by_blocks), request)
}

/// How many jobs to have waiting, so that a prover that takes so long for one, in milliseconds, is busy
/// for `span` milliseconds. What is handed out far ahead would only keep better paid work waiting.
pub fn ahead(span: u32, prove_ms: Option<u32>, most: usize) -> usize {
	let jobs = prove_ms.map_or(16, |ms| span / ms.max(1)) as usize;
	jobs.max(2).min(most)
}

/// Whether so little time is left that an answer should be in one of the next blocks.
pub fn is_near(deadline: &Deadline, now: Now) -> bool {
	let time = BLOCK_MS.saturating_mul(NEAR.into());
	deadline.has_passed(now.block.saturating_add(NEAR), now.moment.saturating_add(time))
}

/// The tip for answers worth `worth` of which those worth `near` are close to their deadlines, in a
/// transaction that was sent `before` so many times and found no block: nothing at first, a tenth of
/// what is paid at most.
pub fn tip(worth: u128, near: u128, before: u32) -> u128 {
	let steps = before.min(TIP_STEPS);
	let late = (worth / TIP_PART / u128::from(TIP_STEPS)).saturating_mul(steps.into());
	late.max(near / TIP_PART)
}

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
