//! From an ONNX file to a model and its keys.

use std::path::PathBuf;

use clap::{ArgGroup, Args, ValueEnum};
use zkml_client::files::default;

use super::Input;

/// The arguments of `zkml inspect`, which shows a file's operators and what each would cost.
#[derive(Args, Debug)]
pub struct Inspect {
	/// The model, an ONNX file.
	#[arg(default_value = default::ONNX)]
	pub onnx: PathBuf,
	/// What the costs are for.
	#[command(flatten)]
	pub integers: Integers,
}

/// The arguments of `zkml calibrate`, which finds widths for each node.
#[derive(Args, Debug)]
pub struct Calibrate {
	/// The model, an ONNX file.
	#[arg(default_value = default::ONNX)]
	pub onnx: PathBuf,
	/// Where to begin, and how close to come.
	#[command(flatten)]
	pub integers: Integers,
	/// Where the widths go, for `zkml compile --widths`.
	#[arg(long, short, value_name = "FILE", default_value = default::WIDTHS)]
	pub output: PathBuf,
}

/// The arguments of `zkml compile`, which makes an integer model of an ONNX file.
#[derive(Args, Debug)]
pub struct Compile {
	/// The model, an ONNX file.
	#[arg(default_value = default::ONNX)]
	pub onnx: PathBuf,
	/// Where the compiled model goes.
	#[arg(long, short, value_name = "FILE", default_value = default::MODEL)]
	pub output: PathBuf,
	/// Compile a retrained model into the circuit of this earlier private one, so that the keys of the one
	/// are those of the other: its architecture, widths, shifts, scales and tables are taken, and what
	/// differs is refused.
	#[arg(long, value_name = "MODEL", conflicts_with_all = [
		"private", "kind", "params", "input_min", "input_max", "input_ranges", "input_range", "input_step", "weight_bits",
		"activation_bits", "table_bits", "widths", "weight_shift",
	])]
	pub like: Option<PathBuf>,
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
	/// How private weights are committed to [default: point, or poseidon with --kind plain].
	#[arg(long, value_enum, value_name = "COMMITMENT")]
	pub params: Option<Params>,
	/// Names of the classes, separated by commas.
	#[arg(long, value_delimiter = ',')]
	pub labels: Vec<String>,
	/// Smallest real value of inputs that have no range of their own; without any the samples' is taken.
	#[arg(long, requires = "input_max", allow_hyphen_values = true)]
	pub input_min: Option<f32>,
	/// Largest real value of such inputs.
	#[arg(long, requires = "input_min", allow_hyphen_values = true)]
	pub input_max: Option<f32>,
	/// A range for each feature (each index of the input's last axis), which then has a scale of its own:
	/// {"min": [..], "max": [..]}.
	#[arg(long, value_name = "FILE", conflicts_with_all = ["input_min", "input_step"])]
	pub input_ranges: Option<PathBuf>,
	/// The range of one of several inputs by its name, or of all without a name, such as rate=0:0.5 or -1:1; as
	/// often as needed.
	#[arg(long, value_name = "[NAME=]MIN:MAX", allow_hyphen_values = true)]
	pub input_range: Vec<String>,
	/// Distance of the numbers that an input can have [default: 1 between whole numbers from 0 up that
	/// are 15 apart or more, a power of two between others].
	#[arg(long, value_name = "STEP")]
	pub input_step: Option<f32>,
	/// Size of the first dimension of each input, where the file leaves it open [default: 1].
	#[arg(long, value_name = "N")]
	pub batch: Option<u32>,
	/// Size of a dimension that the file gives a name instead of one.
	#[arg(long, value_name = "NAME=N")]
	pub dim: Vec<String>,
	/// Bits of a weight [default: 8, and more where the error would be too large].
	#[arg(long)]
	pub weight_bits: Option<u8>,
	/// Bits of an activation [default: 12, likewise].
	#[arg(long)]
	pub activation_bits: Option<u8>,
	/// Binary logarithm of the rows of a function's table [default: 10, likewise].
	#[arg(long)]
	pub table_bits: Option<u8>,
	/// Bits for single nodes, as `zkml calibrate` writes them.
	#[arg(long, value_name = "FILE")]
	pub widths: Option<PathBuf>,
	/// Private weights are multiples of 2^-N: one N, or one for each dense node. Constants of the
	/// circuit, to be kept when retraining; without them each node gets the largest its weights fit.
	#[arg(long, value_name = "N,..", value_delimiter = ',', requires = "private")]
	pub weight_shift: Vec<u8>,
	/// An ONNX tensor that is an output, in place of those of the file; as often as needed.
	#[arg(long, value_name = "NAME")]
	pub output_tensor: Vec<String>,
	/// Inputs as they will be asked about, {"input_data": [[..], ..]}, of several inputs {"input_data":
	/// [[[..], [..]], ..]} or a list of {"NAME": [..], ..}; an input as `zkml prove` takes it is a
	/// sample, too. Scales are chosen with them in view, and errors measured on them. Without
	/// them inputs are drawn from the whole range.
	#[arg(long, value_name = "FILE")]
	pub samples: Option<PathBuf>,
	/// Largest error of an output's element, as a share of what it and its kind span, or of its size if it
	/// varies less.
	#[arg(long, value_name = "PERCENT", default_value_t = 3.0)]
	pub max_error: f64,
	/// Least share of inputs with the float model's label, if the output is a label.
	#[arg(long, value_name = "PERCENT", default_value_t = 95.0)]
	pub min_agreement: f64,
	/// Take a model though an input in its range is known that leaves the integers of a node and so gets
	/// another answer. Proving tells of each.
	#[arg(long)]
	pub allow_saturation: bool,
}

/// The commitments to private weights.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub enum Params {
	/// By a point, once for each version, at no cost in an inference. Another proof, made when a version is
	/// published, shows that they are within their widths.
	Point,
	/// By a hash that each inference opens, with all that it costs; the one that circom's tools can do.
	Poseidon,
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
	/// The name of the kind in arguments and JSON, one word.
	pub fn name(self) -> &'static str {
		match self {
			Self::Plain => "plain",
			Self::Rounds => "rounds",
		}
	}

	/// What the kind is, in words for people.
	pub fn words(self) -> &'static str {
		match self {
			Self::Plain => "plain Groth16, ranges by bits",
			Self::Rounds => "Groth16 with a commit round, ranges by lookups",
		}
	}
}

/// The arguments of `zkml setup`, which makes the keys of a model.
#[derive(Args, Debug)]
pub struct Setup {
	/// The compiled model, as `zkml compile` writes it.
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
	/// Where the range key goes, if a point commits to the parameters: who publishes a version proves with
	/// it that they are within their widths [default: beside the proving key, as proving.range.key].
	#[arg(long, value_name = "FILE")]
	pub range_key: Option<PathBuf>,
	/// Write over keys that are there, and lose them: models registered with them can be proved no more.
	#[arg(long)]
	pub force: bool,
}

/// The arguments of `zkml export`, which writes files for circom's tools.
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
	/// The input that the witness is of.
	#[command(flatten)]
	pub input: Input,
	/// The context's digest, to which proofs of the witness are bound [default: 0].
	#[arg(long, value_name = "HEX", requires = "wtns")]
	pub ctx: Option<String>,
}
