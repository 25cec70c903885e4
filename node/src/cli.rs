//! The command line.

use std::path::PathBuf;

use sc_cli::RunCmd;
use zkml_primitives::prover_api::PORT;

use crate::chain_spec::CreateChainSpec;

/// Everything the node can be told.
#[derive(Debug, clap::Parser)]
pub struct Cli {
	/// Something else than running a node.
	#[command(subcommand)]
	pub subcommand: Option<Subcommand>,

	/// The SDK's options for running a node.
	#[command(flatten)]
	pub run: RunCmd,

	/// How blocks are made.
	#[arg(long, value_enum, default_value_t = Sealing::Aura)]
	pub sealing: Sealing,

	/// Do not measure at the start whether this machine is fast enough for a validator.
	#[arg(long)]
	pub no_hardware_benchmarks: bool,

	/// The prover that the off-chain worker asks, if any.
	#[command(flatten)]
	pub prover: ProverArgs,
}

/// How blocks are made.
#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum)]
pub enum Sealing {
	/// By the authorities in turn, one every slot; GRANDPA finalises.
	Aura,
	/// By this node alone, on a chain with one authority: as soon as there is a transaction, and twice
	/// a second while requests are open; final a moment later.
	Instant,
}

/// The prover that answers requests for this node's off-chain worker.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct ProverArgs {
	/// Run a prover beside the node: `zkml serve`, at low priority, on all cores but one.
	/// On by default under --dev.
	#[arg(long, conflicts_with_all = ["no_prover", "prover_url"])]
	pub prover: bool,

	/// Run no prover and use none.
	#[arg(long, conflicts_with = "prover_url")]
	pub no_prover: bool,

	/// The `zkml` program; by default the one in the node's own folder.
	#[arg(long, value_name = "FILE")]
	pub prover_bin: Option<PathBuf>,

	/// The folder of models to prove, one folder each, with model.zkml and proving.key.
	/// By default models-ready, in the base path if one is given, else in the current folder.
	#[arg(long, value_name = "DIR")]
	pub prover_models: Option<PathBuf>,

	/// A folder of openings of private inputs, which the prover answers requests with; what
	/// `zkml request` writes. Of a prover that this node runs.
	#[arg(long, value_name = "DIR", conflicts_with = "prover_url")]
	pub prover_openings: Option<PathBuf>,

	/// A folder to keep openings of hidden outputs in, which requesters are owed; without it no request
	/// that hides an output is answered. Of a prover that this node runs.
	#[arg(long, value_name = "DIR", conflicts_with = "prover_url")]
	pub prover_keep: Option<PathBuf>,

	/// The port on 127.0.0.1 for the prover; if it is taken, a free one is used, and said.
	#[arg(long, value_name = "PORT", default_value_t = PORT)]
	pub prover_port: u16,

	/// Use the prover service at this URL instead of running one: https://, or http:// on this
	/// machine, since the token travels with every question.
	#[arg(long, value_name = "URL", requires = "prover_token_file")]
	pub prover_url: Option<String>,

	/// The file that holds the token of that service, for nobody else to read (mode 600).
	#[arg(long, value_name = "FILE", requires = "prover_url")]
	pub prover_token_file: Option<PathBuf>,
}

/// What else than running the program can do.
#[derive(Debug, clap::Subcommand)]
pub enum Subcommand {
	/// Make, look at and insert keys.
	#[command(subcommand)]
	Key(sc_cli::KeySubcommand),

	/// Write the specification of a new network with keys of its own.
	CreateChainSpec(CreateChainSpec),

	/// Write a chain specification that the node knows.
	ExportChainSpec(sc_cli::ExportChainSpecCmd),

	/// Check a block again.
	CheckBlock(sc_cli::CheckBlockCmd),

	/// Write blocks to a file.
	ExportBlocks(sc_cli::ExportBlocksCmd),

	/// Write the state of a block as a chain specification.
	ExportState(sc_cli::ExportStateCmd),

	/// Read blocks from a file.
	ImportBlocks(sc_cli::ImportBlocksCmd),

	/// Delete the whole chain.
	PurgeChain(sc_cli::PurgeChainCmd),

	/// Go back by some blocks.
	Revert(sc_cli::RevertCmd),

	/// Say what the database holds.
	ChainInfo(sc_cli::ChainInfoCmd),

	/// Measure the weights of the pallets.
	#[cfg(feature = "runtime-benchmarks")]
	#[command(subcommand)]
	Benchmark(frame_benchmarking_cli::BenchmarkCmd),
}

#[cfg(test)]
mod tests {
	use super::*;
	use sc_cli::SubstrateCli;

	fn parse(args: &[&str]) -> Result<Cli, clap::Error> {
		Cli::try_from_iter(std::iter::once(&"zkml-node").chain(args))
	}

	#[test]
	fn a_development_node_needs_one_word() {
		let cli = parse(&["--dev"]).unwrap();
		assert_eq!(cli.sealing, Sealing::Aura);
		assert_eq!(cli.prover.prover_port, PORT);
		assert!(!cli.prover.no_prover);
	}

	#[test]
	fn instant_sealing_is_asked_for_by_name() {
		assert_eq!(parse(&["--dev", "--sealing", "instant"]).unwrap().sealing, Sealing::Instant);
		assert!(parse(&["--dev", "--sealing", "never"]).is_err());
	}

	#[test]
	fn a_prover_is_either_run_or_reached_or_refused() {
		assert!(parse(&["--prover", "--no-prover"]).is_err());
		assert!(parse(&["--prover-url", "http://127.0.0.1:1"]).is_err(), "no token");
		assert!(parse(&["--prover-token-file", "t"]).is_err(), "no url");
		let external = ["--prover-url", "http://127.0.0.1:1", "--prover-token-file", "t"];
		assert!(parse(&external).is_ok());
		assert!(parse(&[&external[..], &["--prover"]].concat()).is_err());
		assert!(parse(&[&external[..], &["--no-prover"]].concat()).is_err());
		for folder in ["--prover-openings", "--prover-keep"] {
			assert!(parse(&["--dev", folder, "f"]).is_ok());
			let error = parse(&[&external[..], &[folder, "f"]].concat()).unwrap_err().to_string();
			assert!(error.contains(folder) && error.contains("--prover-url"), "{error}");
		}
	}

	#[test]
	fn options_of_a_run_do_not_mix_with_other_commands() {
		assert!(parse(&["chain-info", "--dev"]).is_ok());
		assert!(parse(&["--sealing", "instant", "chain-info"]).is_err());
	}
}
