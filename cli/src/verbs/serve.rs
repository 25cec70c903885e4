//! `zkml serve`, and what it shares with `zkml mine`.

use std::sync::Arc;

use serde_json::json;
use zkml_prover_service::{stop_signal, Loopback, Notice, Queue, Server, Service, Token};

use crate::{
	args::{Serve, Workshop},
	error::CliError,
	output::{self, Output},
};

/// Runs until told to stop.
pub fn run(args: Serve, out: &Output) -> Result<(), CliError> {
	let listen = Loopback::new(args.listen)?;
	let token = Token::obtain(args.token_file.as_deref())?;
	let queue = open(&args.workshop, out)?;
	let runtime = tokio::runtime::Builder::new_multi_thread()
		.worker_threads(1)
		.enable_all()
		.build()
		.map_err(|source| CliError::System { what: "start the service".into(), source })?;
	let outcome = runtime.block_on(async {
		let server = Server::bind(listen, token, queue.clone()).await?;
		let address = server.address();
		out.say(format_args!("listening on http://{address}"));
		out.finish(json!({
			"listening": format!("http://{address}"),
			"models": queue.service().library.list(),
		}));
		Ok(server.run(stop_signal(args.exit_with_parent)?).await?)
	});
	// A model that is being loaded is not waited for.
	runtime.shutdown_background();
	outcome
}

/// Loads models, says which, and starts to take jobs.
pub fn open(workshop: &Workshop, out: &Output) -> Result<Queue, CliError> {
	rayon::ThreadPoolBuilder::new().num_threads(workshop.threads).build_global().map_err(
		|error| CliError::Threads(format!("expected to start proving threads, got: {error}")),
	)?;
	let (openings, keep) = (workshop.openings.clone(), workshop.keep.clone());
	let service = Service::open(&workshop.models, openings, keep, tell)?;
	let queue = Queue::start(Arc::new(service), workshop.queue);
	for model in queue.service().library.list() {
		out.say(format_args!(
			"model {}: circuit {}, {} constraints",
			model.folder, model.circuit, model.constraints
		));
	}
	Ok(queue)
}

fn tell(notice: Notice) {
	match notice.is_warning() {
		true => output::warn(notice),
		false => output::note(notice),
	}
}
