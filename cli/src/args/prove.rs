//! Proving and verifying without a chain.

use std::path::PathBuf;

use clap::Args;
use zkml_client::files::default;

use super::Node;
use crate::keys::KeyOptions;

/// Model and proving key.
#[derive(Args, Clone, Debug)]
pub struct Workbench {
	/// The compiled model, as `zkml compile` writes it.
	#[arg(long, value_name = "FILE", default_value = default::MODEL)]
	pub model: PathBuf,
	/// The proving key, as `zkml setup` writes it.
	#[arg(long, value_name = "FILE", default_value = default::PROVING_KEY)]
	pub proving_key: PathBuf,
}

/// What goes in and who sees it.
#[derive(Args, Clone, Debug)]
pub struct Input {
	/// Real numbers: {"input_data": [[..], ..]}, a list for each input in the model's order, or
	/// {"input_data": {"NAME": [..], ..}}.
	#[arg(long, value_name = "FILE", default_value = default::INPUT)]
	pub input: PathBuf,
	/// Hide all inputs behind salted commitments.
	#[arg(long)]
	pub private_input: bool,
	/// Hide this one of several inputs behind a salted commitment; as often as needed.
	#[arg(long, value_name = "NAME", conflicts_with = "private_input")]
	pub hide_input: Vec<String>,
	/// Where values and salts of private inputs are written, for your eyes only. If the file is
	/// there already and holds the same values, its commitments are used again.
	#[arg(long, value_name = "FILE", default_value = default::INPUT_OPENING)]
	pub input_opening: PathBuf,
}

/// Who sees what comes out.
#[derive(Args, Clone, Debug)]
pub struct OutputOf {
	/// Hide all outputs behind salted commitments.
	#[arg(long)]
	pub private_output: bool,
	/// Hide this one of several outputs behind a salted commitment; as often as needed.
	#[arg(long, value_name = "NAME", conflicts_with = "private_output")]
	pub hide_output: Vec<String>,
	/// Where values and salts of private outputs are written, for your eyes only [default: beside
	/// the proof, as proof.output.opening.json].
	#[arg(long, value_name = "FILE")]
	pub output_opening: Option<PathBuf>,
	/// Write over the openings of other private outputs, and lose their salts.
	#[arg(long)]
	pub force: bool,
}

/// What a proof is bound to.
#[derive(Args, Clone, Debug)]
pub struct Binding {
	/// The context's digest, if it was computed elsewhere.
	#[arg(long, value_name = "HEX", conflicts_with = "model_id")]
	pub ctx: Option<String>,
	/// The model on chain. What is left out of the following is asked from the node.
	#[arg(long, value_name = "HEX")]
	pub model_id: Option<String>,
	/// The model's version [default: the latest].
	#[arg(long, value_name = "N", requires = "model_id")]
	pub model_version: Option<u32>,
	/// register, publish, answer:REQUEST or submit:NONCE [default: submit with a random nonce]. With a proof
	/// of the first two its beneficiary can register your parameters: make none for somebody else.
	#[arg(long, requires = "model_id")]
	pub action: Option<String>,
	/// Whom the record names [default: the signing key's account].
	#[arg(long, value_name = "ACCOUNT", requires = "model_id")]
	pub beneficiary: Option<String>,
	/// Last block at which the proof is good [default: 600 blocks from now].
	#[arg(long, value_name = "BLOCK", requires = "model_id")]
	pub expiry: Option<u32>,
	/// Hash of the chain's first block.
	#[arg(long, value_name = "HEX", requires = "model_id")]
	pub genesis: Option<String>,
}

/// The arguments of `zkml prove`, which makes a proof without sending it.
#[derive(Args, Debug)]
pub struct Prove {
	/// The model and the key to prove with.
	#[command(flatten)]
	pub workbench: Workbench,
	/// The input of the inference, and who sees it.
	#[command(flatten)]
	pub input: Input,
	/// Who sees the output of the inference.
	#[command(flatten)]
	pub output: OutputOf,
	/// The use that the proof is good for, and no other.
	#[command(flatten)]
	pub binding: Binding,
	/// The node to ask.
	#[command(flatten)]
	pub node: Node,
	/// Whose account, unless a beneficiary is given.
	#[command(flatten)]
	pub key: KeyOptions,
	/// Where the proof goes.
	#[arg(long, short = 'o', value_name = "FILE", default_value = default::PROOF)]
	pub proof: PathBuf,
}

/// The arguments of `zkml verify`, which checks a proof without a chain.
#[derive(Args, Debug)]
pub struct Verify {
	/// The proof, as `zkml prove` writes it.
	#[arg(default_value = default::PROOF)]
	pub proof: PathBuf,
	/// The verifying key, as `zkml setup` writes it.
	#[arg(long, value_name = "FILE", default_value = default::VERIFYING_KEY)]
	pub verifying_key: PathBuf,
}

/// The arguments of `zkml rerandomize`, which makes another proof of the same statement.
#[derive(Args, Debug)]
pub struct Rerandomize {
	/// The proof, as `zkml prove` writes it.
	#[arg(default_value = default::PROOF)]
	pub proof: PathBuf,
	/// Where the other proof goes.
	#[arg(long, short, value_name = "FILE", default_value = "proof.again.json")]
	pub output: PathBuf,
	/// The verifying key of the proof's circuit.
	#[arg(long, value_name = "FILE", default_value = default::VERIFYING_KEY)]
	pub verifying_key: PathBuf,
}
