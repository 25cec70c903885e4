//! The off-chain worker: sees open requests, has them proved, submits the answers.
//!
//! It only orchestrates. Proving happens in the prover service, over loopback HTTP; whether an
//! answer is good is decided by the runtime's own check, before a fee is spent and again on chain.
//! The worker may run twice, be skipped or die at any point: jobs are named by their content, at
//! most one transaction per key is in flight, and an answered request is gone from storage.
//!
//! A run costs the same however many requests are open: it asks the prover what it has and looks at
//! the queues of that alone, at a bounded number of requests in each.

mod answers;
pub mod crypto;
mod funds;
mod http;
mod look;
mod state;
mod submit;

use alloc::{boxed::Box, string::String, vec::Vec};
use core::fmt;

use codec::Encode;
use frame_support::traits::PalletInfoAccess;
use frame_system::pallet_prelude::BlockNumberFor;
use sp_runtime::{
	offchain::{
		storage_lock::{StorageLock, Time},
		Duration, Timestamp,
	},
	traits::SaturatedConversion,
	DispatchError,
};

use zkml_primitives::{
	prover_api::{JobId, JobState, Now, ProveJob, ProveReply, Question, Taken, MOST_JOBS},
	prover_policy::room,
	public_len, RequestId,
};

use crate::{Config, Pallet};
use http::Prover;
use state::StateOf;
use submit::Account;

pub use state::tip;

const LOG: &str = "zkml::worker";

/// Longest time one run may hold the lock, if it dies without giving it back.
const LOCK: Duration = Duration::from_millis(12_000);

/// Milliseconds left of that when nothing further is begun: two calls fit.
const MARGIN: u64 = 4_000;

/// For how long the prover is given work, in milliseconds: two blocks, since what is proved goes into the
/// next one.
const SPAN: u32 = 12_000;

/// One run, after each new best block.
pub(crate) fn run<T: Config>(now: BlockNumberFor<T>) {
	let Some(prover) = Prover::from_settings() else { return };
	let Some(account) = Account::<T>::first() else { return };
	let mut lock = StorageLock::<Time>::with_deadline(b"zkml::worker::lock", LOCK);
	let Ok(_guard) = lock.try_lock() else { return };

	let now = Now { block: now.saturated_into(), moment: Pallet::<T>::moment() };
	let end = sp_io::offchain::timestamp().add(Duration::from_millis(LOCK.millis() - MARGIN));
	let mut worker = Worker::<T> { prover, account, now, end, state: StateOf::<T>::load() };
	if let Err(error) = worker.round() {
		log::warn!(target: LOG, "prover service: {error}");
	}
	worker.state.save();
}

/// One run's tools, and what is remembered from run to run.
struct Worker<T: Config> {
	prover: Prover,
	account: Account<T>,
	now: Now,
	end: Timestamp,
	state: StateOf<T>,
}

/// A job, and what the prover made of it.
type Proved<T> = (ProveJob<<T as frame_system::Config>::AccountId>, Box<ProveReply>);

impl<T: Config> Worker<T> {
	fn round(&mut self) -> Result<(), http::Error> {
		let (jobs, gone) = self.jobs();
		if !gone.is_empty() {
			self.prover.forget(&gone)?;
		}
		let bytes = jobs.iter().map(|job| public_len(&job.inputs)).fold(0, u32::saturating_add);
		let (waiting, ready) = self.ask(jobs)?;
		let held = self.state.jobs.len();
		let room = room(SPAN, self.state.prove_ms, MOST_JOBS, waiting, held);
		if room > 0 {
			self.take_on(room, bytes)?;
		}
		self.answer(ready);
		Ok(())
	}

	/// The jobs that the prover was given for requests that are still open, and those that nobody needs
	/// any more.
	fn jobs(&mut self) -> (Vec<ProveJob<T::AccountId>>, Vec<JobId>) {
		let (mut jobs, mut gone) = (Vec::new(), Vec::new());
		let account = self.account.id();
		self.state.jobs.retain(|(request, id)| {
			// After a fork there may be another request of this number.
			let job = Pallet::<T>::job(*request, account.clone()).filter(|job| job.id() == *id);
			let stays = job.is_some();
			match job {
				Some(job) => jobs.push(job),
				None => gone.push(*id),
			}
			stays
		});
		(jobs, gone)
	}

	/// Asks what became of jobs: how many wait, and which are proved.
	fn ask(
		&mut self,
		jobs: Vec<ProveJob<T::AccountId>>,
	) -> Result<(usize, Vec<Proved<T>>), http::Error> {
		let Some(first) = jobs.first() else { return Ok((0, Vec::new())) };
		let ids = jobs.iter().map(ProveJob::id).collect();
		let question = Question { genesis: first.genesis, now: self.now, jobs: ids };
		let mut states = self.prover.states(&question)?.into_iter();
		let (mut waiting, mut ready) = (0, Vec::new());
		for job in jobs {
			match states.next() {
				// Not told this time, the answer being long enough.
				None => {}
				Some(Some(JobState::Pending)) => waiting += 1,
				Some(Some(JobState::Done(reply))) => {
					self.state.prove_ms = Some(reply.prove_ms);
					ready.push((job, Box::new(reply)));
				}
				Some(Some(JobState::Failed(reason))) => {
					let why = plain(&reason);
					self.leave(job.request, format_args!("the prover gave up: {why}"));
				}
				// Late, or the prover began anew. It is handed in again if it is still wanted.
				Some(None) => self.state.jobs.retain(|(request, _)| *request != job.request),
			}
		}
		Ok((waiting, ready))
	}

	/// Hands jobs to the prover; see [`Self::wanted`].
	fn take_on(&mut self, room: usize, held: u32) -> Result<(), http::Error> {
		let jobs = self.wanted(room, held)?;
		if jobs.is_empty() {
			return Ok(());
		}
		let (mut asked, mut full) = (Vec::new(), 0);
		for (job, taken) in jobs.iter().zip(self.prover.take(&jobs)?) {
			match taken {
				Taken::Yes => {
					asked.push(job.request);
					self.state.jobs.push((job.request, job.id()));
				}
				Taken::Full => full += 1,
				Taken::Refused(reason) => self.leave(job.request, plain(&reason)),
			}
		}
		if !asked.is_empty() {
			log::info!(target: LOG, "requests {asked:?}: asked the prover");
		}
		if full > 0 {
			log::debug!(target: LOG, "{full} requests wait until the prover has room");
		}
		Ok(())
	}

	/// What cannot be answered must not stand in the way of what can.
	fn leave(&mut self, request: RequestId, why: impl fmt::Display) {
		log::warn!(target: LOG, "request {request}: {why}");
		self.state.jobs.retain(|(one, _)| *one != request);
		self.state.aside.put(request, self.now.block);
	}
}

/// Another program's words as one line of characters that do nothing on a terminal.
fn plain(text: &str) -> String {
	let mut line = String::new();
	for c in text.chars().take(512) {
		match c {
			' '..='~' => line.push(c),
			_ => line.extend(c.escape_default()),
		}
	}
	line
}

/// Why the runtime would refuse something, by name. The name is lost once an error is encoded.
fn words<T: Config>(error: &DispatchError) -> String {
	match error {
		DispatchError::Module(module) => {
			let known = [
				(Pallet::<T>::index(), Pallet::<T>::name()),
				(T::Verifier::index(), T::Verifier::name()),
			];
			let index = usize::from(module.index);
			match (known.iter().find(|(one, _)| *one == index), module.message) {
				(Some((_, pallet)), Some(name)) => alloc::format!("{pallet}: {name}"),
				(None, Some(name)) => alloc::format!("pallet {index}: {name}"),
				(_, None) => alloc::format!("pallet {index}, error {:?}", module.error),
			}
		}
		other => <&str>::from(*other).into(),
	}
}

/// An account as clients read it: 32 bytes in hex.
fn show(account: &impl Encode) -> String {
	let mut text = String::from("0x");
	account.encode().iter().for_each(|byte| text.push_str(&alloc::format!("{byte:02x}")));
	text
}
