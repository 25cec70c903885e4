//! Models and circuits of the chain.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use zkml_client::files::default;

use super::{Node, Send, Workbench};

/// `zkml model ..`
#[derive(Debug, Subcommand)]
pub enum Model {
	/// Register a model: its circuit if it is new, then a commitment to its parameters with a proof
	/// that you can prove with them.
	Register(Register),
	/// Publish the next version of a model of yours.
	Publish(Publish),
	/// Take no more requests for a version.
	Deprecate(Deprecate),
	/// Show a model.
	Show(ModelShow),
	/// List models.
	List(ModelList),
}

/// What registering and publishing share.
#[derive(Args, Debug)]
pub struct Describe {
	/// What is registered.
	#[command(flatten)]
	pub workbench: Workbench,
	/// Where others can fetch model and proving key.
	#[arg(long, default_value = "")]
	pub uri: String,
	/// The ceremony that made the keys; without it, you are named as the one who did.
	#[arg(long, value_name = "FILE")]
	pub ceremony: Option<PathBuf>,
	/// Blocks within which the registration must be in a block.
	#[arg(long, default_value_t = 100)]
	pub blocks: u32,
	/// How to send.
	#[command(flatten)]
	pub send: Send,
}

/// `zkml model register`
#[derive(Args, Debug)]
pub struct Register {
	/// What.
	#[command(flatten)]
	pub describe: Describe,
	/// Your part of each price, in percent; the prover gets the rest.
	#[arg(long, default_value = "20")]
	pub share: String,
}

/// `zkml model publish`
#[derive(Args, Debug)]
pub struct Publish {
	/// The model on chain.
	#[arg(value_name = "MODEL_ID")]
	pub model_id: String,
	/// What.
	#[command(flatten)]
	pub describe: Describe,
}

/// `zkml model deprecate`
#[derive(Args, Debug)]
pub struct Deprecate {
	/// The model on chain.
	#[arg(value_name = "MODEL_ID")]
	pub model_id: String,
	/// Which version.
	#[arg(value_name = "VERSION")]
	pub version: u32,
	/// How to send.
	#[command(flatten)]
	pub send: Send,
}

/// `zkml model show`
#[derive(Args, Debug)]
pub struct ModelShow {
	/// The model on chain.
	#[arg(value_name = "MODEL_ID")]
	pub model_id: String,
	/// A ceremony that you have, to compare keys and claims with.
	#[arg(long, value_name = "FILE")]
	pub ceremony: Option<PathBuf>,
	/// Where.
	#[command(flatten)]
	pub node: Node,
}

/// `zkml model list`
#[derive(Args, Debug)]
pub struct ModelList {
	/// Begin behind this model, which the last page named.
	#[arg(long, value_name = "MODEL_ID")]
	pub after: Option<String>,
	/// At most so many.
	#[arg(long, value_name = "N", default_value_t = 100)]
	pub limit: u32,
	/// Where.
	#[command(flatten)]
	pub node: Node,
}

/// `zkml circuit ..`
#[derive(Debug, Subcommand)]
pub enum Circuit {
	/// Show a circuit: what the verifying key's file says, or what the chain knows of it.
	Show(CircuitShow),
}

/// `zkml circuit show`
#[derive(Args, Debug)]
pub struct CircuitShow {
	/// The circuit's hash on chain; without it, the verifying key's file is read.
	#[arg(value_name = "HASH")]
	pub hash: Option<String>,
	/// The verifying key.
	#[arg(long, value_name = "FILE", default_value = default::VERIFYING_KEY)]
	pub verifying_key: PathBuf,
	/// Where.
	#[command(flatten)]
	pub node: Node,
}
