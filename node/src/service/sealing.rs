//! Blocks at once, by this node alone: for development and demonstrations.

use std::{
	sync::Arc,
	time::{Duration, SystemTime, UNIX_EPOCH},
};

use futures::{
	channel::{mpsc, oneshot},
	FutureExt, SinkExt, StreamExt,
};
use sc_consensus_manual_seal::{
	consensus::aura::AuraConsensusDataProvider, run_manual_seal, EngineCommand, ManualSealParams,
};
use sc_service::error::Error;
use sc_transaction_pool_api::TransactionPool;
use sp_api::ProvideRuntimeApi;
use sp_blockchain::HeaderBackend;
use sp_consensus_aura::{sr25519::AuthoritySignature, SlotDuration};
use sp_timestamp::InherentDataProvider;
use tokio::time::MissedTickBehavior;
use zkml_runtime::{opaque::Block, Hash};
use zkml_runtime_api::InferenceApi;

use super::{
	partial::{FullClient, Pool},
	Shared,
};

/// While requests can be answered a block is made this often even without transactions: the
/// off-chain worker runs once a block, so it would wait for ever for the proof it asked for. Past
/// their deadline, refunded or not, the chain rests.
const TICK: Duration = Duration::from_millis(500);

/// One block takes whatever came in meanwhile; more than this at once is several blocks' worth.
const BURST: usize = 4096;

/// Seals and finalises a block whenever there is something to do.
///
/// # Errors
/// When the runtime names no slot duration.
pub fn start(shared: &Shared) -> Result<(), Error> {
	let client = shared.client.clone();
	let duration = sc_consensus_aura::slot_duration(&*client)?;
	let (commands, commands_stream) = mpsc::channel(1);

	let sealer = run_manual_seal(ManualSealParams {
		block_import: client.clone(),
		env: shared.proposer(),
		client: client.clone(),
		pool: shared.pool.clone(),
		commands_stream,
		select_chain: shared.select_chain.clone(),
		consensus_data_provider: Some(Box::new(AuraConsensusDataProvider::new_with_slot_duration(
			duration,
		))),
		create_inherent_data_providers: move |parent, ()| {
			let time = timestamp_after(&client, parent, duration);
			async move { Ok(InherentDataProvider::new(time?.into())) }
		},
	});
	let triggers = command(commands, shared.client.clone(), shared.pool.clone());
	let both = futures::future::join(sealer, triggers).map(drop);
	shared.spawn_essential.spawn_blocking("instant-seal", Some("block-authoring"), both);
	Ok(())
}

/// Asks for one block after another, each when the one before is done.
async fn command(
	mut commands: mpsc::Sender<EngineCommand<Hash>>,
	client: Arc<FullClient>,
	pool: Arc<Pool>,
) {
	let mut transactions = pool.import_notification_stream().ready_chunks(BURST);
	let mut clock = tokio::time::interval(TICK);
	clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
	loop {
		tokio::select! {
			some = transactions.next() => if some.is_none() { return },
			_ = clock.tick() => if !work_is_waiting(&client, &pool) { continue },
		}
		let (sender, done) = oneshot::channel();
		let seal = EngineCommand::SealNewBlock {
			create_empty: true,
			finalize: true,
			parent_hash: None,
			sender: Some(sender),
		};
		if commands.send(seal).await.is_err() {
			return;
		}
		match done.await {
			Ok(Ok(block)) => log::debug!("Sealed {:?}", block.hash),
			Ok(Err(error)) => log::warn!("No block sealed: {error}"),
			Err(oneshot::Canceled) => return,
		}
	}
}

/// A request can still be answered, or a transaction did not fit in the block before.
fn work_is_waiting(client: &FullClient, pool: &Pool) -> bool {
	if pool.status().ready > 0 {
		return true;
	}
	match client.runtime_api().activity(client.info().best_hash) {
		Ok(activity) => activity.open > 0,
		Err(error) => {
			log::debug!("Open requests cannot be counted: {error}");
			false
		}
	}
}

/// Milliseconds since 1970 for the block after `parent`.
fn timestamp_after(
	client: &FullClient,
	parent: Hash,
	duration: SlotDuration,
) -> Result<u64, Box<dyn std::error::Error + Send + Sync>> {
	let header = client
		.header(parent)?
		.ok_or_else(|| format!("expected the header of {parent:?} in the database, got none"))?;
	let slot = sc_consensus_aura::find_pre_digest::<Block, AuthoritySignature>(&header)?;
	let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis();
	Ok(start_of_next_slot(u64::try_from(now)?, *slot, duration.as_millis()))
}

/// The beginning of the slot of `now`, or of the one after the parent's if that is later. Aura
/// takes one block a slot, and blocks are made faster than slots pass, so the chain's clock runs
/// ahead; it falls back on the true time when the chain has rested.
fn start_of_next_slot(now: u64, parent_slot: u64, slot_duration: u64) -> u64 {
	let slot = (now / slot_duration).max(parent_slot.saturating_add(1));
	slot.saturating_mul(slot_duration)
}

#[cfg(test)]
mod tests {
	use super::start_of_next_slot;

	#[test]
	fn the_first_block_has_the_slot_of_now() {
		assert_eq!(start_of_next_slot(60_001, 0, 6_000), 60_000);
	}

	#[test]
	fn each_block_moves_by_a_full_slot_however_soon_it_comes() {
		let mut slot = 10;
		for _ in 0..5 {
			let time = start_of_next_slot(60_001, slot, 6_000);
			assert_eq!(time, (slot + 1) * 6_000);
			slot = time / 6_000;
		}
	}

	#[test]
	fn a_chain_that_rested_catches_up_with_the_clock() {
		assert_eq!(start_of_next_slot(6_000_005, 10, 6_000), 6_000_000);
	}
}
