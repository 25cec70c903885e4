//! `zkml mine`: answers requests of the chain's own queue.
//!
//! All that matters is on chain: what is open is read there, and an answered request is gone. So a
//! miner may be killed at any point and started anew, and many may share a queue.

mod flight;
mod look;
mod round;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use serde_json::json;
use tokio::time::{sleep, timeout};
use zkml_client::{chain::Balance, hex, keys, parse::Amount};
use zkml_prover_service::stop_signal;

use super::{node, serve};
use crate::{
	args::Mine,
	error::CliError,
	output::{self, Output},
};
use round::Miner;

/// Between two looks at the chain.
const REST: Duration = Duration::from_millis(500);
/// Between two attempts to reach a node that went away.
const RETRY: Duration = Duration::from_secs(3);
/// How long a transaction that is on its way may hold up the end.
const FAREWELL: Duration = Duration::from_secs(15);

/// Mines until told to stop.
pub async fn run(args: Mine, out: &Output) -> Result<(), CliError> {
	let key = args.key.load()?;
	let mut chain = Arc::new(node::connect(&args.node.url).await?);
	let account = keys::account(&key);
	out.say(format_args!("answering for {account} at {}", args.node.url));
	out.field("balance", Amount(chain.account(&account).await?.free));
	let mut miner = Miner {
		queue: serve::open(&args.workshop, out)?,
		room: args.workshop.queue,
		account,
		key,
		genesis: chain.genesis(),
		out,
		least: args.min_price.0,
		provers: args.provers,
		best: Default::default(),
		wanted: Default::default(),
		jobs: BTreeMap::new(),
		aside: Default::default(),
		places: BTreeMap::new(),
		turn: 0,
		missing: None,
		flight: None,
		last: None,
		not_before: 0,
		short: None,
		prove_ms: None,
		tally: Tally::default(),
	};
	let mut stop = stop_signal(false)?;
	while args.answers.is_none_or(|most| miner.tally.answers < most) {
		let step = async {
			match miner.round(&chain).await {
				Ok(()) => sleep(REST).await,
				Err(error) => {
					output::warn(error);
					sleep(RETRY).await;
					match node::connect(&args.node.url).await {
						Ok(again) if again.genesis() == miner.genesis => {
							miner.reconnected();
							chain = Arc::new(again);
						}
						Ok(again) => output::warn(format_args!(
							"expected the chain of genesis {}, got {}: start anew to work for it",
							hex::show(&miner.genesis),
							hex::show(&again.genesis())
						)),
						Err(error) => output::warn(error),
					}
				}
			}
		};
		tokio::select! {
			_ = stop.wait_for(|stop| *stop) => break,
			() = step => {}
		}
	}
	let farewell = async {
		while miner.flight.is_some() && miner.look(&chain).await.is_ok() {
			sleep(REST).await;
		}
	};
	// What is still on its way after that is paid all the same; only the figures lack it.
	let _ = timeout(FAREWELL, farewell).await;
	out.finish(miner.tally.json());
	Ok(())
}

/// What the miner achieved since it started; amounts are in the smallest unit.
#[derive(Default)]
struct Tally {
	answers: u64,
	transactions: u64,
	earned: Balance,
	fees: Balance,
}

impl Tally {
	fn json(&self) -> serde_json::Value {
		json!({
			"answers": self.answers,
			"transactions": self.transactions,
			"earned": self.earned.to_string(),
			"fees": self.fees.to_string(),
		})
	}
}
