//! Signing a call, sending it, waiting for it to be in a block, and reading what happened.

use subxt::{
	client::OnlineClientAtBlockImpl,
	config::{DefaultExtrinsicParamsBuilder, SubstrateConfig},
	error::TransactionEventsError,
	ext::scale_value::{At as _, Composite, Primitive, Value, ValueDef},
	tx::{SubmittableTransaction, TransactionInBlock, TransactionStatus, ValidationResult},
};
use subxt_signer::sr25519::Keypair;

use super::{
	client::{number, At, Chain},
	AccountId, Balance, Call, ChainError,
};
use crate::{keys, parse::Amount};

/// Blocks after which a transaction that found no place is void.
const MORTALITY: u64 = 64;

type Implementation = OnlineClientAtBlockImpl<SubstrateConfig>;

/// A signed transaction that is not sent yet.
pub struct Prepared {
	transaction: SubmittableTransaction<SubstrateConfig, Implementation>,
	at: At,
	account: AccountId,
	/// The pallet's and the call's name with a dot between.
	pub title: String,
	/// What it is estimated to cost without the tip, in the smallest unit.
	pub fee: Balance,
	/// What is paid beside the fee, in the smallest unit.
	pub tip: Balance,
}

/// A transaction in a block.
pub struct Sent {
	/// Number of the block.
	pub block: u32,
	/// Hash of the block.
	pub block_hash: [u8; 32],
	/// Number of the extrinsic in it.
	pub extrinsic: u32,
	/// What was paid for it, in the smallest unit.
	pub fee: Balance,
	events: Vec<(String, Composite<()>)>,
}

impl Chain {
	/// Signs a call and asks what it would cost. A tip is paid beside that.
	///
	/// # Errors
	///
	/// If the node does not answer, or its runtime has no such call.
	pub async fn prepare(
		&self,
		call: &Call,
		key: &Keypair,
		tip: Balance,
	) -> Result<Prepared, ChainError> {
		// The pool's next index, not the state's: an earlier transaction may still wait there.
		let next = self.rpc.system_account_next_index(&keys::account(key)).await;
		self.prepare_with(call, key, next.map_err(ChainError::other)?, tip).await
	}

	/// The same with a nonce that is known, and a tip for whoever makes the block. The state's own nonce
	/// takes the place of what waits in the pool, if the tip is higher.
	///
	/// # Errors
	///
	/// If the node does not answer, or its runtime has no such call.
	pub async fn prepare_with(
		&self,
		call: &Call,
		key: &Keypair,
		nonce: u64,
		tip: Balance,
	) -> Result<Prepared, ChainError> {
		let at = self.best().await?;
		call.check(&at)?;
		let account = keys::account(key);
		let params = DefaultExtrinsicParamsBuilder::new();
		let params = params.nonce(nonce).mortal(MORTALITY).tip(tip).build();
		let mut client = at.tx();
		let transaction =
			client.create_signed(call, key, params).await.map_err(ChainError::other)?;
		let fee = transaction.partial_fee_estimate().await.map_err(ChainError::other)?;
		Ok(Prepared { transaction, at, account, title: call.title(), fee, tip })
	}

	/// Sends it, waits until it is in a block, and fails if the call failed. With `finality`, waits
	/// until that block is final.
	///
	/// # Errors
	///
	/// If the pool does not take it, the account cannot pay, or the call failed.
	pub async fn send(&self, prepared: Prepared, finality: bool) -> Result<Sent, ChainError> {
		let mut progress = match prepared.transaction.submit_and_watch().await {
			Ok(progress) => progress,
			Err(error) => match ChainError::submission(error) {
				Some(error) => return Err(error),
				None => {
					self.afford(&prepared, 0).await?;
					return Err(ChainError::Pool("the account cannot pay the fee".into()));
				}
			},
		};
		while let Some(status) = progress.next().await {
			match status.map_err(ChainError::other)? {
				TransactionStatus::InBestBlock(found) if !finality => {
					return outcome(&prepared.at, found).await;
				}
				TransactionStatus::InFinalizedBlock(found) => {
					return outcome(&prepared.at, found).await;
				}
				TransactionStatus::Error { message } => return Err(ChainError::Pool(message)),
				TransactionStatus::Invalid { message } => {
					return Err(self.dropped(&prepared, message).await);
				}
				TransactionStatus::Dropped { message } => return Err(ChainError::Pool(message)),
				_ => {}
			}
		}
		Err(ChainError::Pool("the node stopped telling what became of it".into()))
	}

	/// Refuses an account that cannot pay the fee and what is to be held, and stay alive.
	///
	/// # Errors
	///
	/// If the node does not answer, or the account has less than that.
	pub async fn afford(&self, prepared: &Prepared, held: Balance) -> Result<(), ChainError> {
		let account = self.account(&prepared.account).await?;
		let least = self.least_balance().await?;
		let needed =
			[prepared.fee, prepared.tip, held, least].into_iter().fold(0, Balance::saturating_add);
		if account.free >= needed {
			return Ok(());
		}
		Err(ChainError::NoFunds {
			account: prepared.account.to_string(),
			needed: Amount(needed).to_string(),
			has: Amount(account.free).to_string(),
		})
	}

	/// The pool names no reason when it throws a transaction out; the runtime does.
	async fn dropped(&self, prepared: &Prepared, message: String) -> ChainError {
		match prepared.transaction.validate().await {
			Ok(ValidationResult::Invalid(reason)) => ChainError::Pool(format!("{reason:?}")),
			_ => ChainError::Pool(message),
		}
	}
}

async fn outcome(
	at: &At,
	found: TransactionInBlock<SubstrateConfig, Implementation>,
) -> Result<Sent, ChainError> {
	let events = found.wait_for_success().await.map_err(|error| match &error {
		TransactionEventsError::ExtrinsicFailed(error) => {
			ChainError::dispatch(at.metadata_ref(), error)
		}
		_ => ChainError::other(error),
	})?;
	let block = found.at().await.map_err(ChainError::other)?;
	let mut named = Vec::new();
	for event in events.iter() {
		let event = event.map_err(ChainError::other)?;
		let title = format!("{}.{}", event.pallet_name(), event.event_name());
		let fields = event.decode_fields_unchecked_as().map_err(ChainError::other)?;
		named.push((title, fields));
	}
	let mut sent = Sent {
		block: number(block.block_number()),
		block_hash: found.block_hash().0,
		extrinsic: u32::try_from(events.extrinsic_index()).unwrap_or(u32::MAX),
		fee: 0,
		events: named,
	};
	sent.fee = sent.number("TransactionPayment.TransactionFeePaid", "actual_fee").unwrap_or(0);
	Ok(sent)
}

impl Sent {
	/// A field of each event of this name.
	fn fields<'a>(&'a self, event: &'a str, field: &'a str) -> impl Iterator<Item = &'a Value<()>> {
		let found = self.events.iter().filter(move |(title, _)| title == event);
		found.filter_map(move |(_, fields)| fields.at(field))
	}

	/// A number in an event.
	pub fn number(&self, event: &str, field: &str) -> Option<u128> {
		self.fields(event, field).next()?.as_u128()
	}

	/// 32 bytes in an event, however many newtypes are around them.
	pub fn hash(&self, event: &str, field: &str) -> Option<[u8; 32]> {
		self.hashes(event, field).into_iter().next()
	}

	/// The same in each event of this name.
	pub fn hashes(&self, event: &str, field: &str) -> Vec<[u8; 32]> {
		let read = |value| {
			let mut bytes = Vec::new();
			flatten(value, &mut bytes);
			bytes.try_into().ok()
		};
		self.fields(event, field).filter_map(read).collect()
	}

	/// Names of the events, in order.
	pub fn titles(&self) -> Vec<&str> {
		self.events.iter().map(|(title, _)| title.as_str()).collect()
	}
}

fn flatten(value: &Value<()>, bytes: &mut Vec<u8>) {
	match &value.value {
		ValueDef::Composite(fields) => {
			fields.values().for_each(|inner| flatten(inner, bytes));
		}
		ValueDef::Primitive(Primitive::U128(byte)) => {
			bytes.extend(u8::try_from(*byte).ok());
		}
		_ => {}
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn events_are_read_by_field_through_newtypes() {
		let id = Value::unnamed_composite([Value::from_bytes([7u8; 32])]);
		let fields = Composite::named([("model", id), ("request", Value::u128(5))]);
		let sent = Sent {
			block: 1,
			block_hash: [0; 32],
			extrinsic: 1,
			fee: 0,
			events: vec![("Inference.Requested".into(), fields)],
		};
		assert_eq!(sent.number("Inference.Requested", "request"), Some(5));
		assert_eq!(sent.hash("Inference.Requested", "model"), Some([7; 32]));
		assert_eq!(sent.number("Inference.Paid", "request"), None);
	}
}
