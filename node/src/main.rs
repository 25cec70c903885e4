//! The node: makes and checks blocks, runs the off-chain worker, looks after its prover.

mod chain_spec;
mod cli;
mod command;
mod executor;
mod keys;
mod metrics;
mod prover;
mod rpc;
mod service;

fn main() -> sc_cli::Result<()> {
	command::run()
}
