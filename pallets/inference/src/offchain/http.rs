//! Talking to the prover service, see [`zkml_primitives::prover_api`].

use alloc::{format, string::String, vec, vec::Vec};
use core::fmt;

use codec::{DecodeAll, Encode};
use sp_core::offchain::Duration;
use sp_runtime::offchain::http::{Method, Request};
use zkml_primitives::prover_api::{JobState, ProveJob};

use super::settings;

/// Longest wait for an answer. The service answers at once, proved or not; a worker that waits
/// longer would block a thread that others need.
const TIMEOUT: Duration = Duration::from_millis(1_500);

/// Most bytes of an answer: an output of 4 KiB and a proof fit twice.
const MAX_BODY: usize = 16 * 1024;

/// What went wrong on the way to the prover and back.
pub(super) enum Error {
	/// No connection, or none in time.
	Unreachable,
	/// Another status than expected.
	Status(u16),
	/// The body is too long, or not a [`JobState`].
	Body,
}

impl fmt::Display for Error {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		match self {
			Self::Unreachable => f.write_str("expected an answer in time, got none"),
			Self::Status(status) => write!(f, "expected status 200, 202 or 404, got {status}"),
			Self::Body => f.write_str("expected a job's state, got other bytes"),
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
		Some(Self { url: settings::prover_url()?, token: settings::prover_token()? })
	}

	/// Hands a job in; the same job any number of times.
	pub(super) fn post(&self, job: &ProveJob) -> Result<(), Error> {
		match self.call(Method::Post, "/jobs", job.encode())? {
			(202, _) => Ok(()),
			(status, _) => Err(Error::Status(status)),
		}
	}

	/// What became of a job, if the service knows it.
	pub(super) fn state(&self, job: &ProveJob) -> Result<Option<JobState>, Error> {
		let id: String = job.id().iter().map(|byte| format!("{byte:02x}")).collect();
		match self.call(Method::Get, &format!("/jobs/{id}"), Vec::new())? {
			(200, body) => JobState::decode_all(&mut &body[..]).map(Some).map_err(|_| Error::Body),
			(404, _) => Ok(None),
			(status, _) => Err(Error::Status(status)),
		}
	}

	fn call(&self, method: Method, path: &str, body: Vec<u8>) -> Result<(u16, Vec<u8>), Error> {
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
		if body.len() > MAX_BODY {
			return Err(Error::Body);
		}
		Ok((response.code, body))
	}
}
