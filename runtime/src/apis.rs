//! What the node and clients may ask of the runtime.

use alloc::vec::Vec;

use codec::Encode;
#[cfg(feature = "try-runtime")]
use frame_support::weights::Weight;
use frame_support::{
	genesis_builder_helper::{build_state, get_preset},
	traits::PalletInfoAccess,
};
use frame_system::EventRecord;
use pallet_grandpa::AuthorityId as GrandpaId;
use sp_api::impl_runtime_apis;
use sp_consensus_aura::sr25519::AuthorityId as AuraId;
use sp_core::{crypto::KeyTypeId, OpaqueMetadata};
use sp_runtime::{
	traits::{Block as BlockT, NumberFor},
	transaction_validity::{TransactionSource, TransactionValidity},
	ApplyExtrinsicResult, DispatchError,
};
use sp_session::OpaqueGeneratedSessionKeys;
use sp_version::RuntimeVersion;
use zkml_primitives::{
	prover_api::ProveJob, Activity, Answer, CircuitHash, CircuitInfo, InferenceItem, Model,
	ModelId, Rank, Refusal, RegistryItem, RequestId, StatementId, Submission, Work,
};
use zkml_programs::ProgramItem;

use crate::{
	genesis_presets, opaque::SessionKeys, AccountId, Aura, Balance, Block, Executive, Grandpa,
	Inference, InherentDataExt, ModelRegistry, Nonce, Programs, Runtime, RuntimeCall, RuntimeEvent,
	RuntimeGenesisConfig, System, TransactionPayment, Verifier, VERSION,
};

type FullRequest = pallet_inference::FullRequestOf<Runtime>;
type Request = pallet_inference::RequestOf<Runtime>;
type Record = pallet_inference::RecordOf<Runtime>;

/// What the current block did, as its events say, and what it left open.
fn activity() -> Activity {
	let ours = [Inference::index(), Verifier::index()];
	let mut activity =
		Activity { open: pallet_inference::Requests::<Runtime>::count(), ..Default::default() };
	for record in System::read_events_no_consensus() {
		let EventRecord { event, .. } = *record;
		match event {
			RuntimeEvent::Inference(pallet_inference::Event::Verified { .. }) => {
				activity.verified = activity.verified.saturating_add(1);
			}
			RuntimeEvent::Inference(
				pallet_inference::Event::AnswerRefused { .. }
				| pallet_inference::Event::SubmissionRefused { .. },
			) => {
				activity.refused = activity.refused.saturating_add(1);
			}
			RuntimeEvent::System(frame_system::Event::ExtrinsicFailed {
				dispatch_error: DispatchError::Module(error),
				..
			}) if ours.contains(&usize::from(error.index)) => {
				activity.refused = activity.refused.saturating_add(1);
			}
			_ => {}
		}
	}
	activity
}

impl_runtime_apis! {
	impl zkml_runtime_api::ModelRegistryApi<Block, AccountId, Balance> for Runtime {
		fn circuit(circuit: CircuitHash) -> Option<CircuitInfo<AccountId>> {
			ModelRegistry::circuit_info(circuit)
		}

		fn model(model: ModelId) -> Option<Model<AccountId>> {
			ModelRegistry::model_info(model)
		}

		fn models(start: Option<ModelId>, limit: u32) -> Vec<ModelId> {
			ModelRegistry::model_ids(start, limit)
		}

		fn deposit_for(items: Vec<RegistryItem>) -> Balance {
			ModelRegistry::deposit_for(&items)
		}
	}

	impl zkml_runtime_api::InferenceApi<Block, AccountId, Balance, FullRequest, Request, Record>
		for Runtime
	{
		fn request(request: RequestId) -> Option<FullRequest> {
			Inference::request_with_inputs(request)
		}

		fn open_requests(start: Option<RequestId>, limit: u32) -> Vec<(RequestId, Request)> {
			Inference::open_requests(start, limit)
		}

		fn queue(work: Work, start: Option<Rank>, limit: u32) -> Vec<(Rank, RequestId, Request)> {
			Inference::queue(&work, start, limit)
		}

		fn record(statement: StatementId) -> Option<Record> {
			pallet_inference::Records::<Runtime>::get(statement)
		}

		fn result(request: RequestId) -> Option<(StatementId, Record)> {
			Inference::result(request)
		}

		fn job(request: RequestId, beneficiary: AccountId) -> Option<ProveJob<AccountId>> {
			Inference::job(request, beneficiary)
		}

		fn check_answer(answer: Answer<AccountId>) -> Result<StatementId, Refusal> {
			Inference::check_answer(answer)
		}

		fn check_submission(
			submitter: AccountId,
			submission: Submission<AccountId>,
		) -> Result<StatementId, Refusal> {
			Inference::check_submission(submitter, submission)
		}

		fn activity() -> Activity {
			activity()
		}

		fn deposit_for(items: Vec<InferenceItem>) -> Balance {
			Inference::deposit_for(&items)
		}
	}

	impl zkml_runtime_api::ProgramsApi<Block, AccountId, Balance> for Runtime {
		fn deposit_for(items: Vec<ProgramItem<AccountId>>) -> Balance {
			Programs::deposit_for(&items)
		}
	}

	impl sp_api::Core<Block> for Runtime {
		fn version() -> RuntimeVersion {
			VERSION
		}

		fn execute_block(block: <Block as BlockT>::LazyBlock) {
			Executive::execute_block(block);
		}

		fn initialize_block(
			header: &<Block as BlockT>::Header,
		) -> sp_runtime::ExtrinsicInclusionMode {
			Executive::initialize_block(header)
		}
	}

	impl sp_api::Metadata<Block> for Runtime {
		fn metadata() -> OpaqueMetadata {
			OpaqueMetadata::new(Runtime::metadata().into())
		}

		fn metadata_at_version(version: u32) -> Option<OpaqueMetadata> {
			Runtime::metadata_at_version(version)
		}

		fn metadata_versions() -> Vec<u32> {
			Runtime::metadata_versions()
		}
	}

	impl sp_block_builder::BlockBuilder<Block> for Runtime {
		fn apply_extrinsic(extrinsic: <Block as BlockT>::Extrinsic) -> ApplyExtrinsicResult {
			Executive::apply_extrinsic(extrinsic)
		}

		fn finalize_block() -> <Block as BlockT>::Header {
			Executive::finalize_block()
		}

		fn inherent_extrinsics(
			data: sp_inherents::InherentData,
		) -> Vec<<Block as BlockT>::Extrinsic> {
			data.create_extrinsics()
		}

		fn check_inherents(
			block: <Block as BlockT>::LazyBlock,
			data: sp_inherents::InherentData,
		) -> sp_inherents::CheckInherentsResult {
			data.check_extrinsics(&block)
		}
	}

	impl sp_transaction_pool::runtime_api::TaggedTransactionQueue<Block> for Runtime {
		fn validate_transaction(
			source: TransactionSource,
			transaction: <Block as BlockT>::Extrinsic,
			block_hash: <Block as BlockT>::Hash,
		) -> TransactionValidity {
			Executive::validate_transaction(source, transaction, block_hash)
		}
	}

	impl sp_offchain::OffchainWorkerApi<Block> for Runtime {
		fn offchain_worker(header: &<Block as BlockT>::Header) {
			Executive::offchain_worker(header)
		}
	}

	impl sp_consensus_aura::AuraApi<Block, AuraId> for Runtime {
		fn slot_duration() -> sp_consensus_aura::SlotDuration {
			sp_consensus_aura::SlotDuration::from_millis(Aura::slot_duration())
		}

		fn authorities() -> Vec<AuraId> {
			pallet_aura::Authorities::<Runtime>::get().into_inner()
		}
	}

	impl sp_session::SessionKeys<Block> for Runtime {
		fn generate_session_keys(
			owner: Vec<u8>,
			seed: Option<Vec<u8>>,
		) -> OpaqueGeneratedSessionKeys {
			SessionKeys::generate(&owner, seed).into()
		}

		fn decode_session_keys(encoded: Vec<u8>) -> Option<Vec<(Vec<u8>, KeyTypeId)>> {
			SessionKeys::decode_into_raw_public_keys(&encoded)
		}
	}

	impl sp_consensus_grandpa::GrandpaApi<Block> for Runtime {
		fn grandpa_authorities() -> sp_consensus_grandpa::AuthorityList {
			Grandpa::grandpa_authorities()
		}

		fn current_set_id() -> sp_consensus_grandpa::SetId {
			Grandpa::current_set_id()
		}

		fn submit_report_equivocation_unsigned_extrinsic(
			equivocation_proof: sp_consensus_grandpa::EquivocationProof<
				<Block as BlockT>::Hash,
				NumberFor<Block>,
			>,
			key_owner_proof: sp_consensus_grandpa::OpaqueKeyOwnershipProof,
		) -> Option<()> {
			Grandpa::submit_unsigned_equivocation_report(equivocation_proof, key_owner_proof.decode()?)
		}

		fn generate_key_ownership_proof(
			set_id: sp_consensus_grandpa::SetId,
			_authority_id: GrandpaId,
		) -> Option<sp_consensus_grandpa::OpaqueKeyOwnershipProof> {
			let proof = pallet_equivocations::InState.encode();
			(set_id == Grandpa::current_set_id())
				.then(|| sp_consensus_grandpa::OpaqueKeyOwnershipProof::new(proof))
		}
	}

	impl frame_system_rpc_runtime_api::AccountNonceApi<Block, AccountId, Nonce> for Runtime {
		fn account_nonce(account: AccountId) -> Nonce {
			System::account_nonce(account)
		}
	}

	impl pallet_transaction_payment_rpc_runtime_api::TransactionPaymentApi<Block, Balance>
		for Runtime
	{
		fn query_info(
			extrinsic: <Block as BlockT>::Extrinsic,
			len: u32,
		) -> pallet_transaction_payment_rpc_runtime_api::RuntimeDispatchInfo<Balance> {
			TransactionPayment::query_info(extrinsic, len)
		}

		fn query_fee_details(
			extrinsic: <Block as BlockT>::Extrinsic,
			len: u32,
		) -> pallet_transaction_payment::FeeDetails<Balance> {
			TransactionPayment::query_fee_details(extrinsic, len)
		}

		fn query_weight_to_fee(weight: frame_support::weights::Weight) -> Balance {
			TransactionPayment::weight_to_fee(weight)
		}

		fn query_length_to_fee(length: u32) -> Balance {
			TransactionPayment::length_to_fee(length)
		}
	}

	impl pallet_transaction_payment_rpc_runtime_api::TransactionPaymentCallApi<
		Block,
		Balance,
		RuntimeCall,
	> for Runtime
	{
		fn query_call_info(
			call: RuntimeCall,
			len: u32,
		) -> pallet_transaction_payment::RuntimeDispatchInfo<Balance> {
			TransactionPayment::query_call_info(call, len)
		}

		fn query_call_fee_details(
			call: RuntimeCall,
			len: u32,
		) -> pallet_transaction_payment::FeeDetails<Balance> {
			TransactionPayment::query_call_fee_details(call, len)
		}

		fn query_weight_to_fee(weight: frame_support::weights::Weight) -> Balance {
			TransactionPayment::weight_to_fee(weight)
		}

		fn query_length_to_fee(length: u32) -> Balance {
			TransactionPayment::length_to_fee(length)
		}
	}

	#[cfg(feature = "runtime-benchmarks")]
	impl frame_benchmarking::Benchmark<Block> for Runtime {
		fn benchmark_metadata(
			extra: bool,
		) -> (Vec<frame_benchmarking::BenchmarkList>, Vec<frame_support::traits::StorageInfo>) {
			crate::benchmarks::metadata(extra)
		}

		fn dispatch_benchmark(
			config: frame_benchmarking::BenchmarkConfig,
		) -> Result<Vec<frame_benchmarking::BenchmarkBatch>, alloc::string::String> {
			crate::benchmarks::dispatch(config)
		}
	}

	#[cfg(feature = "try-runtime")]
	impl frame_try_runtime::TryRuntime<Block> for Runtime {
		fn on_runtime_upgrade(checks: frame_try_runtime::UpgradeCheckSelect) -> (Weight, Weight) {
			// A check that fails has to stop whoever asks, who has nothing else to go by.
			let used = Executive::try_runtime_upgrade(checks).expect("a check of the upgrade fails");
			(used, crate::configs::RuntimeBlockWeights::get().max_block)
		}

		fn execute_block(
			block: <Block as BlockT>::LazyBlock,
			state_root_check: bool,
			signature_check: bool,
			select: frame_try_runtime::TryStateSelect,
		) -> Weight {
			Executive::try_execute_block(block, state_root_check, signature_check, select)
				.expect("the block, or what holds after it, fails")
		}
	}

	impl sp_genesis_builder::GenesisBuilder<Block> for Runtime {
		fn build_state(config: Vec<u8>) -> sp_genesis_builder::Result {
			build_state::<RuntimeGenesisConfig>(config)
		}

		fn get_preset(id: &Option<sp_genesis_builder::PresetId>) -> Option<Vec<u8>> {
			get_preset::<RuntimeGenesisConfig>(id, genesis_presets::get_preset)
		}

		fn preset_names() -> Vec<sp_genesis_builder::PresetId> {
			genesis_presets::preset_names()
		}
	}
}
