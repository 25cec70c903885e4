//! Jobs: a bounded queue before one proving thread, and a bounded memory of what came of them.

use std::{
	collections::{BTreeMap, VecDeque},
	panic::{catch_unwind, AssertUnwindSafe},
	sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
	time::{Duration, Instant},
};

use serde_json::{json, Value};
use thiserror::Error;
use zkml_circuits::Binding;
use zkml_primitives::{
	prover_api::{JobState, ProveJob, ProveReply},
	Scalar, TensorData,
};

use super::{library::Loaded, Service};
use crate::{error::CliError, hex};

/// Finished jobs that are remembered; the worker asks within seconds.
const REMEMBERED: usize = 1024;

/// Names a job.
pub type JobId = [u8; 32];

/// Why a job is not taken.
#[derive(Debug, Error)]
pub enum Refused {
	/// It cannot be proved here.
	#[error("{0}")]
	Impossible(#[from] CliError),
	/// Too many wait.
	#[error("expected a queue with room, got {0} jobs waiting")]
	Full(usize),
}

/// What proves. A trait, so that the order of things can be tested apart from their mathematics.
pub trait Prove: Send + Sync + 'static {
	/// Refuses a job that could not be proved, in no time.
	fn check(&self, job: &ProveJob) -> Result<(), CliError>;
	/// Proves it.
	fn prove(&self, job: &ProveJob) -> Result<ProveReply, CliError>;
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
	waiting: VecDeque<(JobId, ProveJob)>,
	finished: VecDeque<JobId>,
	done: u64,
	failed: u64,
	spent: Duration,
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

	/// What proves.
	pub fn service(&self) -> &S {
		&self.shared.service
	}

	/// Takes a job on; one that waits or is done stays as it is, one that failed is tried again.
	pub fn submit(&self, job: ProveJob) -> Result<JobId, Refused> {
		let id = job.id();
		let stands = |state: Option<&JobState>| !matches!(state, None | Some(JobState::Failed(_)));
		if stands(self.state(&id).as_ref()) {
			return Ok(id);
		}
		self.shared.service.check(&job)?;
		let mut state = self.shared.lock();
		if stands(state.jobs.get(&id)) {
			return Ok(id);
		}
		if state.waiting.len() >= self.shared.room {
			return Err(Refused::Full(state.waiting.len()));
		}
		state.jobs.insert(id, JobState::Pending);
		state.waiting.push_back((id, job));
		self.shared.work.notify_one();
		Ok(id)
	}

	/// What became of a job.
	pub fn state(&self, id: &JobId) -> Option<JobState> {
		self.shared.lock().jobs.get(id).cloned()
	}

	/// For the status page.
	pub fn status(&self) -> Value {
		let models = self.shared.service.models();
		let state = self.shared.lock();
		let pending =
			state.jobs.values().filter(|state| matches!(state, JobState::Pending)).count();
		json!({
			"models": models,
			"jobs": { "pending": pending, "done": state.done, "failed": state.failed },
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

	fn next(&self) -> (JobId, ProveJob) {
		let mut state = self.lock();
		loop {
			if let Some(job) = state.waiting.pop_front() {
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
				JobState::Failed(crate::output::one_line(&reason))
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

impl Service {
	fn model(&self, job: &ProveJob) -> Result<Arc<Loaded>, CliError> {
		self.library.find(job.circuit, job.params).ok_or_else(|| {
			CliError::mismatch(
				"the model",
				"one that this service has loaded",
				format!(
					"circuit {} with parameters {}",
					hex::show(&job.circuit.0),
					hex::show(&job.params.0)
				),
			)
		})
	}

	fn input(&self, job: &ProveJob, loaded: &Loaded) -> Result<(Vec<i32>, Scalar), CliError> {
		let spec = loaded.prover.model().input();
		match &job.input {
			TensorData::Committed(commitment) => self.openings.find(*commitment, spec),
			TensorData::Public(bytes) => {
				let values = spec.decode(bytes).map_err(|error| {
					let expected = crate::tensors::describe(spec);
					CliError::mismatch("the input", expected, format!("{error:?}"))
				})?;
				Ok((values, Scalar::ZERO))
			}
		}
	}
}

impl Prove for Service {
	fn check(&self, job: &ProveJob) -> Result<(), CliError> {
		let loaded = self.model(job)?;
		if job.ctx.check().is_err() {
			let got = hex::show(&job.ctx.0);
			return Err(CliError::mismatch("ctx", "a number below the group order", got));
		}
		self.input(job, &loaded).map(drop)
	}

	fn prove(&self, job: &ProveJob) -> Result<ProveReply, CliError> {
		let loaded = self.model(job)?;
		let (input, salt) = self.input(job, &loaded)?;
		let salts = zkml_circuits::Salts { input: salt, output: Scalar::ZERO };
		// The prover checks what it made: a proof from a damaged key would cost its sender a fee.
		let binding = Binding { model: job.model, version: job.version, ctx: job.ctx };
		let proved = loaded.prover.prove(&input, salts, binding, &mut rand::rngs::OsRng)?;
		let model = loaded.prover.model();
		for saturation in model.saturations(&model.trace(&input)?) {
			crate::output::note(format_args!("request {}: {saturation}", job.request));
		}
		let (request, ms) = (job.request, proved.prove_ms);
		crate::output::note(format_args!("request {request}: proved in {ms} ms"));
		Ok(ProveReply {
			output: crate::tensors::public(
				"the output",
				loaded.prover.model().output(),
				&proved.output,
			)?,
			proof: proved.proof,
			prove_ms: proved.prove_ms,
		})
	}

	fn models(&self) -> Value {
		json!(self.library.list())
	}
}

#[cfg(test)]
pub mod tests {
	use super::*;
	use std::sync::mpsc;
	use zkml_primitives::{CircuitHash, ModelId};

	/// Takes the time it is told to and proves nothing.
	struct Slow(Mutex<mpsc::Receiver<()>>);

	impl Prove for Slow {
		fn check(&self, job: &ProveJob) -> Result<(), CliError> {
			match job.version {
				0 => Err(CliError::mismatch("the version", "1", 0)),
				_ => Ok(()),
			}
		}

		fn prove(&self, job: &ProveJob) -> Result<ProveReply, CliError> {
			let _ = self.0.lock().unwrap().recv();
			match job.version {
				7 => panic!("on purpose"),
				_ => Err(CliError::Service("nothing is proved\nhere".into())),
			}
		}

		fn models(&self) -> Value {
			json!([])
		}
	}

	/// A job that differs from others by its request.
	pub fn job(request: u64, version: u32) -> ProveJob {
		ProveJob {
			request,
			model: ModelId([1; 32]),
			version,
			circuit: CircuitHash([2; 32]),
			params: Scalar([3; 32]),
			input: TensorData::Committed(Scalar([4; 32])),
			ctx: Scalar([5; 32]),
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

	#[test]
	fn the_queue_is_bounded_and_the_same_job_is_one_job() {
		let (go, gate) = mpsc::channel();
		let queue = Queue::start(Arc::new(Slow(Mutex::new(gate))), 2);
		let first = queue.submit(job(0, 1)).unwrap();
		// The thread takes the first one off the queue before there is room for two more.
		while !queue.shared.lock().waiting.is_empty() {
			std::thread::sleep(Duration::from_millis(1));
		}
		queue.submit(job(1, 1)).unwrap();
		queue.submit(job(2, 1)).unwrap();
		assert!(matches!(queue.submit(job(3, 1)), Err(Refused::Full(2))));
		assert_eq!(queue.submit(job(0, 1)).unwrap(), first);
		assert_eq!(queue.submit(job(2, 1)).unwrap(), job(2, 1).id());
		assert_eq!(queue.status()["jobs"]["pending"], 3);
		(0..3).for_each(|_| go.send(()).unwrap());
		let failed = JobState::Failed("nothing is proved; here".into());
		assert_eq!(wait(&queue, job(2, 1).id()), failed);
		assert_eq!(queue.status()["jobs"]["failed"], 3);
	}

	#[test]
	fn a_panic_fails_the_job_and_leaves_the_service_at_work() {
		let (go, gate) = mpsc::channel();
		let queue = Queue::start(Arc::new(Slow(Mutex::new(gate))), 8);
		(0..2).for_each(|_| go.send(()).unwrap());
		let bad = queue.submit(job(0, 7)).unwrap();
		let next = queue.submit(job(1, 1)).unwrap();
		assert_eq!(wait(&queue, bad), JobState::Failed("the prover panicked".into()));
		assert!(matches!(wait(&queue, next), JobState::Failed(_)));
	}

	#[test]
	fn an_impossible_job_is_refused_and_not_remembered() {
		let (_go, gate) = mpsc::channel();
		let queue = Queue::start(Arc::new(Slow(Mutex::new(gate))), 8);
		let error = queue.submit(job(0, 0)).unwrap_err().to_string();
		assert_eq!(error, "the version: expected 1, got 0");
		assert_eq!(queue.state(&job(0, 0).id()), None);
	}

	#[test]
	fn finished_jobs_are_forgotten_in_the_end() {
		let (go, gate) = mpsc::channel();
		let queue = Queue::start(Arc::new(Slow(Mutex::new(gate))), 2 * REMEMBERED);
		let jobs = REMEMBERED as u64 + 1;
		(0..jobs).for_each(|n| {
			go.send(()).unwrap();
			queue.submit(job(n, 1)).unwrap();
		});
		wait(&queue, job(jobs - 1, 1).id());
		assert_eq!(queue.state(&job(0, 1).id()), None);
		assert_eq!(queue.shared.lock().jobs.len(), REMEMBERED);
	}
}
