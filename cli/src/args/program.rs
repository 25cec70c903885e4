//! What can be asked about programs of other tools.

use std::path::PathBuf;

use clap::{
	builder::{PossibleValue, PossibleValuesParser, TypedValueParser},
	ArgGroup, Args, Subcommand, ValueEnum,
};
use zkml_client::formats::Format;

use super::{Node, Send};
use crate::keys::KeyOptions;

/// The tools whose proofs the chain takes.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub enum Tool {
	/// snarkjs, for circuits of circom: JSON.
	Snarkjs,
	/// gnark: what WriteTo and WriteRawTo make, or JSON.
	Gnark,
	/// arkworks: canonical serialisation, either form.
	Arkworks,
	/// Garaga: JSON of a key, and of a proof with its public inputs.
	Garaga,
	/// RISC Zero: a receipt in JSON, or seal and journal.
	Risc0,
	/// SP1: a fixture in JSON, or proof bytes and public values.
	Sp1,
}

/// The verbs below `zkml program`.
#[derive(Debug, Subcommand)]
pub enum Program {
	/// Register a program: its key if the chain has it not yet, then what is fixed beside it.
	Register(ProgramRegister),
	/// Check a proof here, then put what it shows on record.
	Submit(ProgramSubmit),
	/// Show the context that a proof of a bound program has to have in its public data.
	Context(ProgramContext),
	/// Show a program: its tool, its key, and what is said of the key.
	Show(ProgramShow),
	/// Show the record of a statement.
	Record(ProgramRecordOf),
}

/// The arguments of `zkml program register`, which puts a program and its key on chain.
#[derive(Args, Debug)]
pub struct ProgramRegister {
	/// The tool that makes the program's proofs.
	#[arg(long, value_enum)]
	pub tool: Tool,
	/// The verifying key in the tool's format. Not needed for RISC Zero, nor with --release.
	#[arg(long, value_name = "FILE")]
	pub verifying_key: Option<PathBuf>,
	/// RISC Zero: v2.0, v2.1, v2.2, v3.0 or v5.0-rc. SP1: v5.0.0, v6.0.0 or v6.1.0.
	#[arg(long, value_name = "NAME", conflicts_with_all = ["verifying_key", "control_root", "control_id", "vk_root"])]
	pub release: Option<String>,
	/// RISC Zero: the guest, or JSON that names it.
	#[arg(long, value_name = "HEX|FILE")]
	pub image_id: Option<String>,
	/// RISC Zero, instead of a release: its control root.
	#[arg(long, value_name = "HEX", requires = "control_id")]
	pub control_root: Option<String>,
	/// RISC Zero, instead of a release: its control id, as in the release's ControlID.sol.
	#[arg(long, value_name = "HEX", requires = "control_root")]
	pub control_id: Option<String>,
	/// SP1: the program's verifying key hash, or a fixture of JSON.
	#[arg(long, value_name = "HEX|FILE")]
	pub vkey: Option<String>,
	/// SP1 version 6, instead of a release: the root of its recursion keys.
	#[arg(long, value_name = "HEX", requires = "verifying_key")]
	pub vk_root: Option<String>,
	/// The public input, from 0, that is a context: proofs then count once, for one beneficiary.
	#[arg(long, value_name = "INDEX", conflicts_with = "context_at")]
	pub context_input: Option<u8>,
	/// The same for journals and public values: where the context's 32 bytes begin.
	#[arg(long, value_name = "BYTE")]
	pub context_at: Option<u32>,
	/// Hash of the transcript of the ceremony that made the key; without it you vouch for the key as
	/// if you had made it alone.
	#[arg(long, value_name = "HEX")]
	pub ceremony_hash: Option<String>,
	/// The node, the key and whether to ask before it is sent.
	#[command(flatten)]
	pub send: Send,
}

/// The arguments of `zkml program submit`, which puts what a proof shows on record.
#[derive(Args, Debug)]
pub struct ProgramSubmit {
	/// The program on chain.
	#[arg(value_name = "PROGRAM_ID")]
	pub program: String,
	/// Which tool made the proof.
	#[arg(long, value_enum)]
	pub tool: Tool,
	/// The proof; for SP1 the proof bytes, a file or hex, or a fixture of JSON.
	#[arg(long, value_name = "FILE")]
	pub proof: Option<String>,
	/// The public inputs: public.json of snarkjs, gnark's public witness, arkworks' list. Not needed
	/// where the proof's file has them in it.
	#[arg(long, value_name = "FILE", requires = "proof")]
	pub public: Option<PathBuf>,
	/// RISC Zero: the seal with its selector, a file or hex, or JSON of seal and journal or of a
	/// receipt.
	#[arg(long, value_name = "FILE|HEX", conflicts_with = "proof")]
	pub seal: Option<String>,
	/// RISC Zero: the journal, its bytes in a file, or hex that begins with 0x. Not needed where the
	/// seal's file has it.
	#[arg(long, value_name = "FILE|HEX", requires = "seal")]
	pub journal: Option<String>,
	/// SP1: the public values, their bytes in a file, or hex that begins with 0x. Not needed where
	/// the proof's file has them.
	#[arg(long, value_name = "FILE|HEX", requires = "proof")]
	pub public_values: Option<String>,
	/// For a bound program: the nonce in the context.
	#[arg(long, value_name = "N", requires = "expiry")]
	pub nonce: Option<u64>,
	/// For a bound program: the last block in the context.
	#[arg(long, value_name = "BLOCK", requires = "nonce")]
	pub expiry: Option<u32>,
	/// For a bound program: whom the context names [default: the signing key's account].
	#[arg(long, value_name = "ACCOUNT", requires = "nonce")]
	pub beneficiary: Option<String>,
	/// Send what was found wrong here, for the chain to refuse.
	#[arg(long)]
	pub no_check: bool,
	/// The node, the key and whether to ask before it is sent.
	#[command(flatten)]
	pub send: Send,
}

/// The arguments of `zkml program context`, which shows the 32 bytes that bind a proof.
#[derive(Args, Debug)]
pub struct ProgramContext {
	/// The program on chain.
	#[arg(value_name = "PROGRAM_ID")]
	pub program: String,
	/// The nonce [default: a random one].
	#[arg(long, value_name = "N")]
	pub nonce: Option<u64>,
	/// Last block at which the claim is accepted [default: 600 blocks from now].
	#[arg(long, value_name = "BLOCK")]
	pub expiry: Option<u32>,
	/// Whom the claim is for [default: the signing key's account].
	#[arg(long, value_name = "ACCOUNT")]
	pub beneficiary: Option<String>,
	/// Hash of the chain's first block; with it and an expiry no node is asked.
	#[arg(long, value_name = "HEX")]
	pub genesis: Option<String>,
	/// The signing key, for whose account the claim is if none is named.
	#[command(flatten)]
	pub key: KeyOptions,
	/// The node that is asked for the block and the chain.
	#[command(flatten)]
	pub node: Node,
}

/// The arguments of `zkml program show`, which shows what is registered of a program.
#[derive(Args, Debug)]
pub struct ProgramShow {
	/// The program on chain.
	#[arg(value_name = "PROGRAM_ID")]
	pub program: String,
	/// The node that is asked.
	#[command(flatten)]
	pub node: Node,
}

/// The arguments of `zkml program record`, which shows what a proof put on record.
#[derive(Args, Debug)]
pub struct ProgramRecordOf {
	/// The statement, by its id in hex.
	#[arg(value_name = "STATEMENT")]
	pub statement: String,
	/// The node that is asked.
	#[command(flatten)]
	pub node: Node,
}

/// The arguments of `zkml convert`, which writes a file in the format of another tool.
#[derive(Args, Debug)]
#[command(group(ArgGroup::new("what").required(true).args(["verifying_key", "proof", "inputs"])))]
pub struct Convert {
	/// The format that the file is in. Compressed and raw forms are told apart by the bytes.
	#[arg(long, value_parser = format())]
	pub from: Format,
	/// The format to write.
	#[arg(long, value_parser = format())]
	pub to: Format,
	/// Read a verifying key from this file.
	#[arg(long, alias = "key", value_name = "FILE")]
	pub verifying_key: Option<PathBuf>,
	/// Read a proof from this file.
	#[arg(long, value_name = "FILE")]
	pub proof: Option<PathBuf>,
	/// Read public inputs from this file.
	#[arg(long, value_name = "FILE")]
	pub inputs: Option<PathBuf>,
	/// Where the other file goes.
	#[arg(long, short, value_name = "FILE")]
	pub output: PathBuf,
}

/// The arguments of `zkml audit`, which checks a record by its data alone.
#[derive(Args, Debug)]
pub struct Audit {
	/// The statement of a record.
	#[arg(value_name = "STATEMENT")]
	pub statement: String,
	/// A ceremony that you have, to compare the key and what is said of it with.
	#[arg(long, value_name = "FILE")]
	pub ceremony: Option<PathBuf>,
	/// The node that the data comes from.
	#[command(flatten)]
	pub node: Node,
}

/// Reads the name of a format.
fn format() -> impl TypedValueParser<Value = Format> {
	let values = Format::ALL.map(|format| PossibleValue::new(format.name()).help(about(format)));
	PossibleValuesParser::new(values).try_map(|name| {
		let named = Format::ALL.into_iter().find(|format| format.name() == name);
		named.ok_or("none of the formats")
	})
}

/// What is in the files of a format.
fn about(format: Format) -> &'static str {
	match format {
		Format::Snarkjs => {
			"JSON of snarkjs: verification_key.json, proof.json, public.json, or all in one file"
		}
		Format::Gnark => {
			"gnark's WriteTo, points compressed; public witnesses. MarshalSolidity's bytes are read too"
		}
		Format::GnarkRaw => "gnark's WriteRawTo, points uncompressed; public witnesses",
		Format::GnarkJson => "gnark in JSON",
		Format::Arkworks => {
			"arkworks' canonical serialisation, points compressed; inputs as a list of field elements"
		}
		Format::ArkworksRaw => "The same, points uncompressed",
		Format::Garaga => "Garaga's JSON, whose proof file has the public inputs in it",
		Format::Evm => {
			"Words of EIP-197 as a JSON list of numbers: uint256[8] for a proof. Read too: a proof's 256 \
			 bytes, and the arguments of a call as snarkjs prints them"
		}
		Format::Zkml => "This command's own files: verifying.key and proof.json of a plain circuit",
	}
}
