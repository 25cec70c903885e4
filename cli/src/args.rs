//! What can be asked.

mod ceremony;
mod inference;
mod making;
mod mistake;
mod model;
mod program;
mod prove;
mod serve;

use std::{ffi::OsString, path::PathBuf, process::ExitCode};

use clap::{error::ErrorKind, Args, Parser, Subcommand};
use zkml_client::{chain, parse::Amount};

pub use ceremony::{Beacon, Begin, Ceremony, Contribute, Finish, Origins, Powers, VerifyCeremony};
pub use inference::{Check, Refund, Request, Requests, ResultOf, Submit};
pub use making::{Calibrate, Compile, Export, Inspect, Integers, Kind, Params, Setup};
pub use model::{
	Circuit, CircuitShow, Deprecate, Describe, Model, ModelList, ModelShow, Publish, Register,
};
pub use program::{
	Audit, Convert, Program, ProgramContext, ProgramRecordOf, ProgramRegister, ProgramShow,
	ProgramSubmit, Tool,
};
pub use prove::{Binding, Input, OutputOf, Prove, Rerandomize, Verify, Workbench};
pub use serve::{Mine, Serve, Workshop};

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
	/// The verb, with its own arguments.
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
	/// Prove an inference for one input, and write the proof to a file.
	Prove(Prove),
	/// Check a proof without a chain.
	Verify(Verify),
	/// Register models and look at them.
	#[command(subcommand)]
	Model(Model),
	/// Look at circuits: a verifying key's file, or what the chain knows of one.
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

/// The node that a verb asks or sends to.
#[derive(Args, Clone, Debug)]
pub struct Node {
	/// WebSocket URL of the node.
	#[arg(long, env = "ZKML_URL", hide_env_values = true, default_value = chain::DEFAULT_URL)]
	pub url: String,
}

/// How transactions are sent.
#[derive(Args, Clone, Debug)]
pub struct Send {
	/// The node that takes the transaction.
	#[command(flatten)]
	pub node: Node,
	/// The key that signs it, whose account pays.
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

/// The arguments of `zkml accounts`, which shows what accounts have, free and held.
#[derive(Args, Debug)]
pub struct Accounts {
	/// Accounts, SS58 or hex [default: the signing key's].
	#[arg(value_name = "ACCOUNT")]
	pub accounts: Vec<String>,
	/// The node that is asked.
	#[command(flatten)]
	pub node: Node,
	/// The signing key, whose account is shown if none is named.
	#[command(flatten)]
	pub key: KeyOptions,
}

/// The verbs below `zkml key`.
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
