//! The blob in a node's executor.

use codec::{Decode, Encode};
use sc_executor::WasmExecutor;
use sp_core::traits::{CallContext, CodeExecutor, RuntimeCode, WrappedRuntimeCode};
use zkml_groth16::{KeyError, PreparedKey};
use zkml_primitives::CircuitKey;
use zkml_wasm_verifier::WASM_BINARY;

type Executor = WasmExecutor<(sp_io::SubstrateHostFunctions, zkml_host::HostFunctions)>;

/// The blob in an executor, verifying in one of the two ways.
pub struct Blob {
	executor: Executor,
	native: bool,
}

impl Blob {
	/// By host function, or all in WASM.
	pub fn new(native: bool) -> Self {
		Self { executor: Executor::builder().build(), native }
	}

	/// Calls one of its methods.
	pub fn call<R: Decode>(&self, method: &str, arguments: impl Encode) -> R {
		let wasm = WASM_BINARY.expect("built with the WASM, without SKIP_WASM_BUILD");
		let code = RuntimeCode {
			code_fetcher: &WrappedRuntimeCode(wasm.into()),
			hash: b"zkml-wasm-verifier".to_vec(),
			heap_pages: None,
		};
		let mut state = sp_io::TestExternalities::default();
		let (answer, _) = self.executor.call(
			&mut state.ext(),
			&code,
			&format!("CompareApi_{method}"),
			&(self.native, arguments).encode(),
			CallContext::Offchain,
		);
		R::decode(&mut &answer.expect("the blob answers, and never traps")[..]).unwrap()
	}

	/// A key, examined.
	pub fn prepared(&self, key: &CircuitKey) -> Result<PreparedKey, KeyError> {
		self.call("prepare", key)
	}
}
