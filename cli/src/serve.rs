//! The prover service: takes jobs from the off-chain worker and proves them, one at a time.
//!
//! It holds models whose weights may be private and openings of private inputs, so it listens on
//! loopback only, wants a bearer token, and checks the Host header: a web page that got a name of
//! its own to resolve to 127.0.0.1 could otherwise talk to it.

mod http;
mod library;
mod openings;
mod queue;
mod token;

use std::{future::IntoFuture, sync::Arc, time::Duration};

use serde_json::json;
use tokio::{net::TcpListener, sync::watch};
use zkml_primitives::{Visibility, Work};

use crate::{
	args::{Serve, Workshop},
	error::CliError,
	output::Output,
};

pub use library::{Library, Loaded};
pub use openings::Openings;
pub use queue::{Job, Queue};
pub use token::Token;

/// Where the off-chain worker looks for it.
pub const DEFAULT_ADDRESS: &str = "127.0.0.1:9977";

/// How long open connections may take once the service is told to stop.
const GRACE: Duration = Duration::from_secs(2);

/// Loads models, says which, and starts to take jobs.
pub fn open(workshop: &Workshop, out: &Output) -> Result<Queue, CliError> {
	rayon::ThreadPoolBuilder::new().num_threads(workshop.threads).build_global().map_err(
		|error| CliError::Service(format!("expected to start proving threads, got: {error}")),
	)?;
	let library = Library::open(&workshop.models)?;
	let openings = Openings::open(workshop.openings.clone())?;
	openings.scan();
	let queue = Queue::start(Arc::new(Service { library, openings }), workshop.queue);
	for model in queue.service().library.list() {
		out.say(format_args!(
			"model {}: circuit {}, {} constraints",
			model.folder, model.circuit, model.constraints
		));
	}
	Ok(queue)
}

/// Runs until told to stop.
pub fn run(args: Serve, out: &Output) -> Result<(), CliError> {
	if !args.listen.ip().is_loopback() {
		return Err(CliError::mismatch(
			"the address to listen on",
			"a loopback address such as 127.0.0.1, since the service holds private values",
			args.listen,
		));
	}
	let token = Token::obtain(args.token_file.as_deref())?;
	let queue = open(&args.workshop, out)?;

	let runtime = tokio::runtime::Builder::new_multi_thread()
		.worker_threads(1)
		.enable_all()
		.build()
		.map_err(|source| CliError::System { what: "start the service".into(), source })?;
	let outcome = runtime.block_on(async {
		let listener = TcpListener::bind(args.listen).await.map_err(|source| CliError::System {
			what: format!("listen on {}", args.listen),
			source,
		})?;
		// A token is made for a service that runs, not for one that could not start.
		token.keep()?;
		let address = listener.local_addr().unwrap_or(args.listen);
		out.say(format_args!("listening on http://{address}"));
		out.finish(json!({
			"listening": format!("http://{address}"),
			"models": queue.service().library.list(),
		}));
		let stop = stop_signal(args.exit_with_parent)?;
		serve(listener, queue, token, stop).await
	});
	// A model that is being loaded is not waited for.
	runtime.shutdown_background();
	outcome
}

/// What a job is proved with.
pub struct Service {
	/// The models.
	pub library: Library,
	/// The private inputs.
	pub openings: Openings,
}

impl Service {
	/// All that can be answered: each model on public inputs, and on each private one that was given.
	/// The prover shows its outputs to everybody.
	pub fn work(&self) -> Vec<Work> {
		let models = self.library.all();
		let work = |loaded: &Loaded, opening| {
			let (circuit, params) = loaded.name;
			Work { circuit, params, opening, output: Visibility::Public }
		};
		let mut all: Vec<Work> = models.iter().map(|loaded| work(loaded, None)).collect();
		for (opening, spec) in self.openings.list() {
			let fitting = models.iter().filter(|loaded| spec == loaded.input);
			all.extend(fitting.map(|loaded| work(loaded, Some(opening))));
		}
		all
	}

	/// Looks whether models or openings came or went.
	pub fn look(&self) {
		self.openings.scan();
		self.library.look();
	}
}

/// Answers on `listener` until `stop` changes.
async fn serve(
	listener: TcpListener,
	queue: Queue,
	token: Token,
	mut stop: watch::Receiver<bool>,
) -> Result<(), CliError> {
	let mut late = stop.clone();
	let service =
		axum::serve(listener, http::router(queue, token)).with_graceful_shutdown(async move {
			let _ = stop.wait_for(|stop| *stop).await;
		});
	let over = async move {
		let _ = late.wait_for(|stop| *stop).await;
		tokio::time::sleep(GRACE).await;
	};
	tokio::select! {
		done = service.into_future() => done
			.map_err(|source| CliError::System { what: "serve".into(), source }),
		() = over => Ok(()),
	}
}

/// Turns true on SIGTERM, Ctrl-C and, if asked for, when standard input closes.
pub fn stop_signal(exit_with_parent: bool) -> Result<watch::Receiver<bool>, CliError> {
	use tokio::signal::unix::{signal, SignalKind};
	let (stop, stopped) = watch::channel(false);
	let stop = Arc::new(stop);
	for kind in [SignalKind::terminate(), SignalKind::interrupt()] {
		let mut signal = signal(kind)
			.map_err(|source| CliError::System { what: "wait for signals".into(), source })?;
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
