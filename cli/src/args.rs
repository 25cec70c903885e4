//! What can be asked.

mod ceremony;
mod inference;
mod mistake;
mod program;
mod serve;

use std::{ffi::OsString, path::PathBuf, process::ExitCode};

use clap::{error::ErrorKind, ArgGroup, Args, Parser, Subcommand, ValueEnum};

pub use ceremony::{Beacon, Begin, Ceremony, Contribute, Finish, Origins, Powers, VerifyCeremony};
pub use inference::{Check, Refund, Request, Requests, ResultOf, Submit};
pub use program::{
	Audit, Convert, Program, ProgramContext, ProgramRecordOf, ProgramRegister, ProgramShow,
	ProgramSubmit, Tool,
};
pub use serve::{Mine, Serve, Workshop};

use zkml_client::{chain, files::default, parse::Amount};

use crate::{
	error::CliError,
	keys::KeyOptions,
	output::{self, Output},
};

/// Machine-learning inference with proofs: from an ONNX file to a circuit, keys, proofs, and a
/// chain that checks them.
#[derive(Debug, Parser)]
#[command(name = "zkml", version, arg_required_else_help = true)]
pub struct Cli {
	/// Print one JSON object on standard output and nothing else.
	#[arg(long, global = true)]
	pub json: bool,
	/// What to do.
	#[command(subcommand)]
	pub verb: Verb,
}

/// The verbs, in the order in which a model meets them.
#[derive(Debug, Subcommand)]
pub enum Verb {
	/// Show the operators of an ONNX file and what each would cost.
	Inspect(Inspect),
	/// Turn an ONNX file into an integer model.
	Compile(Compile),
	/// Compare integers with floats on samples, and find the widths that are good enough and cost least.
	Calibrate(Calibrate),
	/// Make proving and verifying key of a compiled model. Whoever does that can forge proofs.
	Setup(Setup),
	/// Write circuit and witness for circom's tools.
	Export(Export),
	/// Make the keys with others, so that nobody can forge if one contributor of each phase forgot their
	/// secrets.
	#[command(subcommand)]
	Ceremony(Ceremony),
	/// Prove an inference.
	Prove(Prove),
	/// Check a proof without a chain.
	Verify(Verify),
	/// Register models and look at them.
	#[command(subcommand)]
	Model(Model),
	/// Look at circuits.
	#[command(subcommand)]
	Circuit(Circuit),
	/// Ask for an inference and hold a price for whoever proves it.
	Request(Request),
	/// List requests that are open.
	Requests(Requests),
	/// Show what a request or a statement came to. Without a result the exit code says why: 3 the request
	/// is open, 4 it was refunded, 5 it was never made, 6 its record was pruned, 7 this node cannot tell.
	Result(ResultOf),
	/// Put a proved inference on record that nobody asked for.
	Submit(Submit),
	/// Ask the chain whether it would accept a proof.
	Check(Check),
	/// Take back the price of a request that nobody answered.
	Refund(Refund),
	/// Check a record with nothing of the chain but its data: hashes, public inputs and proof.
	Audit(Audit),
	/// Register programs of other tools, put what their proofs show on record, look at both.
	#[command(subcommand)]
	Program(Program),
	/// Write a key, a proof or public inputs in the format of another tool.
	Convert(Convert),
	/// Show what accounts have.
	Accounts(Accounts),
	/// Make a signing key, or show the account of one.
	#[command(subcommand)]
	Key(Key),
	/// Run the prover service for a node's off-chain worker.
	Serve(Serve),
	/// Answer requests of the chain's own queue, for their price, without a node of your own.
	Mine(Mine),
	/// Write another valid proof of the same statement (a tool for tests: the chain must see that
	/// it is a replay).
	Rerandomize(Rerandomize),
}

/// Which node.
#[derive(Args, Clone, Debug)]
pub struct Node {
	/// WebSocket URL of the node.
	#[arg(long, env = "ZKML_URL", hide_env_values = true, default_value = chain::DEFAULT_URL)]
	pub url: String,
}

/// How transactions are sent.
#[derive(Args, Clone, Debug)]
pub struct Send {
	/// Where to.
	#[command(flatten)]
	pub node: Node,
	/// By whom.
	#[command(flatten)]
	pub key: KeyOptions,
	/// Do not ask before anything is sent.
	#[arg(long, short)]
	pub yes: bool,
	/// Wait until the block is final.
	#[arg(long)]
	pub finalized: bool,
	/// Paid to the block's author beside the fee, in ZKML: among transactions that wait, those with more
	/// come first.
	#[arg(long, value_name = "AMOUNT", default_value = "0")]
	pub tip: Amount,
}

/// Model and proving key.
#[derive(Args, Clone, Debug)]
pub struct Workbench {
	/// The compiled model.
	#[arg(long, value_name = "FILE", default_value = default::MODEL)]
	pub model: PathBuf,
	/// The proving key.
	#[arg(long, value_name = "FILE", default_value = default::PROVING_KEY)]
	pub proving_key: PathBuf,
}

/// What goes in and who sees it.
#[derive(Args, Clone, Debug)]
pub struct Input {
	/// Real numbers: {"input_data": [[..]]}.
	#[arg(long, value_name = "FILE", default_value = default::INPUT)]
	pub input: PathBuf,
	/// Hide the input behind a salted commitment.
	#[arg(long)]
	pub private_input: bool,
	/// Where values and salt of a private input are written, for your eyes only. If the file is
	/// there already and holds the same values, its commitment is used again.
	#[arg(long, value_name = "FILE", default_value = default::INPUT_OPENING)]
	pub input_opening: PathBuf,
}

/// Who sees what comes out.
#[derive(Args, Clone, Debug)]
pub struct OutputOf {
	/// Hide the output behind a salted commitment.
	#[arg(long)]
	pub private_output: bool,
	/// Where values and salt of a private output are written, for your eyes only [default: beside
	/// the proof, as proof.output.opening.json].
	#[arg(long, value_name = "FILE")]
	pub output_opening: Option<PathBuf>,
	/// Write over the opening of another private output, and lose its salt.
	#[arg(long, requires = "private_output")]
	pub force: bool,
}

/// `zkml inspect`
#[derive(Args, Debug)]
pub struct Inspect {
	/// The ONNX file.
	#[arg(default_value = default::ONNX)]
	pub onnx: PathBuf,
	/// What the costs are for.
	#[command(flatten)]
	pub integers: Integers,
}

/// `zkml calibrate`
#[derive(Args, Debug)]
pub struct Calibrate {
	/// The ONNX file.
	#[arg(default_value = default::ONNX)]
	pub onnx: PathBuf,
	/// Where to begin, and how close to come.
	#[command(flatten)]
	pub integers: Integers,
	/// Where the widths go, for `zkml compile --widths`.
	#[arg(long, short, value_name = "FILE", default_value = default::WIDTHS)]
	pub output: PathBuf,
}

/// `zkml compile`
#[derive(Args, Debug)]
pub struct Compile {
	/// The ONNX file.
	#[arg(default_value = default::ONNX)]
	pub onnx: PathBuf,
	/// Where the compiled model goes.
	#[arg(long, short, value_name = "FILE", default_value = default::MODEL)]
	pub output: PathBuf,
	/// Write over a private model that is there, and lose the salt without which nobody can prove with
	/// it again.
	#[arg(long)]
	pub force: bool,
	/// How the model becomes integers.
	#[command(flatten)]
	pub integers: Integers,
}

/// How a model becomes integers, and its circuit.
#[derive(Args, Clone, Debug)]
pub struct Integers {
	/// Keep the weights private: they become witnesses, and the file is for your eyes only.
	#[arg(long)]
	pub private: bool,
	/// How ranges are proved, and with it the kind of the circuit.
	#[arg(long, value_enum, default_value_t = Kind::Rounds)]
	pub kind: Kind,
	/// Names of the classes, separated by commas.
	#[arg(long, value_delimiter = ',')]
	pub labels: Vec<String>,
	/// Smallest real input value; without a range the samples' is taken.
	#[arg(long, requires = "input_max", allow_hyphen_values = true)]
	pub input_min: Option<f32>,
	/// Largest real input value.
	#[arg(long, requires = "input_min", allow_hyphen_values = true)]
	pub input_max: Option<f32>,
	/// A range for each feature (each index of the input's last axis), which then has a scale of its own:
	/// {"min": [..], "max": [..]}.
	#[arg(long, value_name = "FILE", conflicts_with_all = ["input_min", "input_step"])]
	pub input_ranges: Option<PathBuf>,
	/// Distance of the numbers that an input can have [default: 1 between whole numbers from 0 up that
	/// are 15 apart or more, a power of two between others].
	#[arg(long, value_name = "STEP")]
	pub input_step: Option<f32>,
	/// Bits of a weight.
	#[arg(long)]
	pub weight_bits: Option<u8>,
	/// Bits of an activation.
	#[arg(long)]
	pub activation_bits: Option<u8>,
	/// Binary logarithm of the rows of a function's table.
	#[arg(long)]
	pub table_bits: Option<u8>,
	/// Bits for single nodes, as `zkml calibrate` writes them.
	#[arg(long, value_name = "FILE")]
	pub widths: Option<PathBuf>,
	/// Private weights are multiples of 2^-N: one N, or one for each dense node. Constants of the
	/// circuit, to be kept when retraining; without them each node gets the largest its weights fit.
	#[arg(long, value_name = "N,..", value_delimiter = ',', requires = "private")]
	pub weight_shift: Vec<u8>,
	/// The ONNX tensor that is the output, if the file has several.
	#[arg(long, value_name = "NAME")]
	pub output_tensor: Option<String>,
	/// Inputs as they will be asked about, {"input_data": [[..], ..]}: scales are chosen with them in
	/// view, and errors measured on them. Without them inputs are drawn from the whole range.
	#[arg(long, value_name = "FILE")]
	pub samples: Option<PathBuf>,
	/// Largest error of an output, as a share of its own range.
	#[arg(long, value_name = "PERCENT", default_value_t = 5.0)]
	pub max_error: f64,
	/// Least share of inputs with the float model's label, if the output is a label.
	#[arg(long, value_name = "PERCENT", default_value_t = 95.0)]
	pub min_agreement: f64,
	/// Take a model though an input in its range is known that leaves the integers of a node and so gets
	/// another answer. Proving tells of each.
	#[arg(long)]
	pub allow_saturation: bool,
}

/// The kinds of circuits.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub enum Kind {
	/// Plain Groth16, ranges by bits.
	Plain,
	/// Groth16 with a commit round, ranges by lookups: fewer constraints, 64 bytes more a proof.
	Rounds,
}

impl Kind {
	/// For programs.
	pub fn name(self) -> &'static str {
		match self {
			Self::Plain => "plain",
			Self::Rounds => "rounds",
		}
	}

	/// For people.
	pub fn words(self) -> &'static str {
		match self {
			Self::Plain => "plain Groth16, ranges by bits",
			Self::Rounds => "Groth16 with a commit round, ranges by lookups",
		}
	}
}

/// `zkml setup`
#[derive(Args, Debug)]
pub struct Setup {
	/// The compiled model.
	#[arg(default_value = default::MODEL)]
	pub model: PathBuf,
	/// Take the key that a ceremony of snarkjs made of this model's `.r1cs` (see `zkml export`),
	/// instead of making one.
	#[arg(long, value_name = "FILE")]
	pub zkey: Option<PathBuf>,
	/// Where the proving key goes.
	#[arg(long, value_name = "FILE", default_value = default::PROVING_KEY)]
	pub proving_key: PathBuf,
	/// Where the verifying key goes.
	#[arg(long, value_name = "FILE", default_value = default::VERIFYING_KEY)]
	pub verifying_key: PathBuf,
	/// Write over keys that are there, and lose them: models registered with them can be proved no more.
	#[arg(long)]
	pub force: bool,
}

/// `zkml export`
#[derive(Args, Debug)]
#[command(group(ArgGroup::new("files").required(true).multiple(true).args(["r1cs", "wtns"])))]
pub struct Export {
	/// The compiled model, of kind plain.
	#[arg(default_value = default::MODEL)]
	pub model: PathBuf,
	/// Where the constraints go.
	#[arg(long, value_name = "FILE")]
	pub r1cs: Option<PathBuf>,
	/// Where the witness of an inference goes, for your eyes only. Its output is public.
	#[arg(long, value_name = "FILE")]
	pub wtns: Option<PathBuf>,
	/// On what.
	#[command(flatten)]
	pub input: Input,
	/// The context's digest, to which proofs of the witness are bound [default: 0].
	#[arg(long, value_name = "HEX", requires = "wtns")]
	pub ctx: Option<String>,
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
	/// register, publish, answer:REQUEST or submit:NONCE [default: submit with a random nonce].
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

/// `zkml prove`
#[derive(Args, Debug)]
pub struct Prove {
	/// With what.
	#[command(flatten)]
	pub workbench: Workbench,
	/// On what.
	#[command(flatten)]
	pub input: Input,
	/// Hiding what.
	#[command(flatten)]
	pub output: OutputOf,
	/// For what use.
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

/// `zkml verify`
#[derive(Args, Debug)]
pub struct Verify {
	/// The proof.
	#[arg(default_value = default::PROOF)]
	pub proof: PathBuf,
	/// The verifying key.
	#[arg(long, value_name = "FILE", default_value = default::VERIFYING_KEY)]
	pub verifying_key: PathBuf,
}

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

/// `zkml accounts`
#[derive(Args, Debug)]
pub struct Accounts {
	/// Accounts, SS58 or hex [default: the signing key's].
	#[arg(value_name = "ACCOUNT")]
	pub accounts: Vec<String>,
	/// Where.
	#[command(flatten)]
	pub node: Node,
	/// Whose.
	#[command(flatten)]
	pub key: KeyOptions,
}

/// `zkml key ..`
#[derive(Debug, Subcommand)]
pub enum Key {
	/// Write a new key of twelve words to a file that only you can read.
	New {
		/// The file; it must not be there.
		#[arg(default_value = "zkml.key")]
		file: PathBuf,
	},
	/// Show the account of a key.
	Show(KeyOptions),
}

/// `zkml rerandomize`
#[derive(Args, Debug)]
pub struct Rerandomize {
	/// The proof.
	#[arg(default_value = default::PROOF)]
	pub proof: PathBuf,
	/// Where the other proof goes.
	#[arg(long, short, value_name = "FILE", default_value = "proof.again.json")]
	pub output: PathBuf,
	/// The verifying key.
	#[arg(long, value_name = "FILE", default_value = default::VERIFYING_KEY)]
	pub verifying_key: PathBuf,
}

/// Reads the command line. Help and version go to standard output; a mistake is one line, and with
/// `--json` somewhere in it an object too.
pub fn parse(args: impl Iterator<Item = OsString>) -> Result<Cli, ExitCode> {
	let args: Vec<OsString> = args.collect();
	Cli::try_parse_from(&args).map_err(|error| match error.kind() {
		ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
			output::help(&error, true);
			ExitCode::SUCCESS
		}
		ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
			output::help(&error, false);
			ExitCode::from(2)
		}
		_ => {
			let error = CliError::Usage(mistake::mistake(&error));
			Output::new(args.iter().any(|arg| arg == "--json")).fail(&error);
			error.exit_code()
		}
	})
}

#[cfg(test)]
mod tests;
