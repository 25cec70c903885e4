//! How whoever answers requests goes about it: the off-chain worker, the stand-alone miner and the
//! prover's own queue alike. No effects in here; each of the three brings its own.
//!
//! | question | answer |
//! | --- | --- |
//! | which request comes first | [`precedence`] |
//! | whether it is this prover's turn | [`may_begin`] |
//! | how many jobs to have at the prover | [`room`] |
//! | which requests they are | [`Candidates`] |
//! | what could not be answered | [`Aside`] |
//! | what goes into the next transaction, with what tip | [`Ready`] |
//! | whether the last transaction holds it up, and how large it may be | [`Flight`], [`Attempt`] |
//! | whether the account can pay for any of it | [`Means`] |

mod aside;
mod candidates;
mod flight;
mod ready;

use codec::{Decode, Encode};

pub use aside::{Aside, MOST_ASIDE, SET_ASIDE};
pub use candidates::Candidates;
pub use flight::{Attempt, Flight, LATE_AFTER};
pub use ready::{fitting, input_bytes, tip_for, Ready, MOST_BYTES, MOST_INPUT_BYTES};

use crate::{
	prover_api::{turn, Now, MOST_JOBS},
	Deadline, RequestId,
};

/// Blocks before its deadline at which an answer has a tip from the start.
const NEAR: u32 = 4;
/// Part of what answers are worth that is never exceeded by their tip: one in so many.
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

/// Whether a prover may begin with a request that was made in block `opened`: its turn among `provers`
/// has come, see [`turn`], and the deadline has not passed.
pub fn may_begin(
	request: RequestId,
	opened: u32,
	deadline: &Deadline,
	prover: &impl Encode,
	provers: u32,
	now: Now,
) -> bool {
	let mine = opened.saturating_add(turn(request, prover, provers));
	now.block >= mine && !now.is_past(deadline)
}

/// How many jobs to have waiting, so that a prover that takes so long for one, in milliseconds, is busy
/// for `span` milliseconds. What is handed out far ahead would only keep better paid work waiting.
pub fn ahead(span: u32, prove_ms: Option<u32>, most: usize) -> usize {
	let jobs = prove_ms.map_or(16, |ms| span / ms.max(1)) as usize;
	jobs.max(2).min(most)
}

/// How many jobs to hand to a prover of which `held` are there already, proved or not, and `waiting` not
/// proved yet. `most` is what its queue takes; see [`ahead`].
pub fn room(span: u32, prove_ms: Option<u32>, most: usize, waiting: usize, held: usize) -> usize {
	ahead(span, prove_ms, most).saturating_sub(waiting).min(MOST_JOBS.saturating_sub(held))
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

/// What an account had when it could pay for none of the answers that were ready: until its funds or
/// their number change it cannot, and nothing is tried.
#[derive(Clone, Copy, Debug, Decode, Encode, Eq, PartialEq)]
pub struct Means<Balance> {
	/// What it could spend.
	pub free: Balance,
	/// How many answers were ready.
	pub ready: u32,
}
