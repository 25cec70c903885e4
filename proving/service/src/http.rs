//! The service's HTTP, as [`zkml_primitives::prover_api`] has it; `GET /openings/{commitment}` for those who
//! are owed an output, and `GET /status` for people and metrics.

use std::time::{Duration, Instant};

use axum::{
	body::Bytes,
	extract::{DefaultBodyLimit, Path, Request, State},
	http::{header, HeaderMap, StatusCode},
	middleware::{self, Next},
	response::{IntoResponse, Response},
	routing::{get, post},
	Router,
};
use codec::{DecodeAll, Encode};
use zkml_files::{hex, text::one_line};
use zkml_primitives::{
	prover_api::{JobId, JobState, Offers, Question, MAX_BODY, MOST_JOBS, OFFERS_PER_PAGE},
	Scalar,
};

use crate::{Job, Queue, Service, Token};

/// How long jobs of one call are looked at: whoever sent them waits little longer. Loading a model or
/// reading an opening can take a while; those that were not looked at are sent again.
const LOOK: Duration = Duration::from_millis(500);

/// The whole interface, guarded.
pub fn router(queue: Queue<Service>, token: Token) -> Router {
	Router::new()
		.route("/offers/{page}", get(offers))
		.route("/jobs", post(submit))
		.route("/states", post(states))
		.route("/forget", post(forget))
		.route("/openings/{commitment}", get(opening))
		.route("/status", get(status))
		.with_state(queue)
		.layer(DefaultBodyLimit::max(MAX_BODY))
		.layer(middleware::from_fn_with_state(token, guard))
}

type Answer = Result<Response, (StatusCode, String)>;

/// Lets nobody in without the token, and nobody who calls this machine by a name that is not its
/// own.
async fn guard(State(token): State<Token>, request: Request, next: Next) -> Response {
	match refusal(&token, request.headers()) {
		Some((status, reason)) => (status, reason).into_response(),
		None => next.run(request).await,
	}
}

fn refusal(token: &Token, headers: &HeaderMap) -> Option<(StatusCode, &'static str)> {
	let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
	if !text(header::HOST).is_some_and(is_loopback) || has_several(headers) {
		let reason = "expected one Host header that names loopback, such as 127.0.0.1, got another";
		return Some((StatusCode::FORBIDDEN, reason));
	}
	if !text(header::AUTHORIZATION).is_some_and(|shown| token.allows(shown)) {
		let reason = "expected the service's bearer token, got none or another";
		return Some((StatusCode::UNAUTHORIZED, reason));
	}
	None
}

fn has_several(headers: &HeaderMap) -> bool {
	headers.get_all(header::HOST).iter().count() > 1
}

/// Whether a Host header names this machine as only itself would.
fn is_loopback(host: &str) -> bool {
	let port = |rest: &str| {
		rest.is_empty()
			|| rest.strip_prefix(':').is_some_and(|digits| digits.parse::<u16>().is_ok())
	};
	["127.0.0.1", "localhost", "[::1]"].iter().any(|name| host.strip_prefix(name).is_some_and(port))
}

fn read<T: DecodeAll>(what: &str, body: &[u8]) -> Result<T, (StatusCode, String)> {
	T::decode_all(&mut &body[..]).map_err(|_| {
		let reason = format!("expected {what} in SCALE, got {} other bytes", body.len());
		(StatusCode::BAD_REQUEST, reason)
	})
}

fn bounded<T>(jobs: Vec<T>) -> Result<Vec<T>, (StatusCode, String)> {
	if jobs.len() <= MOST_JOBS {
		return Ok(jobs);
	}
	let reason = format!("expected at most {MOST_JOBS} jobs, got {}", jobs.len());
	Err((StatusCode::BAD_REQUEST, reason))
}

fn scale(value: &impl Encode) -> Response {
	([(header::CONTENT_TYPE, "application/octet-stream")], value.encode()).into_response()
}

async fn offers(State(queue): State<Queue<Service>>, Path(page): Path<usize>) -> Answer {
	let all = queue.service().work();
	// Not waited for: a large model takes longer to load than anybody waits for a page.
	let service = queue.service().clone();
	tokio::task::spawn_blocking(move || service.look());
	let start = page.saturating_mul(OFFERS_PER_PAGE).min(all.len());
	let end = start.saturating_add(OFFERS_PER_PAGE).min(all.len());
	Ok(scale(&Offers {
		work: all[start..end].to_vec(),
		more: end < all.len(),
		folder: one_line(&queue.service().library.folder()),
	}))
}

async fn submit(State(queue): State<Queue<Service>>, body: Bytes) -> Answer {
	let jobs = bounded(read::<Vec<Job>>("jobs", &body)?)?;
	let taken = tokio::task::spawn_blocking(move || {
		let started = Instant::now();
		let mut taken = Vec::with_capacity(jobs.len());
		for job in jobs {
			taken.push(queue.submit(job));
			if started.elapsed() > LOOK {
				break;
			}
		}
		taken
	});
	let failed = |_| (StatusCode::INTERNAL_SERVER_ERROR, "the jobs could not be looked at".into());
	Ok(scale(&taken.await.map_err(failed)?))
}

async fn states(State(queue): State<Queue<Service>>, body: Bytes) -> Answer {
	let Question { genesis, now, jobs } = read("a question", &body)?;
	let jobs = bounded(jobs)?;
	queue.tell(genesis, now);
	let (mut states, mut size) = (Vec::<Option<JobState>>::new(), 8);
	for job in jobs {
		let state = queue.state(&job);
		size += state.encoded_size();
		if size > MAX_BODY {
			break;
		}
		states.push(state);
	}
	Ok(scale(&states))
}

async fn forget(State(queue): State<Queue<Service>>, body: Bytes) -> Answer {
	queue.forget(bounded(read::<Vec<JobId>>("ids of jobs", &body)?)?);
	Ok(StatusCode::OK.into_response())
}

/// What opens a hidden output that was proved here, as a file of JSON.
async fn opening(State(queue): State<Queue<Service>>, Path(text): Path<String>) -> Answer {
	let commitment = hex::read("the commitment", &text)
		.map_err(|error| (StatusCode::BAD_REQUEST, one_line(&error.to_string())))?;
	let found = tokio::task::spawn_blocking(move || {
		let kept = &queue.service().kept;
		(kept.keeps(), kept.find(Scalar(commitment)))
	});
	let failed = |why: String| (StatusCode::INTERNAL_SERVER_ERROR, one_line(&why));
	match found.await.map_err(|error| failed(error.to_string()))? {
		(_, Ok(Some(openings))) => {
			let text = serde_json::to_vec(&openings).map_err(|error| failed(error.to_string()))?;
			let about =
				[(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")];
			Ok((about, text).into_response())
		}
		(keeps, Ok(None)) => {
			let got = if keeps { "none" } else { "none, and no --keep" };
			let shown = hex::show(&commitment);
			let reason = format!(
				"expected the opening of an output {shown} that was proved here, got {got}"
			);
			Err((StatusCode::NOT_FOUND, reason))
		}
		(_, Err(problem)) => Err(failed(problem.to_string())),
	}
}

async fn status(State(queue): State<Queue<Service>>) -> Response {
	let kind = [(header::CONTENT_TYPE, "application/json")];
	(kind, queue.status().to_string()).into_response()
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{
		fetch_opening, loopback, queue::tests::job, token::tests::token, Kept, Loopback, Server,
	};
	use std::{
		io::{Read, Write},
		net::{SocketAddr, TcpStream},
		sync::Arc,
		time::Duration,
	};
	use tokio::sync::watch;
	use zkml_files::tensors::Opening;
	use zkml_primitives::{
		prover_api::{Now, Taken},
		Role, Scales, TensorSpec, ValueInfo,
	};

	const TOKEN: &str = "0123456789abcdef0123";

	/// The real service on a port of the system's choice.
	struct Running {
		address: SocketAddr,
		stop: watch::Sender<bool>,
		thread: Option<std::thread::JoinHandle<()>>,
		folder: tempfile::TempDir,
	}

	impl Running {
		fn new() -> Self {
			let folder = tempfile::tempdir().unwrap();
			let token_file = folder.path().join("token");
			std::fs::write(&token_file, TOKEN).unwrap();
			let owner = std::os::unix::fs::PermissionsExt::from_mode(0o600);
			std::fs::set_permissions(&token_file, owner).unwrap();
			let token = Token::obtain(Some(&token_file)).unwrap();
			let kept = folder.path().join("kept");
			std::fs::create_dir(&kept).unwrap();
			let service = Service::open(folder.path(), None, Some(kept), drop).unwrap();
			let queue = Queue::start(Arc::new(service), 4);
			let (stop, stopped) = watch::channel(false);
			let (tell, told) = std::sync::mpsc::channel();
			let thread = std::thread::spawn(move || {
				let runtime =
					tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
				runtime.block_on(async {
					let anywhere = Loopback::new("127.0.0.1:0".parse().unwrap()).unwrap();
					let server = Server::bind(anywhere, token, queue).await.unwrap();
					tell.send(server.address()).unwrap();
					server.run(stopped).await.unwrap();
				});
			});
			let address = told.recv().unwrap();
			Self { address, stop, thread: Some(thread), folder }
		}

		/// Sends a request as it is and gives status and body.
		fn send(&self, head: &str, body: &[u8]) -> (u16, Vec<u8>) {
			let mut stream = TcpStream::connect(self.address).unwrap();
			stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
			let length = body.len();
			let head = format!("{head}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
			stream.write_all(head.as_bytes()).unwrap();
			// The service may answer and close before it has read all of a body it refuses.
			let _ = stream.write_all(body);
			let mut answer = Vec::new();
			let _ = stream.read_to_end(&mut answer);
			let split = answer.windows(4).position(|w| w == b"\r\n\r\n").unwrap();
			let status = String::from_utf8_lossy(&answer[9..12]).parse().unwrap();
			(status, answer[split + 4..].to_vec())
		}

		fn get(&self, path: &str, host: &str, token: &str) -> (u16, String) {
			let head =
				format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}");
			let (status, body) = self.send(&head, b"");
			(status, String::from_utf8_lossy(&body).into_owned())
		}

		fn post(&self, path: &str, body: &[u8]) -> (u16, Vec<u8>) {
			let head =
				format!("POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {TOKEN}");
			self.send(&head, body)
		}

		/// Posts what is refused; the status and why.
		fn refused(&self, path: &str, body: &[u8]) -> (u16, String) {
			let (status, body) = self.post(path, body);
			(status, String::from_utf8_lossy(&body).into_owned())
		}

		fn states(&self, jobs: Vec<JobId>) -> Vec<Option<JobState>> {
			let question = Question { genesis: [6; 32], now: Now::default(), jobs };
			let (status, body) = self.post("/states", &question.encode());
			assert_eq!(status, 200);
			DecodeAll::decode_all(&mut &body[..]).unwrap()
		}
	}

	impl Drop for Running {
		fn drop(&mut self) {
			let _ = self.stop.send(true);
			if let Some(thread) = self.thread.take() {
				let _ = thread.join();
			}
		}
	}

	#[test]
	fn only_names_of_loopback_are_answered() {
		let service = Running::new();
		let port = service.address.port();
		for host in ["127.0.0.1", "localhost", "[::1]", &format!("127.0.0.1:{port}")] {
			assert_eq!(service.get("/status", host, TOKEN).0, 200, "{host}");
		}
		for host in [
			"evil.example",
			"127.0.0.1.evil.example",
			"localhost.evil.example:9977",
			"evil.example:127",
			"127.0.0.1:9977x",
			"127.0.0.1:99999",
			"",
		] {
			assert_eq!(service.get("/status", host, TOKEN).0, 403, "{host}");
		}
		let auth = format!("Authorization: Bearer {TOKEN}");
		let (several, _) = service
			.send(&format!("GET /status HTTP/1.1\r\nHost: localhost\r\nHost: a\r\n{auth}"), b"");
		assert!(several == 403 || several == 400, "{several}");
		let (none, _) = service.send(&format!("GET /status HTTP/1.1\r\n{auth}"), b"");
		assert!(none == 403 || none == 400, "{none}");
	}

	#[test]
	fn nothing_is_answered_without_the_token() {
		let service = Running::new();
		for path in ["/status", "/offers/0", "/nothing"] {
			assert_eq!(service.get(path, "localhost", "wrong-token-wrong").0, 401, "{path}");
			let (status, _) = service.send(&format!("GET {path} HTTP/1.1\r\nHost: localhost"), b"");
			assert_eq!(status, 401, "{path}");
		}
		assert_eq!(service.get("/nothing", "localhost", TOKEN).0, 404);
	}

	#[test]
	fn what_is_no_job_and_what_no_model_proves_is_refused_in_words() {
		let service = Running::new();
		let (status, reason) = service.refused("/jobs", b"");
		assert_eq!((status, reason.as_str()), (400, "expected jobs in SCALE, got 0 other bytes"));
		let mut long = vec![job(1, 1)].encode();
		long.push(0);
		assert_eq!(service.refused("/jobs", &long).0, 400);
		let (status, reason) = service.refused("/jobs", &vec![job(1, 1); MOST_JOBS + 1].encode());
		assert_eq!((status, reason.as_str()), (400, "expected at most 256 jobs, got 257"));
		assert_eq!(service.refused("/jobs", &vec![0; MAX_BODY + 1]).0, 413);
		assert_eq!(service.refused("/states", b"?").0, 400);
		assert_eq!(service.refused("/forget", b"?").0, 400);

		let (status, body) = service.post("/jobs", &vec![job(1, 1)].encode());
		assert_eq!(status, 200);
		let taken = Vec::<Taken>::decode_all(&mut &body[..]).unwrap();
		let [Taken::Refused(reason)] = &taken[..] else { panic!("expected a refusal: {taken:?}") };
		let folder = service.folder.path().canonicalize().unwrap();
		let expected = format!("the model: expected one that is in {}, got ", folder.display());
		assert!(reason.starts_with(&expected), "{reason}");
		assert_eq!(service.states(vec![job(1, 1).id()]), [None]);
		assert_eq!(service.post("/forget", &vec![job(1, 1).id()].encode()).0, 200);
	}

	#[test]
	fn who_has_no_models_offers_nothing() {
		let service = Running::new();
		let head =
			format!("GET /offers/0 HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {TOKEN}");
		let (status, body) = service.send(&head, b"");
		assert_eq!(status, 200);
		let offers = Offers::decode_all(&mut &body[..]).unwrap();
		assert!(offers.work.is_empty() && !offers.more, "{offers:?}");
		assert!(offers
			.folder
			.ends_with(service.folder.path().file_name().unwrap().to_str().unwrap()));
		for page in ["1", "18446744073709551615"] {
			assert_eq!(service.get(&format!("/offers/{page}"), "localhost", TOKEN).0, 200);
		}
		assert_eq!(service.get("/offers/x", "localhost", TOKEN).0, 400);
	}

	#[test]
	fn an_opening_is_given_to_whoever_has_the_token_and_by_its_commitment_alone() {
		let service = Running::new();
		let dims = vec![2].try_into().unwrap();
		let tensor = TensorSpec { dims, bits: 8, min: 0, max: 9, scales: Scales::ONE };
		let info = ValueInfo { name: b"y".to_vec().try_into().unwrap(), tensor };
		let opening = Opening::new(Role::Output, &info, &[3, 4], Scalar([1; 32]));
		let commitment = Scalar(opening.commitment);
		let kept = Kept::open(Some(service.folder.path().join("kept"))).unwrap();
		kept.put(vec![opening]).unwrap();
		let path = format!("/openings/{}", hex::show(&commitment.0));
		for token in ["", "wrong-token-wrong"] {
			let (status, body) = service.get(&path, "localhost", token);
			assert_eq!(status, 401);
			assert!(!body.contains("values"), "{body}");
		}
		assert_eq!(service.get(&path, "evil.example", TOKEN).0, 403);
		let (status, body) = service.get(&path, "localhost", TOKEN);
		assert_eq!(status, 200, "{body}");
		let url = format!("http://{}", service.address);
		let address = loopback(&url).unwrap();
		let found = fetch_opening(address, &token(), commitment, Some(&info.tensor)).unwrap();
		assert_eq!(found.values, [3, 4]);

		let other = format!("/openings/{}", hex::show(&[7; 32]));
		let (status, body) = service.get(&other, "localhost", TOKEN);
		assert_eq!(status, 404);
		assert!(body.ends_with("that was proved here, got none"), "{body}");
		let spec = Some(&info.tensor);
		let error = fetch_opening(address, &token(), Scalar([7; 32]), spec).unwrap_err();
		assert!(error.to_string().contains("expected an opening, got status 404: "), "{error}");
		for odd in ["..%2Ftoken", "..%2f..%2ftoken", "%00", "token", "0x", &"g".repeat(64)] {
			let (status, body) = service.get(&format!("/openings/{odd}"), "localhost", TOKEN);
			assert_eq!(status, 400, "{odd}: {body}");
		}
		assert_eq!(service.get("/openings/", "localhost", TOKEN).0, 404);
		assert_eq!(service.get("/openings/../token", "localhost", TOKEN).0, 404);
	}

	#[test]
	fn the_status_page_counts() {
		let service = Running::new();
		let (status, body) = service.get("/status", "localhost", TOKEN);
		assert_eq!(status, 200);
		let page: serde_json::Value = serde_json::from_str(&body).unwrap();
		assert_eq!(page["jobs"]["pending"], 0);
		assert_eq!(page["proved_total"], 0);
		assert_eq!(page["models"], serde_json::json!([]));
	}
}
