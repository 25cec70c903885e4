//! A WASM blob that checks proofs in both ways, so that a test can compare them where it counts:
//! inside the executor of a node. It is no chain; the core API is there because the macro wants it.
#![cfg_attr(not(feature = "std"), no_std)]
// The SDK's macros make public items without a word.
#![allow(missing_docs)]

#[cfg(feature = "std")]
include!(concat!(env!("OUT_DIR"), "/wasm_binary.rs"));

extern crate alloc;

use alloc::vec::Vec;
use sp_runtime::{generic, traits::BlakeTwo256, OpaqueExtrinsic};
use zkml_groth16::{
	Batch, BatchItem, CircuitKey, KeyError, PreparedKey, PreparedParams, Proof, RangeProof,
	VerifyError, G1,
};
use zkml_host::{Groth16, Native, Pure};
use zkml_primitives::{Evaluate, Poseidon, Scalar};

type Block = generic::Block<generic::Header<u32, BlakeTwo256>, OpaqueExtrinsic>;

/// Carries the APIs.
pub struct Runtime;

const VERSION: sp_version::RuntimeVersion = sp_version::RuntimeVersion {
	spec_name: alloc::borrow::Cow::Borrowed("zkml-wasm-verifier"),
	impl_name: alloc::borrow::Cow::Borrowed("zkml-wasm-verifier"),
	authoring_version: 1,
	spec_version: 1,
	impl_version: 1,
	apis: RUNTIME_API_VERSIONS,
	transaction_version: 1,
	system_version: 1,
};

sp_api::decl_runtime_apis! {
	/// Both ways to do everything.
	pub trait CompareApi {
		/// Examines a key.
		fn prepare(native: bool, key: CircuitKey) -> Result<PreparedKey, KeyError>;
		/// Examines a commitment to parameters.
		fn prepare_params(
			native: bool,
			key: PreparedKey,
			point: G1,
		) -> Result<PreparedParams, VerifyError>;
		/// Checks that parameters are in range, `times` over.
		fn verify_range(
			native: bool,
			key: PreparedKey,
			range: RangeProof,
			times: u32,
		) -> Result<(), VerifyError>;
		/// Checks a proof, `times` over.
		fn verify(
			native: bool,
			key: PreparedKey,
			inputs: Vec<Scalar>,
			proof: Proof,
			times: u32,
		) -> Result<(), VerifyError>;
		/// Examines a key, `times` over.
		fn prepare_often(native: bool, key: CircuitKey, times: u32) -> u32;
		/// Checks a batch, `times` over; what became of it.
		fn verify_batch(
			native: bool,
			keys: Vec<PreparedKey>,
			items: Vec<BatchItem>,
			times: u32,
		) -> Option<Batch>;
		/// Hashes.
		fn poseidon(native: bool, inputs: [Scalar; 16]) -> (Scalar, Scalar);
		/// Evaluates a polynomial, `times` over.
		fn evaluate(
			native: bool,
			polynomials: Vec<Vec<Scalar>>,
			point: Scalar,
			times: u32,
		) -> Scalar;
	}
}

fn verify<G: Groth16>(
	key: &PreparedKey,
	inputs: &[Scalar],
	proof: &Proof,
	times: u32,
) -> Result<(), VerifyError> {
	(0..times).try_for_each(|_| G::verify(key, inputs, proof))
}

fn verify_range<G: Groth16>(
	key: &PreparedKey,
	range: &RangeProof,
	times: u32,
) -> Result<(), VerifyError> {
	(0..times).try_for_each(|_| G::verify_range(key, range))
}

fn verify_batch<G: Groth16>(
	keys: &[PreparedKey],
	items: &[BatchItem],
	times: u32,
) -> Option<Batch> {
	// Every one of them is done, not only the one that is kept.
	(0..times).fold(None, |_, _| Some(G::verify_batch(keys.to_vec(), items.to_vec())))
}

fn prepare_often<G: Groth16>(key: &CircuitKey, times: u32) -> u32 {
	(0..times).map(|_| u32::from(G::prepare(key).is_ok())).sum()
}

fn evaluate<E: Evaluate>(polynomials: &[Vec<Scalar>], point: Scalar, times: u32) -> Scalar {
	// Each result is the next point, so that no run can be left out.
	(0..times).fold(point, |point, _| E::evaluate(polynomials, point))
}

fn poseidon<P: Poseidon>(inputs: &[Scalar; 16]) -> (Scalar, Scalar) {
	(P::hash2(&[inputs[0], inputs[1]]), P::hash16(inputs))
}

sp_api::impl_runtime_apis! {
	impl self::CompareApi<Block> for Runtime {
		fn prepare(native: bool, key: CircuitKey) -> Result<PreparedKey, KeyError> {
			if native { Native::prepare(&key) } else { Pure::prepare(&key) }
		}

		fn prepare_params(
			native: bool,
			key: PreparedKey,
			point: G1,
		) -> Result<PreparedParams, VerifyError> {
			if native {
				Native::prepare_params(&key, &point)
			} else {
				Pure::prepare_params(&key, &point)
			}
		}

		fn verify_range(
			native: bool,
			key: PreparedKey,
			range: RangeProof,
			times: u32,
		) -> Result<(), VerifyError> {
			if native {
				verify_range::<Native>(&key, &range, times)
			} else {
				verify_range::<Pure>(&key, &range, times)
			}
		}

		fn verify(
			native: bool,
			key: PreparedKey,
			inputs: Vec<Scalar>,
			proof: Proof,
			times: u32,
		) -> Result<(), VerifyError> {
			if native {
				verify::<Native>(&key, &inputs, &proof, times)
			} else {
				verify::<Pure>(&key, &inputs, &proof, times)
			}
		}

		fn prepare_often(native: bool, key: CircuitKey, times: u32) -> u32 {
			if native {
				prepare_often::<Native>(&key, times)
			} else {
				prepare_often::<Pure>(&key, times)
			}
		}

		fn verify_batch(
			native: bool,
			keys: Vec<PreparedKey>,
			items: Vec<BatchItem>,
			times: u32,
		) -> Option<Batch> {
			if native {
				verify_batch::<Native>(&keys, &items, times)
			} else {
				verify_batch::<Pure>(&keys, &items, times)
			}
		}

		fn poseidon(native: bool, inputs: [Scalar; 16]) -> (Scalar, Scalar) {
			if native { poseidon::<Native>(&inputs) } else { poseidon::<Pure>(&inputs) }
		}

		fn evaluate(
			native: bool,
			polynomials: Vec<Vec<Scalar>>,
			point: Scalar,
			times: u32,
		) -> Scalar {
			if native {
				evaluate::<Native>(&polynomials, point, times)
			} else {
				evaluate::<Pure>(&polynomials, point, times)
			}
		}
	}

	impl sp_api::Core<Block> for Runtime {
		fn version() -> sp_version::RuntimeVersion {
			VERSION
		}

		fn execute_block(_block: <Block as sp_runtime::traits::Block>::LazyBlock) {}

		fn initialize_block(
			_header: &<Block as sp_runtime::traits::Block>::Header,
		) -> sp_runtime::ExtrinsicInclusionMode {
			sp_runtime::ExtrinsicInclusionMode::AllExtrinsics
		}
	}
}
