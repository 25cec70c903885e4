//! The service's HTTP: `POST /jobs`, `GET /jobs/{id}`, `GET /status`.

use axum::{
	body::Bytes,
	extract::{DefaultBodyLimit, Path, Request, State},
	http::{header, HeaderMap, StatusCode},
	middleware::{self, Next},
	response::{IntoResponse, Response},
	routing::{get, post},
	Router,
};
use codec::{Decode, Encode};
use zkml_primitives::prover_api::ProveJob;

use super::{
	queue::{Queue, Refused},
	Service, Token,
};
use crate::hex;

/// No job is larger: a public tensor has at most 4 KiB.
const MAX_BODY: usize = 64 << 10;

/// The whole interface, guarded.
pub fn router(queue: Queue<Service>, token: Token) -> Router {
	Router::new()
		.route("/jobs", post(submit))
		.route("/jobs/{id}", get(state))
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

async fn submit(State(queue): State<Queue<Service>>, body: Bytes) -> Answer {
	let mut rest = &body[..];
	let job = ProveJob::decode(&mut rest).ok().filter(|_| rest.is_empty()).ok_or_else(|| {
		let reason = format!("expected a SCALE-encoded job, got {} other bytes", body.len());
		(StatusCode::BAD_REQUEST, reason)
	})?;
	// Loading a model that came late takes seconds.
	let taken = tokio::task::spawn_blocking(move || queue.submit(job)).await;
	match taken {
		Ok(Ok(id)) => Ok((StatusCode::ACCEPTED, hex::show(&id)).into_response()),
		Ok(Err(refused @ Refused::Impossible(_))) => {
			Err((StatusCode::UNPROCESSABLE_ENTITY, refused.to_string()))
		}
		Ok(Err(refused @ Refused::Full(_))) => {
			Err((StatusCode::SERVICE_UNAVAILABLE, refused.to_string()))
		}
		Err(_) => Err((StatusCode::INTERNAL_SERVER_ERROR, "the job could not be looked at".into())),
	}
}

async fn state(State(queue): State<Queue<Service>>, Path(id): Path<String>) -> Answer {
	let id =
		hex::read("a job id", &id).map_err(|error| (StatusCode::BAD_REQUEST, error.to_string()))?;
	match queue.state(&id) {
		Some(state) => {
			let kind = [(header::CONTENT_TYPE, "application/octet-stream")];
			Ok((kind, state.encode()).into_response())
		}
		None => Err((StatusCode::NOT_FOUND, "expected a job that was sent, got another".into())),
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
		files::tests::Folder,
		serve::{self, queue::tests::job, Library, Openings},
	};
	use std::{
		io::{Read, Write},
		net::{SocketAddr, TcpStream},
		sync::Arc,
		time::Duration,
	};
	use tokio::sync::watch;

	const TOKEN: &str = "0123456789abcdef0123";

	/// The real service on a port of the system's choice.
	struct Running {
		address: SocketAddr,
		stop: watch::Sender<bool>,
		thread: Option<std::thread::JoinHandle<()>>,
		_folder: Folder,
	}

	impl Running {
		fn new(name: &str) -> Self {
			let folder = Folder::new(name);
			let token_file = folder.file("token");
			std::fs::write(&token_file, TOKEN).unwrap();
			let token = Token::obtain(Some(&token_file)).unwrap();
			let library = Library::open(&folder.0).unwrap();
			let service = Service { library, openings: Openings::open(None).unwrap() };
			let queue = Queue::start(Arc::new(service), 4);
			let (stop, stopped) = watch::channel(false);
			let (tell, told) = std::sync::mpsc::channel();
			let thread = std::thread::spawn(move || {
				let runtime =
					tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
				runtime.block_on(async {
					let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
					tell.send(listener.local_addr().unwrap()).unwrap();
					serve::serve(listener, queue, token, stopped).await.unwrap();
				});
			});
			let address = told.recv().unwrap();
			Self { address, stop, thread: Some(thread), _folder: folder }
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

		fn post(&self, body: &[u8]) -> (u16, String) {
			let head =
				format!("POST /jobs HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {TOKEN}");
			let (status, body) = self.send(&head, body);
			(status, String::from_utf8_lossy(&body).into_owned())
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
		let service = Running::new("hosts");
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
		let service = Running::new("tokens");
		for path in ["/status", "/jobs/00", "/nothing"] {
			assert_eq!(service.get(path, "localhost", "wrong-token-wrong").0, 401, "{path}");
			let (status, _) = service.send(&format!("GET {path} HTTP/1.1\r\nHost: localhost"), b"");
			assert_eq!(status, 401, "{path}");
		}
		assert_eq!(service.get("/nothing", "localhost", TOKEN).0, 404);
	}

	#[test]
	fn what_is_no_job_and_what_no_model_proves_is_refused_in_words() {
		let service = Running::new("jobs");
		let (status, reason) = service.post(b"");
		assert_eq!(
			(status, reason.as_str()),
			(400, "expected a SCALE-encoded job, got 0 other bytes")
		);
		let mut long = job(1, 1).encode();
		long.push(0);
		assert_eq!(service.post(&long).0, 400);
		let (status, reason) = service.post(&job(1, 1).encode());
		assert_eq!(status, 422);
		assert!(reason.starts_with("the model: expected one that this service has loaded"));
		assert_eq!(service.post(&vec![0; MAX_BODY + 1]).0, 413);
		let id = hex::show(&job(1, 1).id());
		assert_eq!(service.get(&format!("/jobs/{id}"), "localhost", TOKEN).0, 404);
		assert_eq!(service.get("/jobs/zz", "localhost", TOKEN).0, 400);
	}

	#[test]
	fn the_status_page_counts() {
		let service = Running::new("status");
		let (status, body) = service.get("/status", "localhost", TOKEN);
		assert_eq!(status, 200);
		let page: serde_json::Value = serde_json::from_str(&body).unwrap();
		assert_eq!(page["jobs"]["pending"], 0);
		assert_eq!(page["proved_total"], 0);
		assert_eq!(page["models"], serde_json::json!([]));
	}
}
