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

use alloc::{boxed::Box, vec::Vec};
use core::fmt;

use frame_system::pallet_prelude::BlockNumberFor;
use sp_runtime::{
	offchain::{
		storage_lock::{StorageLock, Time},
		Duration,
	},
	traits::{SaturatedConversion, Saturating},
	Permill,
};

use zkml_primitives::{
	prover_api::{turn, JobState, ProveJob},
	Answer, Refusal, RequestId, Visibility,
};

use crate::{BalanceOf, Config, Pallet, RequestOf, Requests};
use http::Prover;
use submit::Account;

const LOG: &str = "zkml::worker";

/// Requests looked at in one run; a prover needs longer than a block for more.
const REQUESTS_PER_RUN: usize = 16;

/// Longest time one run may hold the lock, if it dies without giving it back.
const LOCK: Duration = Duration::from_millis(12_000);

/// Milliseconds left of that when no further request is begun: two calls fit.
const MARGIN: u64 = 4_000;

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

	let now: u32 = now.saturated_into();
	let slots = settings::prover_slots();
	let price: BalanceOf<T> = settings::min_price().saturated_into();
	let work = Requests::<T>::iter()
		.filter(|(id, request)| {
			!request.deadline.has_passed(now, Pallet::<T>::moment())
				&& request.output == Visibility::Public
				&& prover_part::<T>(request) >= price
				&& now >= request.opened.block.saturating_add(turn(*id, &account.id(), slots))
		})
		.filter_map(|(id, _)| Pallet::<T>::job(id, account.id()))
		// What failed before must not stand in the way of what may succeed.
		.filter(|job| !settings::is_set_aside(job, now))
		.take(REQUESTS_PER_RUN);
	let end = sp_io::offchain::timestamp().add(Duration::from_millis(LOCK.millis() - MARGIN));
	let mut ready = Vec::new();
	for job in work {
		let id = job.request;
		match attend::<T>(&prover, &account, &job, now) {
			Ok(Progress::Waiting) => {}
			Ok(Progress::Asked) => log::info!(target: LOG, "request {id}: asked the prover"),
			Ok(Progress::Ready(answer)) => ready.push(*answer),
			Err(later) => {
				log::warn!(target: LOG, "request {id}: {later}");
				if matches!(later, Later::Prover(http::Error::Unreachable)) {
					break;
				}
			}
		}
		if sp_io::offchain::timestamp() > end {
			break;
		}
	}
	submit(&account, ready, now);
}

/// Hands in all that is ready, in one transaction: the account's next nonce is known when it is in a
/// block.
fn submit<T: Config>(account: &Account<T>, ready: Vec<Answer<T::AccountId>>, now: u32) {
	if ready.is_empty() {
		return;
	}
	let requests: Vec<RequestId> = ready.iter().map(|answer| answer.request).collect();
	match account.submit(ready, now) {
		Ok(()) => log::info!(target: LOG, "requests {requests:?}: answers submitted"),
		Err(()) => log::warn!(target: LOG, "requests {requests:?}: {}", Later::Pool),
	}
}

/// What an answer is worth to the prover.
fn prover_part<T: Config>(request: &RequestOf<T>) -> BalanceOf<T> {
	let owner = Permill::from_parts(request.owner_share.0).mul_floor(request.price);
	request.price.saturating_sub(owner)
}

enum Progress<AccountId> {
	/// Asked the prover for the first time.
	Asked,
	/// Nothing to do yet.
	Waiting,
	/// The answer is there, and the runtime would take it.
	Ready(Box<Answer<AccountId>>),
}

/// Takes one request one step further.
fn attend<T: Config>(
	prover: &Prover,
	account: &Account<T>,
	job: &ProveJob,
	now: u32,
) -> Result<Progress<T::AccountId>, Later> {
	// A job whose time aside is over is handed in anew: the prover tries a failed one again.
	let state = match settings::forget_aside(job) {
		true => None,
		false => prover.state(job).map_err(Later::Prover)?,
	};
	match state {
		None => match prover.post(job) {
			Ok(()) => Ok(Progress::Asked),
			Err(error) => {
				// A refusal will be the same in the next block: a model or an opening is missing.
				if matches!(error, http::Error::Status(400..=499)) {
					settings::set_aside(job, now);
				}
				Err(Later::Prover(error))
			}
		},
		Some(JobState::Pending) => Ok(Progress::Waiting),
		Some(JobState::Failed(reason)) => {
			settings::set_aside(job, now);
			Err(Later::Failed(reason))
		}
		Some(JobState::Done(_)) if account.is_busy(now) => Ok(Progress::Waiting),
		Some(JobState::Done(reply)) => {
			let answer = Answer {
				request: job.request,
				beneficiary: account.id(),
				output: reply.output,
				ctx: job.ctx,
				proof: reply.proof,
			};
			if let Err(refusal) = Pallet::<T>::check_answer(answer.clone()) {
				settings::set_aside(job, now);
				return Err(Later::Refused(refusal));
			}
			Ok(Progress::Ready(Box::new(answer)))
		}
	}
}
