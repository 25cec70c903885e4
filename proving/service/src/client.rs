//! Asks a service on this machine for what it keeps. Nothing but a question and an answer, so no client of
//! HTTP is needed for it.

use std::{
	io::{self, ErrorKind, Read, Write},
	net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream},
	path::Path,
	time::Duration,
};

use zkml_files::{
	files::MAX_JSON,
	hex,
	tensors::{Opening, Openings as OpeningsFile},
	text::one_line,
	Mismatch,
};
use zkml_primitives::{prover_api::PORT, Role, Scalar, TensorSpec};

use crate::{ServiceError, Token};

/// How long the service may be silent.
const PATIENCE: Duration = Duration::from_secs(20);
/// Bytes of an answer beside its body, at most.
const HEAD: u64 = 16 << 10;

/// Fetches what opens an output that this service proved, and checks that it opens it.
///
/// # Errors
///
/// If nobody answers there, or the answer is no opening of this commitment to a tensor of this specification,
/// or of its own if there is none.
pub fn fetch_opening(
	address: SocketAddr,
	token: &Token,
	commitment: Scalar,
	spec: Option<&TensorSpec>,
) -> Result<Opening, ServiceError> {
	let path = format!("/openings/{}", hex::show(&commitment.0));
	let place = format!("http://{address}{path}");
	let answer = ask(address, &path, token).map_err(ServiceError::system(format!(
		"have an answer of the prover at http://{address}"
	)))?;
	let (status, body) = read(&answer)
		.map_err(|got| Mismatch::new(place.as_str(), "an answer of HTTP that is whole", got))?;
	if status != 200 {
		let reason: String = String::from_utf8_lossy(body).chars().take(400).collect();
		let got = format!("status {status}: {}", one_line(&reason));
		return Err(Mismatch::new(place, "an opening", got).into());
	}
	let place = Path::new(&place);
	let openings = OpeningsFile::parse(place, body, Role::Output)?;
	Ok(openings.opening(place, Role::Output, commitment, spec)?)
}

/// The address of this machine that a service's URL names.
///
/// # Errors
///
/// If it names another machine, where the token would go in clear, or is no URL of plain HTTP.
pub fn loopback(url: &str) -> Result<SocketAddr, Mismatch> {
	let refuse = || {
		let expected = "http:// and an address of this machine, such as http://127.0.0.1:9977";
		// Without what may stand before a host, which can be a password.
		let shown = url.rsplit('@').next().unwrap_or_default();
		Mismatch::new("the prover's URL", expected, if shown.is_empty() { "none" } else { shown })
	};
	let host = url.strip_prefix("http://").ok_or_else(refuse)?.trim_end_matches('/');
	let port =
		host.strip_prefix("localhost").filter(|rest| rest.is_empty() || rest.starts_with(':'));
	let named = port.map(|port| format!("{}{port}", Ipv4Addr::LOCALHOST));
	let host = named.as_deref().unwrap_or(host);
	let bare = host.trim_start_matches('[').trim_end_matches(']');
	let address = host
		.parse::<SocketAddr>()
		.or_else(|_| bare.parse::<IpAddr>().map(|ip| SocketAddr::new(ip, PORT)))
		.map_err(|_| refuse())?;
	match address.ip().is_loopback() {
		true => Ok(address),
		false => Err(refuse()),
	}
}

/// All that is answered.
fn ask(address: SocketAddr, path: &str, token: &Token) -> io::Result<Vec<u8>> {
	exchange(address, path, token).map_err(in_words)
}

/// What a system calls silence differs, and says nothing of time.
fn in_words(error: io::Error) -> io::Error {
	match error.kind() {
		ErrorKind::TimedOut | ErrorKind::WouldBlock => {
			io::Error::new(ErrorKind::TimedOut, format!("nothing for {} s", PATIENCE.as_secs()))
		}
		_ => error,
	}
}

fn exchange(address: SocketAddr, path: &str, token: &Token) -> io::Result<Vec<u8>> {
	let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
	stream.set_read_timeout(Some(PATIENCE))?;
	stream.set_write_timeout(Some(PATIENCE))?;
	let question = format!(
		"GET {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: {}\r\nConnection: close\r\n\r\n",
		token.header()
	);
	stream.write_all(question.as_bytes())?;
	let mut answer = Vec::new();
	stream.take(MAX_JSON + HEAD).read_to_end(&mut answer)?;
	Ok(answer)
}

/// Status and body of an answer that says how long it is; else what is wrong with it.
fn read(answer: &[u8]) -> Result<(u16, &[u8]), String> {
	let end = answer.windows(4).position(|four| four == b"\r\n\r\n").ok_or("no end of its head")?;
	let (head, body) = answer.split_at(end);
	let head = String::from_utf8_lossy(head);
	let mut lines = head.lines();
	let words: Vec<&str> = lines.next().unwrap_or_default().split(' ').collect();
	let status = match words[..] {
		["HTTP/1.1", status, ..] => status.parse::<u16>().ok(),
		_ => None,
	};
	let status = status.ok_or("no status")?;
	let mut length = lines.filter_map(|line| {
		let (name, value) = line.split_once(':')?;
		name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
	});
	let body = body.get(4..).unwrap_or_default();
	match length.next() {
		Some(length) if length == body.len() => Ok((status, body)),
		Some(length) => Err(format!("{} of {length} bytes", body.len())),
		None => Err("no length".into()),
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::token::tests::token;
	use std::net::TcpListener;
	use zkml_files::tensors::SpecFile;
	use zkml_primitives::{Scales, ValueInfo};

	#[test]
	fn a_token_goes_to_this_machine_alone() {
		for (url, address) in [
			("http://127.0.0.1:9977", "127.0.0.1:9977"),
			("http://127.0.0.1:81/", "127.0.0.1:81"),
			("http://localhost:81", "127.0.0.1:81"),
			("http://localhost", "127.0.0.1:9977"),
			("http://[::1]:81", "[::1]:81"),
			("http://[::1]", "[::1]:9977"),
		] {
			assert_eq!(loopback(url).unwrap().to_string(), address, "{url}");
		}
		for url in [
			"",
			"127.0.0.1:9977",
			"https://127.0.0.1:9977",
			"http://10.0.0.1:9977",
			"http://0.0.0.0:9977",
			"http://localhost.example:80",
			"http://localhost0:9977",
			"http://localhost1",
			"http://127.0.0.1:9977/else",
			"http://user:secret@127.0.0.1:9977",
		] {
			let error = loopback(url).unwrap_err().to_string();
			assert!(
				error.starts_with("the prover's URL: expected http:// and an address"),
				"{error}"
			);
			assert!(!error.contains("secret"), "{error}");
		}
	}

	#[test]
	fn silence_is_told_as_such() {
		for kind in [ErrorKind::WouldBlock, ErrorKind::TimedOut] {
			assert_eq!(in_words(kind.into()).to_string(), "nothing for 20 s");
		}
		let refused = io::Error::from(ErrorKind::ConnectionRefused);
		assert_eq!(in_words(refused).kind(), ErrorKind::ConnectionRefused);
	}

	#[test]
	fn an_answer_that_is_cut_off_or_says_nothing_of_its_length_is_refused() {
		let whole = "HTTP/1.1 404 Not Found\r\nContent-Length: 3\r\nx: y\r\n\r\nabc";
		assert_eq!(read(whole.as_bytes()), Ok((404, &b"abc"[..])));
		for (answer, why) in [
			("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nabc", "3 of 4 bytes"),
			("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nabc", "3 of 2 bytes"),
			("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0", "no length"),
			("HTTP/1.1 200 OK\r\ncontent-length: 4", "no end of its head"),
			("SSH-2.0\r\ncontent-length: 0\r\n\r\n", "no status"),
			("", "no end of its head"),
		] {
			assert_eq!(read(answer.as_bytes()), Err(why.into()), "{answer:?}");
		}
	}

	#[test]
	fn what_does_not_open_the_commitment_is_not_believed() {
		let dims = vec![2].try_into().unwrap();
		let spec = TensorSpec { dims, bits: 8, min: 0, max: 16, scales: Scales::ONE };
		let info = ValueInfo { name: b"y".to_vec().try_into().unwrap(), tensor: spec.clone() };
		let of = |values: [i32; 2]| Opening::new(Role::Output, &info, &values, Scalar([1; 32]));
		let (right, other) = (of([3, 4]), of([3, 5]));
		let commitment = Scalar(right.commitment);
		let lie = Opening { values: vec![3, 5], ..right.clone() };
		let token = token();
		let fetched = |opening: &Opening| {
			let listener = TcpListener::bind("127.0.0.1:0").unwrap();
			let url = format!("http://{}", listener.local_addr().unwrap());
			let body = OpeningsFile::new(Role::Output, vec![opening.clone()]);
			let body = serde_json::to_string(&body).unwrap();
			let server = std::thread::spawn(move || {
				let (mut stream, _) = listener.accept().unwrap();
				let mut question = [0; 1024];
				let read = stream.read(&mut question).unwrap();
				let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
				stream.write_all(head.as_bytes()).unwrap();
				stream.write_all(body.as_bytes()).unwrap();
				String::from_utf8_lossy(&question[..read]).into_owned()
			});
			let address = loopback(&url).unwrap();
			let fetched = fetch_opening(address, &token, commitment, Some(&spec));
			let question = server.join().unwrap();
			assert!(question.contains("\r\nAuthorization: Bearer "), "{question}");
			fetched.map_err(|error| error.to_string())
		};
		assert_eq!(fetched(&right).unwrap().values, [3, 4]);
		assert!(fetched(&other).unwrap_err().ends_with("got none"));
		assert!(fetched(&lie).unwrap_err().contains("expected values that open 0x"));
		let another = Opening { spec: SpecFile { max: 17, ..right.spec.clone() }, ..right.clone() };
		assert!(fetched(&another).unwrap_err().contains("0..=16"));
	}
}
