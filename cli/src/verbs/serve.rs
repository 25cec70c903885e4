//! `zkml serve`

use crate::{args::Serve, error::CliError, output::Output, serve};

/// Serves until told to stop.
pub fn run(args: Serve, out: &Output) -> Result<(), CliError> {
	let options = serve::Options {
		address: args.listen,
		models: args.models,
		openings: args.openings,
		token_file: args.token_file,
		threads: args.threads,
		queue: args.queue,
		exit_with_parent: args.exit_with_parent,
	};
	serve::run(options, out)
}
