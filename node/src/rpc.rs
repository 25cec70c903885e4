//! RPC beyond the SDK's own set: nonces and fees, which wallets ask for. Everything about models
//! and inferences is read through runtime APIs by `state_call`.

use std::{error::Error, sync::Arc};

use jsonrpsee::RpcModule;
use pallet_transaction_payment_rpc::{TransactionPayment, TransactionPaymentApiServer};
use substrate_frame_rpc_system::{System, SystemApiServer};
use zkml_runtime::{opaque::Block, AccountId, Hash, Nonce};

use crate::service::{FullClient, Pool};

/// The methods.
///
/// # Errors
/// When two methods have one name.
pub fn create(
	client: Arc<FullClient>,
	pool: Arc<Pool>,
) -> Result<RpcModule<()>, Box<dyn Error + Send + Sync>> {
	let mut module = RpcModule::new(());
	let system = System::<Pool, FullClient, Block>::new(client.clone(), pool);
	module.merge(SystemApiServer::<Hash, AccountId, Nonce>::into_rpc(system))?;
	let payment = TransactionPayment::<FullClient, Block>::new(client);
	module.merge(TransactionPaymentApiServer::<Hash, _>::into_rpc(payment))?;
	Ok(module)
}
