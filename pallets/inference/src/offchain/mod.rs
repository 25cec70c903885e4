//! The off-chain worker: sees open requests, has them proved, submits the answers.
//!
//! It only orchestrates. Proving happens in the prover service, over loopback HTTP; whether an
//! answer is good is decided by the runtime's own check, before a fee is spent and again on chain.
//! The worker may run twice, be skipped or die at any point: jobs are named by their content, at
//! most one transaction per key is in flight, and an answered request is gone from storage.

pub mod crypto;
mod http;
mod settings;
mod submit;

use core::fmt;

use frame_system::pallet_prelude::BlockNumberFor;
use sp_runtime::offchain::{
	storage_lock::{StorageLock, Time},
	Duration,
};
use zkml_primitives::{blake2_256, prover_api::JobState, Answer, Refusal, RequestId};

use crate::{Config, Pallet, RequestOf, Requests};
use http::Prover;
use submit::Account;

const LOG: &str = "zkml::worker";

/// Requests looked at in one run; a prover needs longer than a block for more.
const REQUESTS_PER_RUN: usize = 16;

/// Longest time one run may hold the lock, if it dies without giving it back.
const LOCK: Duration = Duration::from_millis(12_000);

/// Why a request was left for later. For the log alone.
enum Later {
	/// The prover service could not be reached, or answered nonsense.
	Prover(http::Error),
	/// The prover gave up.
	Failed(alloc::string::String),
	/// The runtime would refuse the answer.
	Refused(Refusal),
	/// The transaction was not taken by the pool.
	Pool,
}

impl fmt::Display for Later {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		match self {
			Self::Prover(error) => write!(f, "prover service: {error}"),
			Self::Failed(reason) => write!(f, "the prover gave up: {reason}"),
			Self::Refused(Refusal { pallet, error }) => {
				write!(f, "the chain would refuse the answer: pallet {pallet}, error {error}")
			}
			Self::Pool => f.write_str("the transaction pool did not take the answer"),
		}
	}
}

/// One run, after each new best block.
pub(crate) fn run<T: Config>(now: BlockNumberFor<T>) {
	let Some(prover) = Prover::from_settings() else { return };
	let Some(account) = Account::<T>::first() else { return };
	let mut lock = StorageLock::<Time>::with_deadline(b"zkml::worker::lock", LOCK);
	let Ok(_guard) = lock.try_lock() else { return };

	let now = sp_runtime::traits::UniqueSaturatedInto::<u32>::unique_saturated_into(now);
	let slots = settings::prover_slots();
	let open = Requests::<T>::iter()
		.filter(|(id, request)| {
			now < request.deadline && is_turn::<T>(*id, request, &account, slots, now)
		})
		.take(REQUESTS_PER_RUN);
	for (id, request) in open {
		match attend::<T>(&prover, &account, id, now) {
			Ok(Progress::Waiting) => {}
			Ok(Progress::Submitted) => log::info!(target: LOG, "request {id}: answer submitted"),
			Ok(Progress::Asked) => {
				log::info!(target: LOG, "request {id}: asked the prover, deadline {}", request.deadline)
			}
			Err(later) => log::warn!(target: LOG, "request {id}: {later}"),
		}
	}
}

enum Progress {
	/// Asked the prover for the first time.
	Asked,
	/// Nothing to do yet.
	Waiting,
	/// The answer is in the pool.
	Submitted,
}

/// Takes one request one step further.
fn attend<T: Config>(
	prover: &Prover,
	account: &Account<T>,
	id: RequestId,
	now: u32,
) -> Result<Progress, Later> {
	let Some(job) = Pallet::<T>::job(id, account.id()) else { return Ok(Progress::Waiting) };
	if settings::is_set_aside(&job, now) {
		return Ok(Progress::Waiting);
	}
	let state = match prover.state(&job).map_err(Later::Prover)? {
		Some(state) => state,
		None => {
			prover.post(&job).map_err(Later::Prover)?;
			return Ok(Progress::Asked);
		}
	};
	match state {
		JobState::Pending => Ok(Progress::Waiting),
		JobState::Failed(reason) => {
			settings::set_aside(&job, now);
			Err(Later::Failed(reason))
		}
		JobState::Done(_) if account.is_busy(now) => Ok(Progress::Waiting),
		JobState::Done(reply) => {
			let answer = Answer {
				request: id,
				beneficiary: account.id(),
				output: reply.output,
				ctx: job.ctx,
				proof: reply.proof,
			};
			if let Err(refusal) = Pallet::<T>::check_answer(answer.clone()) {
				settings::set_aside(&job, now);
				return Err(Later::Refused(refusal));
			}
			account.submit(answer, now).map_err(|()| Later::Pool)?;
			Ok(Progress::Submitted)
		}
	}
}

/// Whether it is this prover's turn. Several provers on one queue wait by the rank of
/// `H(request, prover)`, one block per rank, so that work is rarely done twice.
fn is_turn<T: Config>(
	id: RequestId,
	request: &RequestOf<T>,
	account: &Account<T>,
	slots: u32,
	now: u32,
) -> bool {
	let hash = blake2_256(&codec::Encode::encode(&(id, account.id())));
	let rank = u32::from_le_bytes([hash[0], hash[1], hash[2], hash[3]]) % slots.max(1);
	now >= request.opened.saturating_add(rank)
}
