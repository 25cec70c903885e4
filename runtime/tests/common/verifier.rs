//! Ways to verify, as the attacks see them.

use zkml_attacks::verifier::Backend;
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
	fn verify(&mut self, key: &CircuitKey, inputs: &[Scalar], proof: &Proof) -> Result<(), String> {
		use pallet_verifier::{Instance, Verify};
		let [params, input, output, ctx] = *inputs else {
			return Err("InputCount".into());
		};
		let (circuit, model) = (key.hash(), ModelId([0; 32]));
		let statement = Statement { circuit, model, version: 1, params, input, output, ctx };
		let (input, output) = (Tensor::Committed, Tensor::Committed);
		let instance = Instance::Model { statement: &statement, input, output, proof };
		<Verifier as Verify>::verify(instance).map_err(|e| name(&e))
	}
}

/// A way to verify, called directly.
pub struct Direct<G>(pub core::marker::PhantomData<G>);

impl<G: Groth16> Backend for Direct<G> {
	fn prepare(&mut self, key: &CircuitKey) -> Result<(), String> {
		G::prepare(key).map(|_| ()).map_err(|e| e.to_string())
	}

	fn verify(&mut self, key: &CircuitKey, inputs: &[Scalar], proof: &Proof) -> Result<(), String> {
		let key = G::prepare(key).map_err(|e| e.to_string())?;
		G::verify(&key, inputs, proof).map_err(|e| e.to_string())
	}
}
