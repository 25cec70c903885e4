//! The files of circom and snarkjs for a plain model: witnesses go out, a key of snarkjs's own ceremony
//! comes in. [`zkml_prover::circom`] has the formats.

use std::path::Path;

use ark_bn254::Fr;
use rand::{CryptoRng, Rng, RngCore};
use zkml_primitives::{ParamsKind, Scalar, TensorSpec};
pub use zkml_prover::circom::{read_zkey, write_r1cs, write_wtns, CircomError, Zkey};
use zkml_prover::{
	circom::{self, check_plain},
	ProvingKeyFile,
};

use crate::{
	model::{random_salt, CompiledModel},
	prove::{assignment, ProveError, Salts},
};

/// The values of all wires of a plain model's circuit for inputs, bound to a context. Wires 1 to 4
/// are the public inputs.
///
/// # Errors
///
/// If the circuit has commit rounds or parameters that a point commits to, the model does not take the inputs, salts are missing, or a salt or the
/// context is no field element.
pub fn witness(
	model: &CompiledModel,
	inputs: &[Vec<i32>],
	salts: Salts,
	ctx: Scalar,
) -> Result<Vec<Fr>, CircomError> {
	check_plain(model.params_kind() == ParamsKind::Point, model.checks().rounds())?;
	let none = |error: ProveError| CircomError::Witness(error.into());
	let salts = salts.each(model.graph()).map_err(none)?;
	let (_, assigned) = assignment(model, &[], inputs, &salts, ctx).map_err(none)?;
	Ok(assigned.witness.wires)
}

/// Reads snarkjs's key for the circuit of a plain model, with all checks of [`circom::import_zkey`]; the
/// proof it is tried with is of random inputs, all salts and the context random.
///
/// `progress` is told what is being done, and how many steps of how many are.
///
/// # Errors
///
/// If the key is not one for the model's circuit.
pub fn import_zkey<R: RngCore + CryptoRng>(
	path: &Path,
	model: &CompiledModel,
	rng: &mut R,
	progress: &dyn Fn(&str, u64, u64),
) -> Result<Zkey<ProvingKeyFile>, CircomError> {
	progress("building the circuit", 0, 1);
	let system = model.circuit();
	let random = |rng: &mut R| {
		let mut any = |spec: &TensorSpec| {
			(0..spec.len()).map(|_| rng.gen_range(spec.min..=spec.max)).collect()
		};
		let inputs: Vec<Vec<i32>> = model.inputs().iter().map(|info| any(&info.tensor)).collect();
		let salts = Salts::random(model, rng);
		witness(model, &inputs, salts, random_salt(rng))
	};
	circom::import_zkey(path, model.settings_hash(), &system, random, rng, progress)
}
