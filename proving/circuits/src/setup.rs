//! Keys of a model, made by one party.

use rand::{CryptoRng, RngCore};

pub use zkml_prover::setup::SetupError;
#[doc(hidden)]
pub use zkml_prover::setup::{generate, generate_from, ToxicWaste};
use zkml_prover::{ProvingKeyFile, RangeKeyFile};

use crate::model::CompiledModel;

/// The keys of a model.
#[derive(Clone, Debug)]
pub struct Keys {
	/// That of its inferences.
	pub proving: ProvingKeyFile,
	/// That of its range circuit, if its parameters are committed to by a point.
	pub ranges: Option<RangeKeyFile>,
}

/// Makes the keys of a model's circuit, and of its range circuit if it has one. `progress` is told what is being done, and how many steps
/// of how many are.
///
/// # Errors
///
/// If the circuit is too large for the field's roots of unity.
pub fn setup(
	model: &CompiledModel,
	rng: &mut (impl RngCore + CryptoRng),
	progress: &dyn Fn(&str, u64, u64),
) -> Result<Keys, SetupError> {
	progress("building the circuit", 0, 1);
	let system = model.circuit();
	progress("building the circuit", 1, 1);
	let settings = model.settings_hash();
	match model.range_circuit() {
		None => {
			let proving = zkml_prover::setup(&system, settings, rng, progress)?;
			Ok(Keys { proving, ranges: None })
		}
		Some(ranges) => {
			let ranges = ranges.build();
			let (proving, ranges) =
				zkml_prover::setup_linked([&system, &ranges], settings, rng, progress)?;
			Ok(Keys { proving, ranges: Some(ranges) })
		}
	}
}
