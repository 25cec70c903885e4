//! What those say who prove for others.

use std::{net::SocketAddr, path::PathBuf};

use clap::Args;

use super::Node;
use crate::keys::KeyOptions;
use zkml_client::parse::Amount;
use zkml_prover_service::DEFAULT_ADDRESS;

/// What is proved with.
#[derive(Args, Debug)]
pub struct Workshop {
	/// Folder of folders, each with a model.zkml and a proving.key.
	#[arg(long, value_name = "DIR", default_value = "models-ready")]
	pub models: PathBuf,
	/// Folder with openings of private inputs, as `zkml request --private-input` writes them.
	#[arg(long, value_name = "DIR")]
	pub openings: Option<PathBuf>,
	/// Folder to keep the openings of outputs in that requesters want hidden: whoever answers owes them to
	/// the requester. Without it such requests are left to others.
	#[arg(long, value_name = "DIR")]
	pub keep: Option<PathBuf>,
	/// Threads that prove; 0 for all cores.
	#[arg(long, default_value_t = 0)]
	pub threads: usize,
	/// Jobs that may wait.
	#[arg(long, default_value_t = 512)]
	pub queue: usize,
}

/// The arguments of `zkml serve`, which proves for a node on this machine.
#[derive(Args, Debug)]
pub struct Serve {
	/// Address to listen on; loopback only. Port 0 lets the system choose.
	#[arg(long, value_name = "IP:PORT", default_value_t = DEFAULT_ADDRESS)]
	pub listen: SocketAddr,
	/// The models, and what there is to prove them with.
	#[command(flatten)]
	pub workshop: Workshop,
	/// File with the bearer token; made if it is not there [default: ZKML_PROVER_TOKEN].
	#[arg(long, value_name = "FILE")]
	pub token_file: Option<PathBuf>,
	/// Stop when standard input closes.
	#[arg(long)]
	pub exit_with_parent: bool,
}

/// The arguments of `zkml mine`, which answers requests for their price.
#[derive(Args, Debug)]
pub struct Mine {
	/// The models, and what there is to prove them with.
	#[command(flatten)]
	pub workshop: Workshop,
	/// Least that an answer must be worth to you, in ZKML, the owner's part taken off. It should pay for
	/// the fee, which is about 0.011.
	#[arg(long, value_name = "AMOUNT", default_value = "0.02")]
	pub min_price: Amount,
	/// How many provers share the queue. Each waits its turn, which differs from request to request.
	#[arg(long, value_name = "N", default_value_t = 1)]
	pub provers: u32,
	/// Stop after so many answers.
	#[arg(long, value_name = "N")]
	pub answers: Option<u64>,
	/// The node that requests come from and answers go to.
	#[command(flatten)]
	pub node: Node,
	/// Who answers, and is paid.
	#[command(flatten)]
	pub key: KeyOptions,
}
