//! Asks a prover service how it does: `GET /status`, over plain HTTP.

use std::{io, time::Duration};

use tokio::{
	io::{AsyncReadExt, AsyncWriteExt},
	net::TcpStream,
};

use super::Endpoint;

/// Longer than this no answer is waited for.
const TIMEOUT: Duration = Duration::from_secs(5);
/// No answer longer than this is read.
const LIMIT: u64 = 1 << 20;

/// What a prover did since it started.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Status {
	/// How many models it can prove.
	pub models: usize,
	/// How many proofs it has made.
	pub proved: u64,
	/// Seconds spent making them.
	pub prove_seconds: f64,
}

/// Why the prover's state is not known.
#[derive(Debug, thiserror::Error)]
pub enum StatusError {
	/// Only plain HTTP is spoken here.
	#[error("expected an http:// URL, got {0}")]
	Scheme(String),
	/// Nobody there, or the line broke.
	#[error("no connection to {url}: {error}")]
	Io {
		/// The URL that was called.
		url: String,
		/// The operating system's reason.
		error: io::Error,
	},
	/// It took too long.
	#[error("expected an answer from {url} within {} s, got none", TIMEOUT.as_secs())]
	Timeout {
		/// The URL that was called.
		url: String,
	},
	/// An answer, but not the one.
	#[error("expected a status, got {0:?}")]
	Answer(String),
}

/// Asks.
///
/// # Errors
/// When there is no prover, or what is there does not answer as one.
pub async fn fetch(endpoint: &Endpoint) -> Result<Status, StatusError> {
	let url = &endpoint.url;
	let host = url
		.strip_prefix("http://")
		.and_then(|rest| rest.split('/').next())
		.ok_or_else(|| StatusError::Scheme(url.clone()))?;
	match tokio::time::timeout(TIMEOUT, exchange(host, &endpoint.token)).await {
		Ok(Ok(answer)) => parse(&answer),
		Ok(Err(error)) => Err(StatusError::Io { url: url.clone(), error }),
		Err(_) => Err(StatusError::Timeout { url: url.clone() }),
	}
}

/// HTTP/1.0, so that the answer ends with the connection and is never chunked.
async fn exchange(host: &str, token: &str) -> io::Result<Vec<u8>> {
	let address = if host.contains(':') { host.to_owned() } else { format!("{host}:80") };
	let mut stream = TcpStream::connect(address).await?;
	let question = format!(
		"GET /status HTTP/1.0\r\nhost: {host}\r\nauthorization: Bearer {token}\r\n\
		 accept: application/json\r\nconnection: close\r\n\r\n"
	);
	stream.write_all(question.as_bytes()).await?;
	let mut answer = Vec::new();
	stream.take(LIMIT).read_to_end(&mut answer).await?;
	Ok(answer)
}

fn parse(answer: &[u8]) -> Result<Status, StatusError> {
	let text = String::from_utf8_lossy(answer);
	let first = text.lines().next().unwrap_or_default();
	let refuse = || StatusError::Answer(first.chars().take(100).collect());
	if first.split(' ').nth(1) != Some("200") {
		return Err(refuse());
	}
	let (_, body) = text.split_once("\r\n\r\n").ok_or_else(refuse)?;
	let json: serde_json::Value = serde_json::from_str(body).map_err(|_| refuse())?;
	let models = json["models"].as_array().ok_or_else(refuse)?.len();
	let proved = json["proved_total"].as_u64().ok_or_else(refuse)?;
	let prove_seconds = json["prove_seconds_total"].as_f64().ok_or_else(refuse)?;
	Ok(Status { models, proved, prove_seconds })
}

#[cfg(test)]
mod tests {
	use super::*;
	use tokio::net::TcpListener;

	const BODY: &str = r#"{"models":[{"circuit":"0x","params":"0x","constraints":9}],
		"jobs":{"pending":0,"done":2,"failed":0},"prove_seconds_total":1.5,"proved_total":2}"#;

	/// Answers once and gives back what it was asked.
	async fn answer_once(answer: String) -> (Endpoint, tokio::task::JoinHandle<String>) {
		let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
		let url = format!("http://{}", listener.local_addr().unwrap());
		let question = tokio::spawn(async move {
			let (mut stream, _) = listener.accept().await.unwrap();
			let mut question = vec![0; 4096];
			let length = stream.read(&mut question).await.unwrap();
			stream.write_all(answer.as_bytes()).await.unwrap();
			String::from_utf8(question[..length].to_vec()).unwrap()
		});
		(Endpoint { url, token: "secret".into() }, question)
	}

	#[tokio::test]
	async fn a_prover_is_asked_with_its_token_and_understood() {
		let answer = format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n{BODY}");
		let (endpoint, question) = answer_once(answer).await;
		let status = fetch(&endpoint).await.unwrap();
		assert_eq!(status, Status { models: 1, proved: 2, prove_seconds: 1.5 });
		let question = question.await.unwrap();
		assert!(question.starts_with("GET /status HTTP/1.0\r\n"));
		assert!(question.contains("authorization: Bearer secret\r\n"));
	}

	#[tokio::test]
	async fn anything_else_is_an_error_and_no_status() {
		for answer in [
			"",
			"\r\n\r\n",
			"HTTP/1.1 401 Unauthorized\r\n\r\n",
			"HTTP/1.1 200 OK\r\n",
			"HTTP/1.1 200 OK\r\n\r\n{}",
			"HTTP/1.1 200 OK\r\n\r\n{\"models\":[],\"proved_total\":-1,\"prove_seconds_total\":0}",
		] {
			let (endpoint, _) = answer_once(answer.into()).await;
			let result = fetch(&endpoint).await;
			assert!(matches!(result, Err(StatusError::Answer(_))), "{answer:?}: {result:?}");
		}
	}

	#[tokio::test]
	async fn nobody_there_is_an_error() {
		let endpoint = Endpoint { url: "http://127.0.0.1:1".into(), token: String::new() };
		assert!(matches!(fetch(&endpoint).await, Err(StatusError::Io { .. })));
		let endpoint = Endpoint { url: "https://127.0.0.1:1".into(), token: String::new() };
		assert!(matches!(fetch(&endpoint).await, Err(StatusError::Scheme(_))));
	}
}
