//! Ways to verify, as the attacks see them.

use zkml_attacks::verifier::Backend;
use zkml_groth16::PreparedKey;
use zkml_host::Groth16;

use super::*;

/// The verifier pallet as the attacks see it.
pub struct PalletVerifier;

impl Backend for PalletVerifier {
	fn prepare(&mut self, key: &CircuitKey) -> Result<(), String> {
		use pallet_verifier::Verify;
		match Verifier::insert(key).map_err(|e| name(&e)) {
			Err(error) if error == "KeyAlreadyExists" => Ok(()),
			other => other.map(|_| ()),
		}
	}

	/// For plain keys: with rounds the pallet derives the challenges itself.
	fn verify(
		&mut self,
		key: &CircuitKey,
		_: Option<&G1>,
		inputs: &[Scalar],
		proof: &Proof,
	) -> Result<(), String> {
		use pallet_verifier::{Instance, Verify};
		let [params, input, output, ctx] = *inputs else {
			return Err("InputCount".into());
		};
		let (circuit, model) = (key.hash(), ModelId([0; 32]));
		// One number is one commitment, as far as the key can tell.
		let (inputs, outputs) = (list([input]), list([output]));
		let statement = Statement { circuit, model, version: 1, params, inputs, outputs, ctx };
		let (inputs, outputs) = (vec![Tensor::Committed], vec![Tensor::Committed]);
		let instance = Instance::Model { statement: &statement, inputs, outputs, proof };
		<Verifier as Verify>::verify(instance).map_err(|e| name(&e))
	}

	fn verify_range(
		&mut self,
		key: &CircuitKey,
		params: &G1,
		range: &RangeProof,
	) -> Result<(), String> {
		use pallet_verifier::Verify;
		let (circuit, scalar) = (key.hash(), ParamsCommitment::Point(*params).scalar());
		Verifier::insert_params(circuit, params)
			.and_then(|()| {
				let done = <Verifier as Verify>::verify_range(circuit, scalar, range);
				Verifier::remove_params(circuit, scalar).and(done)
			})
			.map_err(|e| name(&e))
	}
}

/// A way to verify, called directly.
pub struct Direct<G>(pub core::marker::PhantomData<G>);

impl<G: Groth16> Backend for Direct<G> {
	fn prepare(&mut self, key: &CircuitKey) -> Result<(), String> {
		G::prepare(key).map(|_| ()).map_err(|e| e.to_string())
	}

	fn verify(
		&mut self,
		key: &CircuitKey,
		params: Option<&G1>,
		inputs: &[Scalar],
		proof: &Proof,
	) -> Result<(), String> {
		let key = prepared::<G>(key, params)?;
		G::verify(&key, inputs, proof).map_err(|e| e.to_string())
	}

	fn verify_range(
		&mut self,
		key: &CircuitKey,
		params: &G1,
		range: &RangeProof,
	) -> Result<(), String> {
		let key = prepared::<G>(key, Some(params))?;
		G::verify_range(&key, range).map_err(|e| e.to_string())
	}
}

/// A key for these parameters.
fn prepared<G: Groth16>(key: &CircuitKey, params: Option<&G1>) -> Result<PreparedKey, String> {
	let key = G::prepare(key).map_err(|e| e.to_string())?;
	let Some(point) = params else { return Ok(key) };
	let params = G::prepare_params(&key, point).map_err(|e| e.to_string())?;
	Ok(key.with_params(params))
}
