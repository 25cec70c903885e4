//! Puts a running node together.

mod authoring;
mod network;
mod offchain;
mod partial;
mod pool_tasks;
mod sealing;

use std::sync::Arc;

use sc_basic_authorship::ProposerFactory;
use sc_client_api::Backend;
use sc_service::{
	error::Error, BuildNetworkParams, Configuration, PartialComponents, SpawnEssentialTaskHandle,
	SpawnTaskHandle, SpawnTasksParams, TaskManager,
};
use sc_telemetry::{Telemetry, TelemetryHandle};
use sp_keystore::KeystorePtr;
use substrate_prometheus_endpoint::Registry;

pub use partial::{new_partial, FullBackend, FullClient, Pool};

use crate::{
	advice::Advice,
	cli::Sealing,
	hardware, keys,
	metrics::Metrics,
	prover::{self, Plan},
};
use authoring::Voter;
use partial::SelectChain;

/// What the SDK's configuration does not say.
pub struct Settings {
	/// How blocks are made.
	pub sealing: Sealing,
	/// The prover that the off-chain worker asks, if any.
	pub prover: Plan,
	/// How commands are printed.
	pub advice: Advice,
	/// Whether a validator looks if its machine is fast enough.
	pub measure_machine: bool,
}

/// What nearly every part of a running node holds on to.
struct Shared {
	client: Arc<FullClient>,
	select_chain: SelectChain,
	pool: Arc<Pool>,
	keystore: KeystorePtr,
	registry: Option<Registry>,
	telemetry: Option<TelemetryHandle>,
	spawn: SpawnTaskHandle,
	spawn_essential: SpawnEssentialTaskHandle,
}

impl Shared {
	/// Fills blocks from the pool.
	fn proposer(&self) -> ProposerFactory<Pool, FullClient> {
		ProposerFactory::new(
			self.spawn.clone(),
			self.client.clone(),
			self.pool.clone(),
			self.registry.as_ref(),
			self.telemetry.clone(),
		)
	}
}

/// Starts a node. It runs until the task manager is dropped.
///
/// # Errors
/// Whatever keeps a part from starting: the database, the network, a port in use.
pub fn new_full(config: Configuration, settings: Settings) -> Result<TaskManager, Error> {
	let PartialComponents {
		client,
		backend,
		mut task_manager,
		import_queue,
		keystore_container,
		select_chain,
		transaction_pool: pool,
		other: (block_import, grandpa_link, mut telemetry),
	} = new_partial(&config)?;

	let shared = Shared {
		client: client.clone(),
		select_chain,
		pool: pool.clone(),
		keystore: keystore_container.keystore(),
		registry: config.prometheus_registry().cloned(),
		telemetry: telemetry.as_ref().map(Telemetry::handle),
		spawn: task_manager.spawn_handle(),
		spawn_essential: task_manager.spawn_essential_handle(),
	};

	let prepared = network::prepare(&config, &client, backend.clone(), &grandpa_link)?;
	let (network, system_rpc_tx, tx_handler_controller, sync_service, _bitswap) =
		sc_service::build_network(BuildNetworkParams {
			config: &config,
			net_config: prepared.config,
			client: client.clone(),
			transaction_pool: pool.clone(),
			spawn_handle: shared.spawn.clone(),
			spawn_essential_handle: shared.spawn_essential.clone(),
			import_queue,
			block_announce_validator_builder: None,
			warp_sync_config: Some(prepared.warp_sync),
			block_relay: None,
			metrics: prepared.metrics,
			gap_sync_body_policy: None,
		})?;

	let role = config.role;
	let force_authoring = config.force_authoring;
	let votes = !config.disable_grandpa && settings.sealing == Sealing::Aura;
	let voter = Voter { role, name: config.network.node_name.clone() };

	start_proving(&shared, &config, &backend, settings.prover, &settings.advice)?;
	if config.offchain_worker.enabled {
		offchain::start(&shared, &backend, network.clone(), role.is_authority());
	}

	let (rpc_client, rpc_pool) = (client.clone(), pool.clone());
	sc_service::spawn_tasks(SpawnTasksParams {
		config,
		client,
		backend,
		task_manager: &mut task_manager,
		keystore: shared.keystore.clone(),
		transaction_pool: pool,
		rpc_builder: Box::new(move |_| {
			crate::rpc::create(rpc_client.clone(), rpc_pool.clone()).map_err(Error::Application)
		}),
		network: network.clone(),
		system_rpc_tx,
		tx_handler_controller,
		sync_service: sync_service.clone(),
		telemetry: telemetry.as_mut(),
		tracing_execute_block: None,
	})?;

	match settings.sealing {
		Sealing::Instant => sealing::start(&shared)?,
		Sealing::Aura if role.is_authority() => {
			authoring::start_aura(&shared, block_import, sync_service.clone(), force_authoring)?
		}
		Sealing::Aura => (),
	}
	if votes {
		let protocol = prepared.grandpa;
		authoring::start_grandpa(&shared, grandpa_link, network, sync_service, protocol, voter)?;
	}
	if role.is_authority() && settings.measure_machine {
		shared.spawn.spawn_blocking("measure-machine", "zkml", async { hardware::report() });
	}
	// Telemetry ends when its handle is dropped.
	task_manager.keep_alive(telemetry);
	Ok(task_manager)
}

/// Prepares all that the off-chain worker needs to prove: its key, the prover, the prover's address.
fn start_proving(
	shared: &Shared,
	config: &Configuration,
	backend: &FullBackend,
	plan: Plan,
	advice: &Advice,
) -> Result<(), Error> {
	if let Some(seed) = &config.dev_key_seed {
		keys::insert_development_key(&*shared.keystore, seed)
			.map_err(|error| Error::Application(Box::new(error)))?;
	}
	if !matches!(plan, Plan::Off) {
		if !config.offchain_worker.enabled {
			log::warn!(
				"A prover without off-chain workers proves nothing: add --offchain-worker always."
			);
		}
		if !keys::worker_has_key(&*shared.keystore) {
			log::warn!(
				"No key of type zkml in the keystore, so no proof can be submitted. {}",
				advice.worker_key()
			);
		}
	}

	let storage = backend
		.offchain_storage()
		.ok_or_else(|| Error::Other("expected a database with off-chain storage".into()))?;
	let endpoint = prover::start(plan, storage, &shared.spawn);

	if let Some(registry) = &shared.registry {
		let metrics =
			Metrics::register(registry).map_err(|error| Error::Application(Box::new(error)))?;
		let chain = metrics.clone().follow_chain(shared.client.clone());
		shared.spawn.spawn("zkml-metrics-chain", "zkml", chain);
		shared.spawn.spawn("zkml-metrics-prover", "zkml", metrics.follow_prover(endpoint));
	}
	Ok(())
}
