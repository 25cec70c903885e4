//! What can be asked of a ceremony.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use zkml_client::files::default;

/// The verbs below `zkml ceremony`, in the order in which they are used.
#[derive(Debug, Subcommand)]
pub enum Ceremony {
	/// Make powers alone, for a rehearsal: whoever does that can forge.
	Powers(Powers),
	/// Begin: from a model and the powers of a phase 1.
	New(Begin),
	/// Contribute a secret that is drawn, used and forgotten here.
	Contribute(Contribute),
	/// End it with a value that nobody could know before.
	Beacon(Beacon),
	/// Check everything, starting from model and powers.
	Verify(VerifyCeremony),
	/// Check everything and write the keys.
	Finish(Finish),
}

/// The arguments of `zkml ceremony powers`, which makes a phase 1 by itself.
#[derive(Args, Debug)]
pub struct Powers {
	/// The powers go up to 2^N; a circuit on a domain of 2^D needs N = D + 1 or more.
	#[arg(long, value_name = "N")]
	pub power: u32,
	/// The file for the powers, in snarkjs's format `.ptau`.
	#[arg(long, short, value_name = "FILE", default_value = default::POWERS)]
	pub output: PathBuf,
	/// Write over a file that is there, and lose it.
	#[arg(long)]
	pub force: bool,
}

/// What a ceremony starts from.
#[derive(Args, Clone, Debug)]
pub struct Origins {
	/// The compiled model, as `zkml compile` writes it.
	#[arg(long, value_name = "FILE", default_value = default::MODEL)]
	pub model: PathBuf,
	/// The powers of a phase 1, as snarkjs writes them.
	#[arg(long, value_name = "FILE", default_value = default::POWERS)]
	pub powers: PathBuf,
}

/// The arguments of `zkml ceremony new`, which begins a phase 2.
#[derive(Args, Debug)]
pub struct Begin {
	/// The model and the powers that it begins with.
	#[command(flatten)]
	pub origins: Origins,
	/// Where the ceremony goes.
	#[arg(long, short, value_name = "FILE", default_value = default::CEREMONY)]
	pub output: PathBuf,
	/// Write a model to publish in the place of a private one, so that others can verify the ceremony: of
	/// the same circuit, with weights of zero, a salt of its own and nothing else of the private one.
	#[arg(long, value_name = "FILE")]
	pub stand_in: Option<PathBuf>,
	/// Write over a file that is there, and lose it.
	#[arg(long)]
	pub force: bool,
}

/// The arguments of `zkml ceremony contribute`, which mixes a secret into the keys.
#[derive(Args, Debug)]
pub struct Contribute {
	/// The ceremony so far.
	#[arg(default_value = default::CEREMONY)]
	pub ceremony: PathBuf,
	/// What you want to be called in it.
	#[arg(long, default_value = "")]
	pub name: String,
	/// Where the ceremony goes [default: the same file].
	#[arg(long, short, value_name = "FILE")]
	pub output: Option<PathBuf>,
	/// Write over a file that is there, and lose it.
	#[arg(long)]
	pub force: bool,
}

/// The arguments of `zkml ceremony beacon`, which mixes a public value into the keys.
#[derive(Args, Debug)]
pub struct Beacon {
	/// The ceremony so far.
	#[arg(default_value = default::CEREMONY)]
	pub ceremony: PathBuf,
	/// The value, such as the hash of a block that you all named before it was there.
	#[arg(long, value_name = "HEX")]
	pub value: String,
	/// It is hashed 2^N times.
	#[arg(long, value_name = "N", default_value_t = 20)]
	pub doublings: u8,
	/// Where the value is from.
	#[arg(long, default_value = "")]
	pub name: String,
	/// Where the ceremony goes [default: the same file].
	#[arg(long, short, value_name = "FILE")]
	pub output: Option<PathBuf>,
	/// Write over a file that is there, and lose it.
	#[arg(long)]
	pub force: bool,
}

/// The arguments of `zkml ceremony verify`, which checks all of a ceremony.
#[derive(Args, Debug)]
pub struct VerifyCeremony {
	/// The ceremony to check, with all its contributions.
	#[arg(default_value = default::CEREMONY)]
	pub ceremony: PathBuf,
	/// The model and the powers that it should have begun with.
	#[command(flatten)]
	pub origins: Origins,
}

/// The arguments of `zkml ceremony finish`, which checks a ceremony and writes its keys.
#[derive(Args, Debug)]
pub struct Finish {
	/// The ceremony, and what it should have begun with.
	#[command(flatten)]
	pub verify: VerifyCeremony,
	/// Where the proving key goes.
	#[arg(long, value_name = "FILE", default_value = default::PROVING_KEY)]
	pub proving_key: PathBuf,
	/// Where the verifying key goes.
	#[arg(long, value_name = "FILE", default_value = default::VERIFYING_KEY)]
	pub verifying_key: PathBuf,
	/// Where the range key goes, if a point commits to the parameters [default: beside the proving key, as
	/// proving.range.key].
	#[arg(long, value_name = "FILE")]
	pub range_key: Option<PathBuf>,
	/// Write over a file that is there, and lose it.
	#[arg(long)]
	pub force: bool,
}
