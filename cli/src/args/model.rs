//! Models and circuits of the chain.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use zkml_client::files::default;

use super::{Node, Send, Workbench};

/// The verbs below `zkml model`.
#[derive(Debug, Subcommand)]
pub enum Model {
	/// Register a model: its circuit if it is new, then a commitment to its parameters with a proof
	/// that you can prove with them.
	Register(Register),
	/// Publish the next version of a model of yours.
	Publish(Publish),
	/// Take no more requests for a version.
	Deprecate(Deprecate),
	/// Show a model: its owner, its versions, and what is known of each.
	Show(ModelShow),
	/// List the models on chain, a page at a time.
	List(ModelList),
}

/// What registering and publishing share.
#[derive(Args, Debug)]
pub struct Describe {
	/// The model and the key that shows, by a proof, that you can prove with it.
	#[command(flatten)]
	pub workbench: Workbench,
	/// The range key, as `zkml setup` writes it, if a point commits to the parameters: a proof that they
	/// are within their widths goes with the version [default: beside the proving key, as
	/// proving.range.key].
	#[arg(long, value_name = "FILE")]
	pub range_key: Option<PathBuf>,
	/// Send no such proof. Readers of each record are told that the parameters may be any numbers. It cannot
	/// be proved later for this version: that takes another one, of a model with a new salt.
	#[arg(long, conflicts_with = "range_key")]
	pub no_range_proof: bool,
	/// Where others can fetch model and proving key.
	#[arg(long, default_value = "")]
	pub uri: String,
	/// The ceremony that made the keys; without it, you are named as the one who did.
	#[arg(long, value_name = "FILE")]
	pub ceremony: Option<PathBuf>,
	/// Blocks within which the registration must be in a block.
	#[arg(long, default_value_t = 100)]
	pub blocks: u32,
	/// The node, the key and whether to ask before it is sent.
	#[command(flatten)]
	pub send: Send,
}

/// The arguments of `zkml model register`, which puts a new model on chain.
#[derive(Args, Debug)]
pub struct Register {
	/// The first version, and how it is sent.
	#[command(flatten)]
	pub describe: Describe,
	/// Your part of each price, in percent; the prover gets the rest.
	#[arg(long, default_value = "20")]
	pub share: String,
}

/// The arguments of `zkml model publish`, which adds a version to a model.
#[derive(Args, Debug)]
pub struct Publish {
	/// The model on chain.
	#[arg(value_name = "MODEL_ID")]
	pub model_id: String,
	/// The new version, and how it is sent.
	#[command(flatten)]
	pub describe: Describe,
}

/// The arguments of `zkml model deprecate`, which closes a version to requests.
#[derive(Args, Debug)]
pub struct Deprecate {
	/// The model on chain.
	#[arg(value_name = "MODEL_ID")]
	pub model_id: String,
	/// Number of the version, from 1.
	#[arg(value_name = "VERSION")]
	pub version: u32,
	/// The node, the key and whether to ask before it is sent.
	#[command(flatten)]
	pub send: Send,
}

/// The arguments of `zkml model show`, which shows a model with all its versions.
#[derive(Args, Debug)]
pub struct ModelShow {
	/// The model on chain.
	#[arg(value_name = "MODEL_ID")]
	pub model_id: String,
	/// A ceremony that you have, to compare keys and claims with.
	#[arg(long, value_name = "FILE")]
	pub ceremony: Option<PathBuf>,
	/// The node that is asked.
	#[command(flatten)]
	pub node: Node,
}

/// The arguments of `zkml model list`, which shows a page of models.
#[derive(Args, Debug)]
pub struct ModelList {
	/// Begin behind this model, which the last page named.
	#[arg(long, value_name = "MODEL_ID")]
	pub after: Option<String>,
	/// At most so many.
	#[arg(long, value_name = "N", default_value_t = 100)]
	pub limit: u32,
	/// The node that is asked.
	#[command(flatten)]
	pub node: Node,
}

/// The verbs below `zkml circuit`.
#[derive(Debug, Subcommand)]
pub enum Circuit {
	/// Show a circuit: what the verifying key's file says, or what the chain knows of it.
	Show(CircuitShow),
}

/// The arguments of `zkml circuit show`, which shows what a circuit is and who made its keys.
#[derive(Args, Debug)]
pub struct CircuitShow {
	/// The circuit's hash on chain; without it, the verifying key's file is read.
	#[arg(value_name = "HASH")]
	pub hash: Option<String>,
	/// The verifying key's file, if no hash is given.
	#[arg(long, value_name = "FILE", default_value = default::VERIFYING_KEY)]
	pub verifying_key: PathBuf,
	/// The node that is asked, if a hash is given.
	#[command(flatten)]
	pub node: Node,
}
