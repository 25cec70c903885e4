//! The functions at the border between runtime and node.

use alloc::vec::Vec;

#[cfg(not(substrate_runtime))]
use crate::{Evaluate, Groth16, Poseidon, Pure};
use sp_runtime_interface::{
	pass_by::{AllocateAndReturnByCodec, PassFatPointerAndDecode},
	runtime_interface,
};
use zkml_groth16::{
	Batch, BatchItem, CircuitKey, KeyError, PreparedKey, PreparedParams, Proof, RangeProof,
	VerifyError, G1,
};
use zkml_primitives::Scalar;

/// Groth16, with and without rounds, Poseidon and polynomials over BN254.
#[runtime_interface]
pub trait ZkmlCrypto {
	/// Examines a key and computes its pairing e(alpha, beta): [`zkml_groth16::prepare`].
	fn groth16_prepare(
		key: PassFatPointerAndDecode<CircuitKey>,
	) -> AllocateAndReturnByCodec<Result<PreparedKey, KeyError>> {
		Pure::prepare(&key)
	}

	/// Verifies one proof: [`zkml_groth16::verify`].
	fn groth16_verify(
		key: PassFatPointerAndDecode<PreparedKey>,
		inputs: PassFatPointerAndDecode<Vec<Scalar>>,
		proof: PassFatPointerAndDecode<Proof>,
	) -> AllocateAndReturnByCodec<Result<(), VerifyError>> {
		Pure::verify(&key, &inputs, &proof)
	}

	/// Verifies many proofs at once, with a verdict for each: [`zkml_groth16::verify_batch`].
	fn groth16_verify_batch(
		keys: PassFatPointerAndDecode<Vec<PreparedKey>>,
		items: PassFatPointerAndDecode<Vec<BatchItem>>,
	) -> AllocateAndReturnByCodec<Batch> {
		Pure::verify_batch(keys, items)
	}

	/// Examines a commitment to parameters and computes the pairing that stands for it:
	/// [`zkml_groth16::prepare_params`].
	fn groth16_prepare_params(
		key: PassFatPointerAndDecode<PreparedKey>,
		point: PassFatPointerAndDecode<G1>,
	) -> AllocateAndReturnByCodec<Result<PreparedParams, VerifyError>> {
		Pure::prepare_params(&key, &point)
	}

	/// Verifies that the parameters that a key comes with are in range:
	/// [`zkml_groth16::verify_range`].
	fn groth16_verify_range(
		key: PassFatPointerAndDecode<PreparedKey>,
		range: PassFatPointerAndDecode<RangeProof>,
	) -> AllocateAndReturnByCodec<Result<(), VerifyError>> {
		Pure::verify_range(&key, &range)
	}

	/// circomlib's `Poseidon(2)`: the hash of two canonical scalars.
	fn poseidon2(inputs: PassFatPointerAndDecode<[Scalar; 2]>) -> AllocateAndReturnByCodec<Scalar> {
		Pure::hash2(&inputs)
	}

	/// circomlib's `Poseidon(16)`: the hash of sixteen canonical scalars.
	fn poseidon16(
		inputs: PassFatPointerAndDecode<[Scalar; 16]>,
	) -> AllocateAndReturnByCodec<Scalar> {
		Pure::hash16(&inputs)
	}

	/// Polynomials at a point: [`zkml_primitives::Evaluate::evaluate`].
	fn evaluate(
		polynomials: PassFatPointerAndDecode<Vec<Vec<Scalar>>>,
		point: PassFatPointerAndDecode<Scalar>,
	) -> AllocateAndReturnByCodec<Scalar> {
		<Pure as Evaluate>::evaluate(&polynomials, point)
	}
}
