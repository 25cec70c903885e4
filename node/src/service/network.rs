//! How the network is set up before it starts.

use std::sync::Arc;

use sc_client_api::BlockBackend;
use sc_consensus_grandpa::warp_proof::NetworkProvider;
use sc_network::{
	config::FullNetworkConfiguration, Litep2pNetworkBackend as Network, NetworkBackend,
	NotificationMetrics, NotificationService, ProtocolName,
};
use sc_service::{error::Error, Configuration, WarpSyncConfig};
use zkml_runtime::{opaque::Block, Hash};

use super::partial::{FullBackend, FullClient, GrandpaLink};

/// The protocol GRANDPA's votes travel by.
pub struct GrandpaProtocol {
	/// Its name, with the genesis hash in it.
	pub name: ProtocolName,
	/// The messages of its peers, in and out.
	pub notifications: Box<dyn NotificationService>,
}

/// A network about to start.
pub struct Prepared {
	/// The configuration, with all protocols that were added to it.
	pub config: FullNetworkConfiguration<Block, Hash, Network>,
	/// The counters of messages that the protocols share.
	pub metrics: NotificationMetrics,
	/// Where a node that is far behind may begin.
	pub warp_sync: WarpSyncConfig<Block>,
	/// The protocol for votes.
	pub grandpa: GrandpaProtocol,
}

/// Names the protocols.
///
/// # Errors
/// When the chain has no genesis block.
pub fn prepare(
	config: &Configuration,
	client: &FullClient,
	backend: Arc<FullBackend>,
	link: &GrandpaLink,
) -> Result<Prepared, Error> {
	let registry = config.prometheus_registry();
	let mut network = FullNetworkConfiguration::new(&config.network, registry.cloned());
	let metrics = <Network as NetworkBackend<Block, Hash>>::register_notification_metrics(registry);

	let genesis = client
		.block_hash(0)?
		.ok_or_else(|| Error::Other("expected a genesis block in the database, got none".into()))?;
	let name = sc_consensus_grandpa::protocol_standard_name(&genesis, &config.chain_spec);
	let (protocol, notifications) = sc_consensus_grandpa::grandpa_peers_set_config::<Block, Network>(
		name.clone(),
		metrics.clone(),
		network.peer_store_handle(),
	);
	network.add_notification_protocol(protocol);

	let warp_sync = WarpSyncConfig::WithProvider(Arc::new(NetworkProvider::new(
		backend,
		link.shared_authority_set().clone(),
		Vec::new(),
	)));
	let grandpa = GrandpaProtocol { name, notifications };
	Ok(Prepared { config: network, metrics, warp_sync, grandpa })
}
