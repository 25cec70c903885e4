//! One file per verb.

mod accounts;
mod accuracy;
mod audit;
mod calibrate;
mod ceremony;
mod check;
mod circuit;
mod compile;
mod convert;
mod export;
mod given;
mod inspect;
mod integers;
mod key;
mod mine;
mod model;
mod node;
mod opened;
mod params;
mod program;
mod prove;
mod refund;
mod request;
mod requests;
mod rerandomize;
mod result;
mod serve;
mod setup;
mod shared;
mod submit;
mod verify;

pub use result::NoResult;

use std::future::Future;

use crate::{args::Verb, error::CliError, output::Output};

/// Does what was asked.
pub fn run(verb: Verb, out: &Output) -> Result<(), CliError> {
	match verb {
		Verb::Inspect(args) => inspect::run(args, out),
		Verb::Compile(args) => compile::run(args, out),
		Verb::Calibrate(args) => calibrate::run(args, out),
		Verb::Setup(args) => setup::run(args, out),
		Verb::Export(args) => export::run(args, out),
		Verb::Ceremony(args) => ceremony::run(args, out),
		Verb::Prove(args) => wait_for(prove::run(args, out)),
		Verb::Verify(args) => verify::run(args, out),
		Verb::Model(args) => wait_for(model::run(args, out)),
		Verb::Circuit(args) => wait_for(circuit::run(args, out)),
		Verb::Request(args) => wait_for(request::run(args, out)),
		Verb::Requests(args) => wait_for(requests::run(args, out)),
		Verb::Result(args) => wait_for(result::run(args, out)),
		Verb::Submit(args) => wait_for(submit::run(args, out)),
		Verb::Check(args) => wait_for(check::run(args, out)),
		Verb::Refund(args) => wait_for(refund::run(args, out)),
		Verb::Audit(args) => wait_for(audit::run(args, out)),
		Verb::Program(args) => wait_for(program::run(args, out)),
		Verb::Convert(args) => convert::run(args, out),
		Verb::Accounts(args) => wait_for(accounts::run(args, out)),
		Verb::Key(args) => key::run(args, out),
		Verb::Serve(args) => serve::run(args, out),
		Verb::Mine(args) => wait_for(mine::run(args, out)),
		Verb::Rerandomize(args) => rerandomize::run(args, out),
	}
}

/// Runs what speaks to a node. The connection lives on the runtime's own threads, so that proving
/// in between does not starve it.
fn wait_for(work: impl Future<Output = Result<(), CliError>>) -> Result<(), CliError> {
	tokio::runtime::Builder::new_multi_thread()
		.worker_threads(2)
		.enable_all()
		.build()
		.map_err(|source| CliError::System { what: "start".into(), source })?
		.block_on(work)
}
