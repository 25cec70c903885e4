//! The node: makes and checks blocks, runs the off-chain worker, looks after its prover.

mod advice;
mod chain_spec;
mod cli;
mod command;
mod executor;
mod hardware;
mod keys;
mod metrics;
mod ports;
mod prover;
mod rpc;
mod service;

use std::process::ExitCode;

fn main() -> ExitCode {
	let error = match command::run() {
		Ok(()) => return ExitCode::SUCCESS,
		// Words of ours, to which the SDK would put its own.
		Err(sc_cli::Error::Input(text)) => text,
		Err(error) => error.to_string(),
	};
	eprintln!("error: {error}");
	ExitCode::FAILURE
}
