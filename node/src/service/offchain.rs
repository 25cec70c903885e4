//! The off-chain workers, run after each block that becomes the best.

use std::sync::Arc;

use futures::FutureExt;
use sc_client_api::Backend;
use sc_network::service::traits::NetworkService;
use sc_offchain::{OffchainWorkerOptions, OffchainWorkers};
use sc_transaction_pool_api::OffchainTransactionPoolFactory;

use super::{partial::FullBackend, Shared};

/// Runs the workers. A node that cannot have them runs on without, and says so: it still makes and
/// checks blocks.
pub fn start(
	shared: &Shared,
	backend: &FullBackend,
	network: Arc<dyn NetworkService>,
	is_validator: bool,
) {
	let workers = OffchainWorkers::new(OffchainWorkerOptions {
		runtime_api_provider: shared.client.clone(),
		keystore: Some(shared.keystore.clone()),
		offchain_db: backend.offchain_storage(),
		transaction_pool: Some(OffchainTransactionPoolFactory::new(shared.pool.clone())),
		network_provider: Arc::new(network),
		is_validator,
		enable_http_requests: true,
		custom_extensions: |_| Vec::new(),
	});
	match workers {
		Ok(workers) => shared.spawn.spawn(
			"offchain-workers-runner",
			"offchain-worker",
			workers.run(shared.client.clone(), shared.spawn.clone()).boxed(),
		),
		// Their HTTP client wants the system's certificates, even for a prover on this machine.
		Err(error) => log::warn!(
			"No off-chain workers: {error}. Requests will not be proved by this node. \
			 Install the package `ca-certificates` and start the node again."
		),
	}
}
