//! What every command that opens the database needs.

use std::sync::Arc;

use sc_consensus_aura::ImportQueueParams;
use sc_consensus_grandpa::{GrandpaBlockImport, LinkHalf};
use sc_service::{error::Error, Configuration, PartialComponents, TFullBackend, TFullClient};
use sc_telemetry::{Telemetry, TelemetryWorker};
use sc_transaction_pool::TransactionPoolHandle;
use sp_consensus_aura::sr25519::AuthorityPair;
use zkml_runtime::{apis::RuntimeApi, opaque::Block};

use super::pool_tasks::PoolTasks;
use crate::executor::Executor;

/// The client: blocks, state, and the runtime over both.
pub type FullClient = TFullClient<Block, RuntimeApi, Executor>;
/// The database that blocks and states are kept in.
pub type FullBackend = TFullBackend<Block>;
/// The longest chain wins.
pub type SelectChain = sc_consensus::LongestChain<FullBackend, Block>;
/// The pool of transactions that wait for a block.
pub type Pool = TransactionPoolHandle<Block, FullClient>;
/// Import that keeps GRANDPA's authority set.
pub type GrandpaImport = GrandpaBlockImport<FullBackend, Block, FullClient, SelectChain>;
/// What ties the voter to the import.
pub type GrandpaLink = LinkHalf<Block, FullClient, SelectChain>;

/// Parts of a node, with what only a running node uses.
pub type Partial = PartialComponents<
	FullClient,
	FullBackend,
	SelectChain,
	sc_consensus::DefaultImportQueue<Block>,
	Pool,
	(GrandpaImport, GrandpaLink, Option<Telemetry>),
>;

/// Every this many blocks GRANDPA writes a justification, for light clients.
pub const JUSTIFICATION_PERIOD: u32 = 512;

/// Opens the database and builds client, pool and import queue.
///
/// # Errors
/// Whatever the SDK says: an unreadable database, a runtime that does not fit.
pub fn new_partial(config: &Configuration) -> Result<Partial, Error> {
	let telemetry = config
		.telemetry_endpoints
		.clone()
		.filter(|endpoints| !endpoints.is_empty())
		.map(|endpoints| -> Result<_, sc_telemetry::Error> {
			let worker = TelemetryWorker::new(16)?;
			let telemetry = worker.handle().new_telemetry(endpoints);
			Ok((worker, telemetry))
		})
		.transpose()?;

	log::info!("Opening the database and compiling the runtime: some seconds, without a word");
	let executor = sc_service::new_wasm_executor(&config.executor);
	let (client, backend, keystore_container, task_manager) =
		sc_service::new_full_parts::<Block, RuntimeApi, _>(
			config,
			telemetry.as_ref().map(|(_, telemetry)| telemetry.handle()),
			executor,
			Vec::new(),
		)?;
	let client = Arc::new(client);

	let telemetry = telemetry.map(|(worker, telemetry)| {
		task_manager.spawn_handle().spawn("telemetry", None, worker.run());
		telemetry
	});

	let select_chain = SelectChain::new(backend.clone());
	let transaction_pool = Arc::new(
		sc_transaction_pool::Builder::new(
			PoolTasks {
				spawn: task_manager.spawn_handle(),
				essential: task_manager.spawn_essential_handle(),
			},
			client.clone(),
			config.role.is_authority().into(),
		)
		.with_options(config.transaction_pool.clone())
		.with_prometheus(config.prometheus_registry())
		.build(),
	);

	let (block_import, grandpa_link) = sc_consensus_grandpa::block_import(
		client.clone(),
		JUSTIFICATION_PERIOD,
		&client,
		select_chain.clone(),
		telemetry.as_ref().map(Telemetry::handle),
	)?;

	let slot_client = client.clone();
	let import_queue =
		sc_consensus_aura::import_queue::<AuthorityPair, _, _, _, _, _>(ImportQueueParams {
			block_import: block_import.clone(),
			justification_import: Some(Box::new(block_import.clone())),
			client: client.clone(),
			create_inherent_data_providers: move |parent, ()| {
				let client = slot_client.clone();
				async move {
					let duration =
						sc_consensus_aura::standalone::slot_duration_at(&*client, parent)?;
					Ok(super::authoring::inherents(duration))
				}
			},
			spawner: &task_manager.spawn_essential_handle(),
			registry: config.prometheus_registry(),
			check_for_equivocation: Default::default(),
			telemetry: telemetry.as_ref().map(Telemetry::handle),
			compatibility_mode: Default::default(),
		})?;

	Ok(PartialComponents {
		client,
		backend,
		task_manager,
		keystore_container,
		select_chain,
		import_queue,
		transaction_pool,
		other: (block_import, grandpa_link, telemetry),
	})
}
