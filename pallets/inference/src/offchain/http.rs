//! Talking to the prover service, see [`zkml_primitives::prover_api`].

use alloc::{format, string::String, vec, vec::Vec};
use core::fmt;

use codec::{DecodeAll, Encode};
use sp_core::offchain::Duration;
use sp_runtime::offchain::http::{Method, Request};
use zkml_primitives::prover_api::{JobId, JobState, Offers, ProveJob, Question, Taken, MAX_BODY};

use super::{plain, state};

/// Longest wait for an answer. The service answers at once, proved or not; a worker that waits
/// longer would block a thread that others need.
const TIMEOUT: Duration = Duration::from_millis(1_500);

/// What went wrong on the way to the prover and back.
pub(super) enum Error {
	/// No connection, or none in time.
	Unreachable,
	/// A status that is none of success, and what came with it.
	Status(u16, String),
	/// The body is too long, or something else than was asked for.
	Body(&'static str),
}

impl fmt::Display for Error {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		match self {
			Self::Unreachable => f.write_str("expected an answer in time, got none"),
			Self::Status(status, said) if said.is_empty() => {
				write!(f, "expected status 200, got {status}")
			}
			Self::Status(status, said) => write!(f, "expected status 200, got {status}: {said}"),
			Self::Body(what) => write!(f, "expected {what}, got other bytes"),
		}
	}
}

/// The service and how to be let in.
pub(super) struct Prover {
	url: String,
	token: String,
}

impl Prover {
	/// The prover this node was told of, if any.
	pub(super) fn from_settings() -> Option<Self> {
		Some(Self { url: state::prover_url()?, token: state::prover_token()? })
	}

	/// A page of what it can answer.
	pub(super) fn offers(&self, page: u32) -> Result<Offers, Error> {
		let body = self.call(Method::Get, &format!("/offers/{page}"), Vec::new())?;
		decode("a page of offers", &body)
	}

	/// Hands jobs in; the same ones any number of times.
	pub(super) fn take<AccountId: Encode>(
		&self,
		jobs: &[ProveJob<AccountId>],
	) -> Result<Vec<Taken>, Error> {
		let body = self.call(Method::Post, "/jobs", jobs.encode())?;
		decode("what becomes of jobs", &body)
	}

	/// What became of jobs.
	pub(super) fn states(&self, question: &Question) -> Result<Vec<Option<JobState>>, Error> {
		let body = self.call(Method::Post, "/states", question.encode())?;
		decode("states of jobs", &body)
	}

	/// Lets go of jobs.
	pub(super) fn forget(&self, jobs: &[JobId]) -> Result<(), Error> {
		self.call(Method::Post, "/forget", jobs.encode()).map(drop)
	}

	fn call(&self, method: Method, path: &str, body: Vec<u8>) -> Result<Vec<u8>, Error> {
		let deadline = sp_io::offchain::timestamp().add(TIMEOUT);
		let url = format!("{}{path}", self.url);
		let pending = Request::default()
			.method(method)
			.url(&url)
			.body(if body.is_empty() { vec![] } else { vec![body] })
			.add_header("authorization", &format!("Bearer {}", self.token))
			.add_header("content-type", "application/octet-stream")
			.deadline(deadline)
			.send()
			.map_err(|_| Error::Unreachable)?;
		let response = pending
			.try_wait(deadline)
			.map_err(|_| Error::Unreachable)?
			.map_err(|_| Error::Unreachable)?;
		let mut body = response.body();
		body.deadline(deadline);
		let body: Vec<u8> = body.take(MAX_BODY + 1).collect();
		if response.code != 200 {
			return Err(Error::Status(response.code, plain(&String::from_utf8_lossy(&body))));
		}
		if body.len() > MAX_BODY {
			return Err(Error::Body("a shorter answer"));
		}
		Ok(body)
	}
}

fn decode<R: DecodeAll>(what: &'static str, body: &[u8]) -> Result<R, Error> {
	R::decode_all(&mut &body[..]).map_err(|_| Error::Body(what))
}
