//! What the transaction pool makes the runtime do: never a pairing.
//!
//! The runtime's WASM runs in an executor that lacks the chain's own host functions. A call that needs
//! one traps; looking at a transaction for the pool must not.

use crate::common::{self, account, chain, extrinsic, register};
use codec::{Decode, Encode};
use sc_executor::WasmExecutor;
use sp_core::traits::{CallContext, CodeExecutor, RuntimeCode, WrappedRuntimeCode};
use sp_keyring::Sr25519Keyring;
use sp_runtime::transaction_validity::{TransactionSource, TransactionValidity};
use zkml_primitives::{Scalar, Share, Submission};
use zkml_runtime::*;
use zkml_trapdoor::{byte, Trapdoor};

/// Calls the WASM without our host functions.
fn call(
	state: &mut sp_io::TestExternalities,
	method: &str,
	data: &[u8],
) -> Result<Vec<u8>, String> {
	let executor = WasmExecutor::<sp_io::SubstrateHostFunctions>::builder()
		.with_allow_missing_host_functions(true)
		.build();
	let wasm = WASM_BINARY.expect("built with the WASM, without SKIP_WASM_BUILD");
	let code = RuntimeCode {
		code_fetcher: &WrappedRuntimeCode(wasm.into()),
		hash: b"zkml-runtime".to_vec(),
		heap_pages: None,
	};
	let (answer, _) = executor.call(&mut state.ext(), &code, method, data, CallContext::Offchain);
	answer.map_err(|error| error.to_string())
}

fn submissions(trapdoor: &Trapdoor, good: bool) -> Vec<Submission<AccountId>> {
	let owner = account(1);
	let model = register(&owner, trapdoor, Scalar::ZERO, Share(0)).unwrap();
	let target = common::target(model, 1, Scalar::ZERO);
	let one = |nonce| {
		let mut made =
			trapdoor.submission(&target, owner.clone(), nonce, 20, [&[byte(130)], &[byte(131)]]);
		if !good {
			made.proof.c = made.proof.a;
		}
		made
	};
	(0..3).map(one).collect()
}

#[test]
fn the_pool_computes_no_pairing_for_any_proof_good_or_bad() {
	for (good, together) in [(true, false), (true, true), (false, false), (false, true)] {
		let mut state = chain();
		let transaction = state.execute_with(|| {
			let submissions = submissions(&Trapdoor::with_rounds(5, 1), good);
			let call: RuntimeCall = match together {
				false => {
					pallet_inference::Call::submit { submission: submissions[0].clone() }.into()
				}
				true => {
					let submissions = submissions.try_into().unwrap();
					pallet_inference::Call::submit_batch { submissions }.into()
				}
			};
			extrinsic(Sr25519Keyring::Bob, call)
		});
		state.commit_all().unwrap();
		let data = (TransactionSource::External, &transaction, [0u8; 32]).encode();
		let answer = call(&mut state, "TaggedTransactionQueue_validate_transaction", &data);
		let answer = answer.expect("the pool's question needs no function of ours");
		let valid = TransactionValidity::decode(&mut &answer[..]).unwrap();
		assert!(valid.is_ok(), "it pays, so it is let in: {valid:?}");
		// The same executor traps where a proof is looked at.
		let trap = call(&mut state, "BlockBuilder_apply_extrinsic", &transaction.encode());
		let error = trap.expect_err("no block is made without a look at the proof");
		assert!(error.contains("zkml_crypto") || error.contains("groth16"), "{error}");
	}
}
