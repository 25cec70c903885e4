//! Requests, answers and records.

use std::path::PathBuf;

use clap::Args;
use zkml_client::{
	files::default,
	parse::{Amount, Span},
};
use zkml_primitives::MAX_BATCH;

use super::{Input, Node, OutputOf, Send, Workbench};

/// The arguments of `zkml request`, which asks for an inference and holds its price.
#[derive(Args, Debug)]
pub struct Request {
	/// The model on chain.
	#[arg(value_name = "MODEL_ID")]
	pub model_id: String,
	/// Its version [default: the latest].
	#[arg(long, value_name = "N")]
	pub model_version: Option<u32>,
	/// The input of the inference, and who sees it.
	#[command(flatten)]
	pub input: Input,
	/// What an answer is worth, in ZKML.
	#[arg(long, value_name = "AMOUNT")]
	pub price: Amount,
	/// Time from now within which an answer is taken, such as 90s, 30m or 2h [default: 30m and a second for
	/// each request that is open already, unless blocks are given].
	#[arg(long, value_name = "TIME")]
	pub within: Option<Span>,
	/// Blocks from now within which an answer is taken. If a time is given too, the request is open until
	/// both have passed.
	#[arg(long, value_name = "N")]
	pub blocks: Option<u32>,
	/// Largest part of the price that may go to the model's owner, in percent [default: what it is now].
	#[arg(long, value_name = "PERCENT")]
	pub max_owner_share: Option<String>,
	/// Have the answer hide all outputs behind commitments. Whoever answers has the openings, and gives
	/// them to you by other ways or not (`zkml result --output-opening`): so hide an input as well, and give
	/// its opening to a prover that you trust. Without this everybody sees the outputs.
	#[arg(long)]
	pub private_output: bool,
	/// Have it hide this one of several outputs; as often as needed.
	#[arg(long, value_name = "NAME", conflicts_with = "private_output")]
	pub hide_output: Vec<String>,
	/// The node, the key and whether to ask before it is sent.
	#[command(flatten)]
	pub send: Send,
}

/// The arguments of `zkml requests`, which lists open requests, a page at a time.
#[derive(Args, Debug)]
pub struct Requests {
	/// Only those to this model.
	#[arg(long, value_name = "HEX")]
	pub model: Option<String>,
	/// Only those of this account.
	#[arg(long, value_name = "ACCOUNT")]
	pub requester: Option<String>,
	/// Begin behind this request, which the last page named.
	#[arg(long, value_name = "REQUEST")]
	pub after: Option<u64>,
	/// At most so many.
	#[arg(long, value_name = "N", default_value_t = 100)]
	pub limit: u32,
	/// The node that is asked.
	#[command(flatten)]
	pub node: Node,
}

/// The arguments of `zkml result`, which shows what a request or a statement came to.
#[derive(Args, Debug)]
pub struct ResultOf {
	/// Number of the request.
	#[arg(value_name = "REQUEST", required_unless_present = "statement")]
	pub request: Option<u64>,
	/// A statement id instead.
	#[arg(long, value_name = "HEX", conflicts_with = "request")]
	pub statement: Option<String>,
	/// Wait until it is there, at most so many seconds.
	#[arg(long, value_name = "SECONDS", num_args = 0..=1, default_missing_value = "600")]
	pub wait: Option<u64>,
	/// Show the hidden outputs that this file opens, as the prover that answered keeps it (`--keep`); as often
	/// as there are files. What does not open the record's commitments is refused.
	#[arg(long, value_name = "FILE")]
	pub output_opening: Vec<PathBuf>,
	/// Fetch the openings from the prover service at this URL of this machine, check them and write them to
	/// that file, unless it is there already. The prover must be the one that answered.
	#[arg(long, value_name = "URL", requires = "output_opening")]
	pub prover: Option<String>,
	/// File with that service's bearer token [default: ZKML_PROVER_TOKEN].
	#[arg(long, value_name = "FILE", requires = "prover")]
	pub token_file: Option<PathBuf>,
	/// The node that is asked.
	#[command(flatten)]
	pub node: Node,
}

/// The arguments of `zkml submit`, which puts inferences on record that nobody asked for.
#[derive(Args, Debug)]
pub struct Submit {
	/// Submit a proof made before, as it is, instead of proving now; several in one transaction.
	#[arg(long, value_name = "FILE", num_args = 0..=MAX_BATCH as usize,
		default_missing_value = default::PROOF,
		conflicts_with_all = ["private_input", "hide_input", "private_output", "hide_output", "model_id"])]
	pub from: Option<Vec<PathBuf>>,
	/// The model on chain.
	#[arg(long, value_name = "HEX", required_unless_present = "from")]
	pub model_id: Option<String>,
	/// Its version [default: the latest].
	#[arg(long, value_name = "N", requires = "model_id")]
	pub model_version: Option<u32>,
	/// Whom the record names [default: the proof's, else the signing key's account].
	#[arg(long, value_name = "ACCOUNT")]
	pub beneficiary: Option<String>,
	/// Blocks within which the proof must be in a block.
	#[arg(long, default_value_t = 600, requires = "model_id")]
	pub blocks: u32,
	/// Send without asking the chain first whether it would accept.
	#[arg(long)]
	pub no_check: bool,
	/// The model and the key to prove with, unless the proof was made before.
	#[command(flatten)]
	pub workbench: Workbench,
	/// The input of the inference, and who sees it.
	#[command(flatten)]
	pub input: Input,
	/// Who sees the output of the inference.
	#[command(flatten)]
	pub output: OutputOf,
	/// Where the proof goes.
	#[arg(long, value_name = "FILE", default_value = default::PROOF, conflicts_with = "from")]
	pub proof: PathBuf,
	/// The node, the key and whether to ask before it is sent.
	#[command(flatten)]
	pub send: Send,
}

/// The arguments of `zkml check`, which has the chain say whether it would accept a proof.
#[derive(Args, Debug)]
pub struct Check {
	/// The proof, as `zkml prove` writes it.
	#[arg(default_value = default::PROOF)]
	pub proof: PathBuf,
	/// Whom the record would name [default: the proof's].
	#[arg(long, value_name = "ACCOUNT")]
	pub beneficiary: Option<String>,
	/// Who would submit it [default: the beneficiary].
	#[arg(long, value_name = "ACCOUNT")]
	pub submitter: Option<String>,
	/// The node that is asked.
	#[command(flatten)]
	pub node: Node,
}

/// The arguments of `zkml refund`, which returns the price of a request that is over.
#[derive(Args, Debug)]
pub struct Refund {
	/// Number of the request.
	#[arg(value_name = "REQUEST")]
	pub request: u64,
	/// The node, the key and whether to ask before it is sent.
	#[command(flatten)]
	pub send: Send,
}
