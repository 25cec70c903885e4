//! `zkml`: from an ONNX file to a circuit, keys and proofs, and from there to the chain and back.
//!
//! [`args`] says what can be asked, [`verbs`] has one file per verb. What speaks to a node is in
//! `zkml-client`, the prover service in `zkml-prover-service`: this prints, asks and agrees.

mod args;
mod error;
mod keys;
mod output;
mod verbs;

use std::process::ExitCode;

fn main() -> ExitCode {
	let cli = match args::parse(std::env::args_os()) {
		Ok(cli) => cli,
		Err(exit) => return exit,
	};
	let out = output::Output::new(cli.json);
	match verbs::run(cli.verb, &out) {
		Ok(()) => ExitCode::SUCCESS,
		Err(error) => {
			out.fail(&error);
			error.exit_code()
		}
	}
}
