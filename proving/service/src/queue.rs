//! Jobs: a bounded queue before one proving thread, and a bounded memory of what came of them.
//!
//! What is proved next is what pays most and closes first, see
//! [`zkml_primitives::prover_policy::precedence`]. What is past its deadline is let go of unproved: nobody
//! would pay for it.

use std::{
	collections::{BTreeMap, BTreeSet, VecDeque},
	panic::{catch_unwind, AssertUnwindSafe},
	sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
	time::{Duration, Instant},
};

use serde_json::{json, Value};
use subxt_utils_accountid32::AccountId32;
use zkml_files::text::one_line;
use zkml_primitives::{
	prover_api::{JobId, JobState, Now, ProveJob, ProveReply, Taken},
	prover_policy::precedence,
};

use crate::{Service, ServiceError};

/// Finished jobs that are remembered; whoever sent them asks within seconds.
const REMEMBERED: usize = 1024;

/// A job as this program sees it.
pub type Job = ProveJob<AccountId32>;

/// What proves. A trait, so that the order of things can be tested apart from their mathematics.
pub trait Prove: Send + Sync + 'static {
	/// Refuses a job that could not be proved, in no time.
	///
	/// # Errors
	///
	/// If its model or an opening is not there, its tensors are not the model's, or a hidden output could not be kept.
	fn check(&self, job: &Job) -> Result<(), ServiceError>;
	/// Runs and proves it, which may take minutes.
	///
	/// # Errors
	///
	/// Those of [`Self::check`]; and if it cannot be proved, or an opening cannot be kept.
	fn prove(&self, job: &Job) -> Result<ProveReply, ServiceError>;
	/// The models, for the status page.
	fn models(&self) -> Value;
}

/// The queue and its thread.
pub struct Queue<S = Service> {
	shared: Arc<Shared<S>>,
}

impl<S> Clone for Queue<S> {
	fn clone(&self) -> Self {
		Self { shared: self.shared.clone() }
	}
}

struct Shared<S> {
	service: Arc<S>,
	room: usize,
	state: Mutex<State>,
	work: Condvar,
}

#[derive(Default)]
struct State {
	jobs: BTreeMap<JobId, JobState>,
	waiting: BTreeMap<JobId, Job>,
	finished: VecDeque<JobId>,
	/// What time it was on the chain that was last heard of.
	clock: ([u8; 32], Now),
	done: u64,
	failed: u64,
	late: u64,
	spent: Duration,
}

impl State {
	fn now(&self, genesis: [u8; 32]) -> Now {
		if self.clock.0 == genesis {
			self.clock.1
		} else {
			Now::default()
		}
	}

	/// Takes the job off the queue that comes first.
	fn take_first(&mut self) -> Option<(JobId, Job)> {
		let place =
			|job: &Job| precedence(job.worth, &job.deadline, self.now(job.genesis), job.request);
		// Few enough to look at all: the order changes as the chain's time goes by.
		let first = *self.waiting.iter().min_by_key(|(_, job)| place(job))?.0;
		self.waiting.remove_entry(&first)
	}

	fn forget(&mut self, ids: &BTreeSet<JobId>) {
		self.finished.retain(|id| !ids.contains(id));
		for id in ids {
			let waits = self.waiting.remove(id).is_some();
			if waits || !matches!(self.jobs.get(id), Some(JobState::Pending)) {
				self.jobs.remove(id);
			}
		}
	}
}

impl<S: Prove> Queue<S> {
	/// Starts the proving thread; at most `room` jobs wait.
	pub fn start(service: Arc<S>, room: usize) -> Self {
		let shared =
			Arc::new(Shared { service, room, state: Mutex::default(), work: Condvar::new() });
		let worker = shared.clone();
		// Never joined: it ends with the process, also in the midst of a proof.
		std::thread::spawn(move || worker.work());
		Self { shared }
	}

	/// What proves the jobs.
	pub fn service(&self) -> &Arc<S> {
		&self.shared.service
	}

	/// Takes a job on; one that waits or is done stays as it is, one that failed is tried again.
	pub fn submit(&self, job: Job) -> Taken {
		let id = job.id();
		let stands = |state: Option<&JobState>| !matches!(state, None | Some(JobState::Failed(_)));
		if stands(self.state(&id).as_ref()) {
			return Taken::Yes;
		}
		if let Err(error) = self.shared.service.check(&job) {
			return Taken::Refused(one_line(&error.to_string()));
		}
		let mut state = self.shared.lock();
		if stands(state.jobs.get(&id)) {
			return Taken::Yes;
		}
		if state.now(job.genesis).is_past(&job.deadline) {
			return Taken::Refused(
				"expected a deadline that has not passed, got one that has".into(),
			);
		}
		if state.waiting.len() >= self.shared.room {
			return Taken::Full;
		}
		// What it failed by before is no longer true.
		state.forget(&BTreeSet::from([id]));
		state.jobs.insert(id, JobState::Pending);
		state.waiting.insert(id, job);
		self.shared.work.notify_one();
		Taken::Yes
	}

	/// What became of a job.
	pub fn state(&self, id: &JobId) -> Option<JobState> {
		self.shared.lock().jobs.get(id).cloned()
	}

	/// What time it is on a chain: lets go of the jobs for it that are past their deadline and not
	/// begun.
	pub fn tell(&self, genesis: [u8; 32], now: Now) {
		let mut state = self.shared.lock();
		state.clock = (genesis, now);
		let past = |job: &Job| job.genesis == genesis && now.is_past(&job.deadline);
		let late: BTreeSet<JobId> =
			state.waiting.iter().filter(|(_, job)| past(job)).map(|(id, _)| *id).collect();
		state.late += late.len() as u64;
		state.forget(&late);
	}

	/// Lets go of jobs that nobody wants any more, and of what came of them. One that is being proved
	/// goes on.
	pub fn forget(&self, ids: impl IntoIterator<Item = JobId>) {
		self.shared.lock().forget(&ids.into_iter().collect());
	}

	/// For the status page.
	pub fn status(&self) -> Value {
		let models = self.shared.service.models();
		let state = self.shared.lock();
		let pending =
			state.jobs.values().filter(|state| matches!(state, JobState::Pending)).count();
		json!({
			"models": models,
			"jobs": {
				"pending": pending,
				"done": state.done,
				"failed": state.failed,
				"late": state.late,
			},
			"prove_seconds_total": state.spent.as_secs_f64(),
			"proved_total": state.done,
		})
	}
}

impl<S: Prove> Shared<S> {
	fn lock(&self) -> MutexGuard<'_, State> {
		// No code under the lock can panic half-way through a change.
		self.state.lock().unwrap_or_else(PoisonError::into_inner)
	}

	fn work(&self) {
		loop {
			let (id, job) = self.next();
			let started = Instant::now();
			// A job must not take the service down, whatever is wrong with it.
			let outcome = catch_unwind(AssertUnwindSafe(|| self.service.prove(&job)))
				.map_err(|_| "the prover panicked".to_owned())
				.and_then(|result| result.map_err(|error| error.to_string()));
			self.finish(id, outcome, started.elapsed());
		}
	}

	fn next(&self) -> (JobId, Job) {
		let mut state = self.lock();
		loop {
			if let Some(job) = state.take_first() {
				return job;
			}
			state = self.work.wait(state).unwrap_or_else(PoisonError::into_inner);
		}
	}

	fn finish(&self, id: JobId, outcome: Result<ProveReply, String>, took: Duration) {
		let mut state = self.lock();
		let outcome = match outcome {
			Ok(reply) => {
				state.done += 1;
				state.spent += took;
				JobState::Done(reply)
			}
			Err(reason) => {
				state.failed += 1;
				JobState::Failed(one_line(&reason))
			}
		};
		state.jobs.insert(id, outcome);
		state.finished.push_back(id);
		while state.finished.len() > REMEMBERED {
			if let Some(oldest) = state.finished.pop_front() {
				state.jobs.remove(&oldest);
			}
		}
	}
}

#[cfg(test)]
pub(crate) mod tests {
	use super::*;
	use std::sync::mpsc;
	use zkml_files::Mismatch;
	use zkml_primitives::{CircuitHash, Deadline, ModelId, Scalar, TensorData, Visibility};

	/// Takes the time it is told to and proves nothing.
	struct Slow(Mutex<mpsc::Receiver<()>>);

	impl Prove for Slow {
		fn check(&self, job: &Job) -> Result<(), ServiceError> {
			match job.version {
				0 => Err(Mismatch::new("the version", "1", 0).into()),
				_ => Ok(()),
			}
		}

		fn prove(&self, job: &Job) -> Result<ProveReply, ServiceError> {
			let _ = self.0.lock().unwrap().recv();
			match job.version {
				7 => panic!("on purpose"),
				_ => Err(Mismatch::new("nothing is proved\nhere", 1, 2).into()),
			}
		}

		fn models(&self) -> Value {
			json!([])
		}
	}

	/// A job that differs from others by its request.
	pub fn job(request: u64, version: u32) -> Job {
		ProveJob {
			genesis: [6; 32],
			request,
			model: ModelId([1; 32]),
			version,
			circuit: CircuitHash([2; 32]),
			params: Scalar([3; 32]),
			inputs: vec![TensorData::Committed(Scalar([4; 32]))].try_into().unwrap(),
			beneficiary: AccountId32([5; 32]),
			expiry: 9,
			outputs: vec![Visibility::Public].try_into().unwrap(),
			deadline: Deadline { block: 100, moment: 0 },
			worth: 8,
		}
	}

	fn wait(queue: &Queue<Slow>, id: JobId) -> JobState {
		for _ in 0..1000 {
			match queue.state(&id) {
				Some(JobState::Pending) => std::thread::sleep(Duration::from_millis(5)),
				Some(state) => return state,
				None => panic!("the job was forgotten"),
			}
		}
		panic!("the job did not end");
	}

	/// A queue whose thread is at work on a first job, and what lets it go on.
	fn busy(room: usize) -> (mpsc::Sender<()>, Queue<Slow>) {
		let (go, gate) = mpsc::channel();
		let queue = Queue::start(Arc::new(Slow(Mutex::new(gate))), room);
		assert_eq!(queue.submit(job(0, 1)), Taken::Yes);
		while !queue.shared.lock().waiting.is_empty() {
			std::thread::sleep(Duration::from_millis(1));
		}
		(go, queue)
	}

	fn finished(queue: &Queue<Slow>) -> Vec<JobId> {
		queue.shared.lock().finished.iter().copied().collect()
	}

	#[test]
	fn the_queue_is_bounded_and_the_same_job_is_one_job() {
		let (go, queue) = busy(2);
		assert_eq!(queue.submit(job(1, 1)), Taken::Yes);
		assert_eq!(queue.submit(job(2, 1)), Taken::Yes);
		assert_eq!(queue.submit(job(3, 1)), Taken::Full);
		assert_eq!(queue.submit(job(0, 1)), Taken::Yes);
		assert_eq!(queue.submit(job(2, 1)), Taken::Yes);
		// Until when and for how much makes no other job.
		assert_eq!(queue.submit(Job { worth: 9, ..job(2, 1) }), Taken::Yes);
		assert_eq!(queue.status()["jobs"]["pending"], 3);
		(0..3).for_each(|_| go.send(()).unwrap());
		let failed = JobState::Failed("nothing is proved; here: expected 1, got 2".into());
		assert_eq!(wait(&queue, job(2, 1).id()), failed);
		assert_eq!(queue.status()["jobs"]["failed"], 3);
	}

	#[test]
	fn the_best_paid_is_proved_first_and_then_what_closes_first() {
		let (go, queue) = busy(8);
		let deadline = |block| Deadline { block, moment: 0 };
		let jobs = [
			Job { worth: 8, deadline: deadline(300), ..job(1, 1) },
			Job { worth: 8, deadline: deadline(200), ..job(2, 1) },
			Job { worth: 9, deadline: deadline(250), ..job(3, 1) },
			Job { worth: 16, deadline: deadline(400), ..job(4, 1) },
		];
		let order = [4, 2, 3, 1].map(|request| job(request, 1).id());
		jobs.into_iter().for_each(|job| assert_eq!(queue.submit(job), Taken::Yes));
		(0..5).for_each(|_| go.send(()).unwrap());
		wait(&queue, order[3]);
		assert_eq!(finished(&queue)[1..], order);
	}

	#[test]
	fn what_is_past_its_deadline_is_never_proved() {
		let (go, queue) = busy(8);
		let late = Job { deadline: Deadline { block: 10, moment: 5_000 }, ..job(1, 1) };
		let other = Job { genesis: [7; 32], ..late.clone() };
		for job in [&late, &other, &job(2, 1)] {
			assert_eq!(queue.submit(job.clone()), Taken::Yes);
		}
		// One of the two is not enough.
		for (block, moment) in [(11, 5_000), (10, 5_001)] {
			queue.tell([6; 32], Now { block, moment });
			assert_eq!(queue.state(&late.id()), Some(JobState::Pending));
		}
		queue.tell([6; 32], Now { block: 11, moment: 5_001 });
		assert_eq!(queue.state(&late.id()), None);
		assert_eq!(queue.state(&other.id()), Some(JobState::Pending), "another chain's time");
		assert!(matches!(queue.submit(late.clone()), Taken::Refused(_)));
		assert_eq!(queue.status()["jobs"]["late"], 1);
		(0..3).for_each(|_| go.send(()).unwrap());
		wait(&queue, other.id());
		wait(&queue, job(2, 1).id());
		assert!(!finished(&queue).contains(&late.id()));
	}

	#[test]
	fn what_nobody_wants_any_more_is_not_proved_unless_it_is_begun() {
		let (go, queue) = busy(8);
		assert_eq!(queue.submit(job(1, 1)), Taken::Yes);
		queue.forget([job(0, 1).id(), job(1, 1).id(), [9; 32]]);
		assert_eq!(queue.state(&job(1, 1).id()), None);
		go.send(()).unwrap();
		wait(&queue, job(0, 1).id());
		assert_eq!(finished(&queue), [job(0, 1).id()]);
		queue.forget([job(0, 1).id()]);
		assert_eq!(queue.state(&job(0, 1).id()), None);
		assert!(finished(&queue).is_empty());
	}

	#[test]
	fn a_panic_fails_the_job_and_leaves_the_service_at_work() {
		let (go, gate) = mpsc::channel();
		let queue = Queue::start(Arc::new(Slow(Mutex::new(gate))), 8);
		(0..2).for_each(|_| go.send(()).unwrap());
		assert_eq!(queue.submit(job(0, 7)), Taken::Yes);
		assert_eq!(queue.submit(job(1, 1)), Taken::Yes);
		let panicked = JobState::Failed("the prover panicked".into());
		assert_eq!(wait(&queue, job(0, 7).id()), panicked);
		assert!(matches!(wait(&queue, job(1, 1).id()), JobState::Failed(_)));
	}

	#[test]
	fn an_impossible_job_is_refused_and_not_remembered() {
		let (_go, gate) = mpsc::channel();
		let queue = Queue::start(Arc::new(Slow(Mutex::new(gate))), 8);
		let refused = Taken::Refused("the version: expected 1, got 0".into());
		assert_eq!(queue.submit(job(0, 0)), refused);
		assert_eq!(queue.state(&job(0, 0).id()), None);
	}

	#[test]
	fn finished_jobs_are_forgotten_in_the_end() {
		let (go, gate) = mpsc::channel();
		let queue = Queue::start(Arc::new(Slow(Mutex::new(gate))), 2 * REMEMBERED);
		let jobs = REMEMBERED as u64 + 1;
		(0..jobs).for_each(|n| {
			go.send(()).unwrap();
			assert_eq!(queue.submit(job(n, 1)), Taken::Yes);
		});
		while (0..jobs).any(|n| queue.state(&job(n, 1).id()) == Some(JobState::Pending)) {
			std::thread::sleep(Duration::from_millis(5));
		}
		assert_eq!(queue.shared.lock().jobs.len(), REMEMBERED);
	}
}
