//! Blocks by the authorities in turn (Aura), made final by their votes (GRANDPA).

use std::{sync::Arc, time::Duration};

use sc_consensus_aura::{SlotProportion, StartAuraParams};
use sc_consensus_grandpa::{
	GrandpaParams, SharedVoterState, VotingRule, VotingRuleResult, VotingRulesBuilder,
};
use sc_network::service::traits::NetworkService;
use sc_network_sync::SyncingService;
use sc_service::{error::Error, Role};
use sc_transaction_pool_api::OffchainTransactionPoolFactory;
use sp_blockchain::HeaderBackend;
use sp_consensus_aura::{
	inherents::InherentDataProvider as SlotInherent, sr25519::AuthorityPair, SlotDuration,
};
use sp_timestamp::InherentDataProvider as TimestampInherent;
use zkml_runtime::opaque::{Block, Header};

use super::{
	network::GrandpaProtocol,
	partial::{GrandpaImport, GrandpaLink, JUSTIFICATION_PERIOD},
	Shared,
};

/// The slot and the time that a block of now has.
pub fn inherents(duration: SlotDuration) -> (SlotInherent, TimestampInherent) {
	let timestamp = TimestampInherent::from_system_time();
	let slot = SlotInherent::from_timestamp_and_slot_duration(*timestamp, duration);
	(slot, timestamp)
}

/// Makes a block whenever a slot of ours comes.
///
/// # Errors
/// When the runtime names no slot duration.
pub fn start_aura(
	shared: &Shared,
	block_import: GrandpaImport,
	sync: Arc<SyncingService<Block>>,
	force_authoring: bool,
) -> Result<(), Error> {
	let slot_duration = sc_consensus_aura::slot_duration(&*shared.client)?;
	let aura = sc_consensus_aura::start_aura::<AuthorityPair, _, _, _, _, _, _, _, _, _, _>(
		StartAuraParams {
			slot_duration,
			client: shared.client.clone(),
			select_chain: shared.select_chain.clone(),
			block_import,
			proposer_factory: shared.proposer(),
			create_inherent_data_providers: move |_, ()| async move { Ok(inherents(slot_duration)) },
			force_authoring,
			backoff_authoring_blocks: Option::<()>::None,
			keystore: shared.keystore.clone(),
			sync_oracle: sync.clone(),
			justification_sync_link: sync,
			// The rest of the slot is for import and gossip.
			block_proposal_slot_portion: SlotProportion::new(2f32 / 3f32),
			max_block_proposal_slot_portion: None,
			telemetry: shared.telemetry.clone(),
			compatibility_mode: Default::default(),
		},
	)?;
	// Without it an authority is no authority: the node stops with it.
	shared.spawn_essential.spawn_blocking("aura", Some("block-authoring"), aura);
	Ok(())
}

/// Counts what is not final yet from the block that is final for this node, where that is newer than the
/// block a round starts from. On a chain that was sealed at once blocks are final that nobody voted for:
/// the first round starts from the genesis, and without this it would have a vote cast for one of them,
/// which is then ignored, for ever.
#[derive(Clone)]
struct FromLastFinal<R>(R);

impl<B, R> VotingRule<Block, B> for FromLastFinal<R>
where
	B: HeaderBackend<Block>,
	R: VotingRule<Block, B> + Clone,
{
	fn restrict_vote(
		&self,
		backend: Arc<B>,
		base: &Header,
		best_target: &Header,
		current_target: &Header,
	) -> VotingRuleResult<Block> {
		let info = backend.info();
		let newer = if info.finalized_number > base.number {
			backend.header(info.finalized_hash).ok().flatten()
		} else {
			None
		};
		self.0.restrict_vote(backend, newer.as_ref().unwrap_or(base), best_target, current_target)
	}
}

/// Who votes in GRANDPA, and under which name.
pub struct Voter {
	/// Only an authority votes.
	pub role: Role,
	/// The node's name, for logs and telemetry.
	pub name: String,
}

/// Votes when this node is an authority, and follows the votes when it is not.
///
/// # Errors
/// When the state of the vote cannot be read from the database.
pub fn start_grandpa(
	shared: &Shared,
	link: GrandpaLink,
	network: Arc<dyn NetworkService>,
	sync: Arc<SyncingService<Block>>,
	protocol: GrandpaProtocol,
	voter: Voter,
) -> Result<(), Error> {
	let config = sc_consensus_grandpa::Config {
		gossip_duration: Duration::from_millis(333),
		justification_generation_period: JUSTIFICATION_PERIOD,
		name: Some(voter.name),
		observer_enabled: false,
		keystore: voter.role.is_authority().then(|| shared.keystore.clone()),
		local_role: voter.role,
		telemetry: shared.telemetry.clone(),
		protocol_name: protocol.name,
	};
	let grandpa = sc_consensus_grandpa::run_grandpa_voter(GrandpaParams {
		config,
		link,
		network,
		sync,
		notification_service: protocol.notifications,
		voting_rule: FromLastFinal(VotingRulesBuilder::default().build()),
		prometheus_registry: shared.registry.clone(),
		shared_voter_state: SharedVoterState::empty(),
		telemetry: shared.telemetry.clone(),
		offchain_tx_pool_factory: OffchainTransactionPoolFactory::new(shared.pool.clone()),
	})?;
	shared.spawn_essential.spawn_blocking("grandpa-voter", None, grandpa);
	Ok(())
}
