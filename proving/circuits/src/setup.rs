//! Keys of a model, made by one party.

use rand::{CryptoRng, RngCore};

pub use zkml_prover::setup::{generate, generate_from, SetupError, ToxicWaste};
use zkml_prover::ProvingKeyFile;

use crate::model::CompiledModel;

/// Makes the keys of a model's circuit. `progress` is told what is being done, and how many steps
/// of how many are.
///
/// # Errors
///
/// If the circuit is too large for the field's roots of unity.
pub fn setup(
	model: &CompiledModel,
	rng: &mut (impl RngCore + CryptoRng),
	progress: &dyn Fn(&str, u64, u64),
) -> Result<ProvingKeyFile, SetupError> {
	progress("building the circuit", 0, 1);
	let system = model.circuit();
	progress("building the circuit", 1, 1);
	zkml_prover::setup(&system, model.settings_hash(), rng, progress)
}
