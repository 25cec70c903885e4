//! `zkml serve`

use crate::{args::Serve, error::CliError, output::Output, serve};

/// Serves until told to stop.
pub fn run(args: Serve, out: &Output) -> Result<(), CliError> {
	serve::run(args, out)
}
