//! What the runtime can call outside itself.

/// The SDK's host functions and ours: native Groth16 verification and Poseidon over BN254.
pub type HostFunctions = (sp_io::SubstrateHostFunctions, zkml_host::HostFunctions);

/// The executor that runs the runtime, with these host functions.
pub type Executor = sc_executor::WasmExecutor<HostFunctions>;
