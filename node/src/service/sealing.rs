//! Blocks at once, by this node alone: for development and demonstrations.

use std::{
	sync::Arc,
	time::{Duration, SystemTime, UNIX_EPOCH},
};

use futures::{
	channel::{mpsc, oneshot},
	FutureExt, SinkExt, StreamExt,
};
use sc_client_api::Finalizer;
use sc_consensus_manual_seal::{
	consensus::aura::AuraConsensusDataProvider, run_manual_seal, EngineCommand, ManualSealParams,
};
use sc_service::error::Error;
use sc_transaction_pool_api::TransactionPool;
use sp_api::ProvideRuntimeApi;
use sp_blockchain::HeaderBackend;
use sp_consensus_aura::{
	sr25519::{AuthorityId, AuthoritySignature},
	AuraApi, SlotDuration,
};
use sp_timestamp::InherentDataProvider;
use tokio::{sync::watch, time::MissedTickBehavior};
use zkml_runtime::{opaque::Block, Hash};
use zkml_runtime_api::InferenceApi;

use super::{
	partial::{FullClient, Pool},
	Shared,
};

/// While requests can be answered a block is made this often even without transactions: the
/// off-chain worker runs once a block, so it would wait for ever for the proof it asked for. Past their
/// deadline the chain returns their price in a block like any other, and rests when none is left.
const TICK: Duration = Duration::from_millis(500);

/// A block becomes final so long after it was sealed. On word that a transaction is in a block,
/// polkadot.js reads that block before it tells, and tells nothing of it if word of finality comes
/// before it is done; on a busy machine a tenth of a second is too short for that.
const FINAL_AFTER: Duration = Duration::from_secs(1);

/// One block takes whatever came in meanwhile; more than this at once is several blocks' worth.
const BURST: usize = 4096;

/// Seals a block whenever there is something to do, and makes it final a moment later.
///
/// # Errors
/// When the runtime names no slot duration, or several authorities: their slots are not ours to take.
pub fn start(shared: &Shared) -> Result<(), Error> {
	let client = shared.client.clone();
	let best = client.info().best_hash;
	let authorities: Vec<AuthorityId> =
		client.runtime_api().authorities(best).map_err(sp_blockchain::Error::from)?;
	if authorities.len() != 1 {
		return Err(Error::Other(format!(
			"expected a chain with one authority for --sealing instant, got one with {}: leave the \
			 option away, or take --dev",
			authorities.len()
		)));
	}
	let duration = sc_consensus_aura::slot_duration(&*client)?;
	let (commands, commands_stream) = mpsc::channel(1);
	// What an earlier run sealed and did not get to finalise comes first.
	let (sealed, to_finalise) = watch::channel(best);

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
	let triggers = command(commands, sealed, shared.client.clone(), shared.pool.clone());
	let finality = finalise(to_finalise, shared.client.clone());
	let all = futures::future::join3(sealer, triggers, finality).map(drop);
	shared.spawn_essential.spawn_blocking("instant-seal", Some("block-authoring"), all);
	Ok(())
}

/// Asks for one block after another, each when the one before is done.
async fn command(
	mut commands: mpsc::Sender<EngineCommand<Hash>>,
	sealed: watch::Sender<Hash>,
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
			finalize: false,
			parent_hash: None,
			sender: Some(sender),
		};
		if commands.send(seal).await.is_err() {
			return;
		}
		match done.await {
			Ok(Ok(block)) => {
				log::debug!("Sealed {:?}", block.hash);
				sealed.send_replace(block.hash);
			}
			Ok(Err(error)) => log::warn!("No block sealed: {error}"),
			Err(oneshot::Canceled) => return,
		}
	}
}

/// Makes final the newest block that was sealed, and with it all before, `FINAL_AFTER` after it came.
/// However many come meanwhile, one is waited for.
async fn finalise(mut sealed: watch::Receiver<Hash>, client: Arc<FullClient>) {
	loop {
		let block = *sealed.borrow_and_update();
		if block != client.info().finalized_hash {
			tokio::time::sleep(FINAL_AFTER).await;
			if let Err(error) = client.finalize_block(block, None, true) {
				log::warn!("Block {block:?} did not become final: {error}");
			}
		}
		if sealed.changed().await.is_err() {
			return;
		}
	}
}

/// A request is open, or a transaction did not fit in the block before. Both are numbers that somebody keeps:
/// nothing is walked for them, however many there are.
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
	Ok(not_before(u64::try_from(now)?, *slot, duration.as_millis()))
}

/// The time of now, though never one in a slot before the parent's, as a clock that was put back would
/// have it: slots only ever go forward. Within the parent's slot the runtime itself sees to it
/// that no block is older than its parent.
fn not_before(now: u64, parent_slot: u64, slot_duration: u64) -> u64 {
	now.max(parent_slot.saturating_mul(slot_duration))
}

#[cfg(test)]
mod tests {
	use super::not_before;

	#[test]
	fn however_fast_blocks_come_they_have_the_time_of_now() {
		for now in [60_000, 60_001, 60_002, 65_999] {
			assert_eq!(not_before(now, 10, 6_000), now);
		}
	}

	#[test]
	fn a_clock_that_was_put_back_waits_in_the_slot_of_the_parent() {
		assert_eq!(not_before(59_999, 10, 6_000), 60_000);
		assert_eq!(not_before(0, 10, 6_000), 60_000);
	}
}
