//! Verification and hashing at native speed, reached from the runtime through host functions.
//!
//! BN254 has no host functions in the SDK, so these are ours. [`Native`] calls them; [`Pure`]
//! computes the same inside WASM, for tools that lack them and for the honest comparison;
//! [`Default`](type@Default) is the one the runtime was built with (feature `pure-wasm` chooses).
//!
//! Host functions are part of consensus: once a version is on a live chain it never changes; a
//! correction becomes the next version.
#![cfg_attr(not(feature = "std"), no_std)]
#![warn(clippy::missing_errors_doc)]

extern crate alloc;

use alloc::vec::Vec;

mod interface;

pub use interface::zkml_crypto;
#[cfg(not(substrate_runtime))]
pub use interface::zkml_crypto::HostFunctions;

use zkml_groth16::{
	Batch, BatchItem, CircuitKey, KeyError, PreparedKey, PreparedParams, Proof, RangeProof,
	VerifyError, G1,
};
use zkml_primitives::{Evaluate, Poseidon, Scalar};

/// The two ways to check a proof; they agree on every input.
pub trait Groth16: Poseidon + Evaluate {
	/// Examines a key and computes its pairing e(alpha, beta): [`zkml_groth16::prepare`].
	///
	/// # Errors
	///
	/// Those of [`zkml_groth16::prepare`].
	fn prepare(key: &CircuitKey) -> Result<PreparedKey, KeyError>;
	/// Verifies one proof: [`zkml_groth16::verify`].
	///
	/// # Errors
	///
	/// Those of [`zkml_groth16::verify`].
	fn verify(key: &PreparedKey, inputs: &[Scalar], proof: &Proof) -> Result<(), VerifyError>;
	/// Verifies many proofs at once, with a verdict for each: [`zkml_groth16::verify_batch`].
	fn verify_batch(keys: Vec<PreparedKey>, items: Vec<BatchItem>) -> Batch;
	/// Examines a commitment to parameters and computes the pairing that stands for it:
	/// [`zkml_groth16::prepare_params`].
	///
	/// # Errors
	///
	/// Those of [`zkml_groth16::prepare_params`].
	fn prepare_params(key: &PreparedKey, point: &G1) -> Result<PreparedParams, VerifyError>;
	/// Verifies that the parameters that the key comes with are in range:
	/// [`zkml_groth16::verify_range`].
	///
	/// # Errors
	///
	/// Those of [`zkml_groth16::verify_range`].
	fn verify_range(key: &PreparedKey, range: &RangeProof) -> Result<(), VerifyError>;
}

/// By host functions. Outside WASM these are plain calls.
pub struct Native;

/// By the code compiled into the caller.
pub struct Pure;

/// The way this build was made for.
#[cfg(not(feature = "pure-wasm"))]
pub type Default = Native;
/// The way this build was made for.
#[cfg(feature = "pure-wasm")]
pub type Default = Pure;

impl Groth16 for Native {
	fn prepare(key: &CircuitKey) -> Result<PreparedKey, KeyError> {
		zkml_crypto::groth16_prepare(key.clone())
	}

	fn verify(key: &PreparedKey, inputs: &[Scalar], proof: &Proof) -> Result<(), VerifyError> {
		zkml_crypto::groth16_verify(key.clone(), inputs.to_vec(), proof.clone())
	}

	fn verify_batch(keys: Vec<PreparedKey>, items: Vec<BatchItem>) -> Batch {
		zkml_crypto::groth16_verify_batch(keys, items)
	}

	fn prepare_params(key: &PreparedKey, point: &G1) -> Result<PreparedParams, VerifyError> {
		zkml_crypto::groth16_prepare_params(key.clone(), *point)
	}

	fn verify_range(key: &PreparedKey, range: &RangeProof) -> Result<(), VerifyError> {
		zkml_crypto::groth16_verify_range(key.clone(), range.clone())
	}
}

impl Poseidon for Native {
	fn hash2(inputs: &[Scalar; 2]) -> Scalar {
		zkml_crypto::poseidon2(*inputs)
	}

	fn hash16(inputs: &[Scalar; 16]) -> Scalar {
		zkml_crypto::poseidon16(*inputs)
	}
}

impl Evaluate for Native {
	fn evaluate(polynomials: &[Vec<Scalar>], point: Scalar) -> Scalar {
		zkml_crypto::evaluate(polynomials.to_vec(), point)
	}
}

impl Groth16 for Pure {
	fn prepare(key: &CircuitKey) -> Result<PreparedKey, KeyError> {
		zkml_groth16::prepare(key)
	}

	fn verify(key: &PreparedKey, inputs: &[Scalar], proof: &Proof) -> Result<(), VerifyError> {
		zkml_groth16::verify(key, inputs, proof)
	}

	fn verify_batch(keys: Vec<PreparedKey>, items: Vec<BatchItem>) -> Batch {
		zkml_groth16::verify_batch(&keys, &items)
	}

	fn prepare_params(key: &PreparedKey, point: &G1) -> Result<PreparedParams, VerifyError> {
		zkml_groth16::prepare_params(key, point)
	}

	fn verify_range(key: &PreparedKey, range: &RangeProof) -> Result<(), VerifyError> {
		zkml_groth16::verify_range(key, range)
	}
}

impl Poseidon for Pure {
	fn hash2(inputs: &[Scalar; 2]) -> Scalar {
		zkml_poseidon::Direct::hash2(inputs)
	}

	fn hash16(inputs: &[Scalar; 16]) -> Scalar {
		zkml_poseidon::Direct::hash16(inputs)
	}
}

impl Evaluate for Pure {
	fn evaluate(polynomials: &[Vec<Scalar>], point: Scalar) -> Scalar {
		zkml_poseidon::Direct::evaluate(polynomials, point)
	}
}
