//! The service on a port of this machine.

use std::{
	future::IntoFuture,
	net::{IpAddr, Ipv4Addr, SocketAddr},
	sync::Arc,
	time::Duration,
};

use tokio::{net::TcpListener, sync::watch};
use zkml_files::Mismatch;
use zkml_primitives::prover_api::PORT;

use crate::{http, Queue, ServiceError, Token};

/// Where the off-chain worker looks for it.
pub const DEFAULT_ADDRESS: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), PORT);

/// How long open connections may take once the service is told to stop.
const GRACE: Duration = Duration::from_secs(2);

/// An address that this machine alone can reach. Port 0 lets the system choose.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Loopback(SocketAddr);

impl Loopback {
	/// An address that was asked for.
	///
	/// # Errors
	///
	/// If others could reach it.
	pub fn new(address: SocketAddr) -> Result<Self, Mismatch> {
		if address.ip().is_loopback() {
			return Ok(Self(address));
		}
		Err(Mismatch::new(
			"the address to listen on",
			"a loopback address such as 127.0.0.1, since the service holds private values",
			address,
		))
	}
}

/// A service that listens.
pub struct Server {
	listener: TcpListener,
	address: SocketAddr,
	token: Token,
	queue: Queue,
}

impl Server {
	/// Listens. A fresh token is written once that is possible: it is made for a service that runs, not for
	/// one that could not start.
	///
	/// # Errors
	///
	/// If the address is taken, or the token's file.
	pub async fn bind(
		Loopback(address): Loopback,
		token: Token,
		queue: Queue,
	) -> Result<Self, ServiceError> {
		let listener = TcpListener::bind(address)
			.await
			.map_err(ServiceError::system(format!("listen on {address}")))?;
		token.keep()?;
		let address = listener.local_addr().unwrap_or(address);
		Ok(Self { listener, address, token, queue })
	}

	/// Where it listens.
	pub fn address(&self) -> SocketAddr {
		self.address
	}

	/// Answers until `stop` turns true.
	///
	/// # Errors
	///
	/// If the system takes the port away.
	pub async fn run(self, mut stop: watch::Receiver<bool>) -> Result<(), ServiceError> {
		let mut late = stop.clone();
		let router = http::router(self.queue, self.token);
		let service = axum::serve(self.listener, router).with_graceful_shutdown(async move {
			let _ = stop.wait_for(|stop| *stop).await;
		});
		let over = async move {
			let _ = late.wait_for(|stop| *stop).await;
			tokio::time::sleep(GRACE).await;
		};
		tokio::select! {
			done = service.into_future() => done.map_err(ServiceError::system("serve")),
			() = over => Ok(()),
		}
	}
}

/// Turns true on SIGTERM, Ctrl-C and, if asked for, when standard input closes. To be called within a
/// runtime of tokio.
///
/// # Errors
///
/// If the system lets nobody wait for signals.
pub fn stop_signal(exit_with_parent: bool) -> Result<watch::Receiver<bool>, ServiceError> {
	use tokio::signal::unix::{signal, SignalKind};
	let (stop, stopped) = watch::channel(false);
	let stop = Arc::new(stop);
	for kind in [SignalKind::terminate(), SignalKind::interrupt()] {
		let mut signal = signal(kind).map_err(ServiceError::system("wait for signals"))?;
		let stop = stop.clone();
		tokio::spawn(async move {
			signal.recv().await;
			let _ = stop.send(true);
		});
	}
	if exit_with_parent {
		// A thread, since reading standard input blocks; it ends with the process.
		std::thread::spawn(move || {
			let _ = std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink());
			let _ = stop.send(true);
		});
	}
	Ok(stopped)
}
