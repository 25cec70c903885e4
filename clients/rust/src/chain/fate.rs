//! What became of a request: from the newest state, and where that has forgotten it, from the block in
//! which it closed.

use codec::Decode;
use zkml_primitives::{Action, ModelId, Record, Request, RequestId, StatementId};

use super::{
	client::{number, read_at, At, Chain},
	history::{happened, Happened},
	AccountId, Balance, ChainError,
};

/// What became of a request.
#[derive(Debug)]
pub enum Fate {
	/// Nobody made it.
	Unmade {
		/// The number of the next that is made.
		next: RequestId,
	},
	/// It waits for an answer.
	Open(Box<Request<AccountId, Balance>>),
	/// It was answered.
	Answered(StatementId, Box<Record<AccountId, Balance>>),
	/// Its price was returned.
	Refunded {
		/// In which block.
		block: u32,
		/// To whom.
		requester: AccountId,
		/// The price.
		price: Balance,
	},
	/// It was answered, and the record was removed since.
	Pruned {
		/// In which block it was answered.
		block: u32,
		/// By whom.
		prover: AccountId,
		/// The statement that was proved.
		statement: StatementId,
	},
	/// It closed, and this node has the states no more that would tell how.
	Untold,
}

/// How far a request was at some block.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Stage {
	Before,
	Open,
	Closed,
}

impl Chain {
	/// What became of a request.
	pub async fn fate(&self, request: RequestId) -> Result<Fate, ChainError> {
		let at = self.best().await?;
		if let Some((id, record)) = read_at(&at, "InferenceApi_result", &request).await? {
			return Ok(Fate::Answered(id, Box::new(record)));
		}
		if let Some(open) = read_at(&at, "InferenceApi_request", &request).await? {
			return Ok(Fate::Open(Box::new(open)));
		}
		let next = self.next_request(&at).await?;
		if request >= next {
			return Ok(Fate::Unmade { next });
		}
		let block = self.closed_in(request, number(at.block_number())).await;
		let events = match self.at(block).await {
			Ok(at) => happened(&at).await.unwrap_or_default(),
			Err(_) => Vec::new(),
		};
		let events: Vec<Happened> = events.into_iter().map(|(_, event)| event).collect();
		Ok(closing(&events, request, block))
	}

	/// The first block of which the node has the state and at whose end the request was closed, which it is
	/// at `last`.
	async fn closed_in(&self, request: RequestId, last: u32) -> u32 {
		let (mut before, mut closed) = (0, last);
		while closed - before > 1 {
			let middle = before + (closed - before) / 2;
			// A node throws away old states first, so that what is missing is before what is there.
			match self.stage(request, middle).await {
				Ok(Stage::Closed) => closed = middle,
				Ok(Stage::Before | Stage::Open) | Err(_) => before = middle,
			}
		}
		closed
	}

	async fn stage(&self, request: RequestId, block: u32) -> Result<Stage, ChainError> {
		let at = self.at(block).await?;
		let open: Option<Request<AccountId, Balance>> =
			read_at(&at, "InferenceApi_request", &request).await?;
		if open.is_some() {
			return Ok(Stage::Open);
		}
		match self.next_request(&at).await? > request {
			true => Ok(Stage::Closed),
			false => Ok(Stage::Before),
		}
	}

	/// The number of the next request.
	async fn next_request(&self, at: &At) -> Result<RequestId, ChainError> {
		let bytes = self.storage_at(at, "Inference", "NextRequest", vec![]).await?;
		let foreign =
			|_| ChainError::Foreign { what: "numbers of requests as this zkml reads them".into() };
		bytes.map_or(Ok(0), |bytes| RequestId::decode(&mut &bytes[..]).map_err(foreign))
	}
}

/// What the events of a block say of how a request closed.
fn closing(events: &[Happened], request: RequestId, block: u32) -> Fate {
	let mut answered = None;
	for Happened { title, fields } in events {
		let fields = &mut &fields[..];
		match title.as_str() {
			"Inference.Refunded" => {
				if let Ok((id, requester, price)) =
					<(RequestId, AccountId, Balance)>::decode(fields)
				{
					if id == request {
						return Fate::Refunded { block, requester, price };
					}
				}
			}
			"Inference.Verified" => {
				type Fields = (StatementId, ModelId, u32, Action, AccountId);
				if let Ok((statement, _, _, Action::Answer(id), prover)) = Fields::decode(fields) {
					if id == request {
						answered = Some((statement, prover));
					}
				}
			}
			_ => {}
		}
	}
	match answered {
		Some((statement, prover)) => Fate::Pruned { block, prover, statement },
		None => Fate::Untold,
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use codec::Encode;

	fn event(title: &str, fields: impl Encode) -> Happened {
		Happened { title: title.into(), fields: fields.encode() }
	}

	#[test]
	fn the_events_of_a_block_tell_how_a_request_closed() {
		let (who, other) = (AccountId::from([1; 32]), AccountId::from([2; 32]));
		let (id, model) = (StatementId([3; 32]), ModelId([4; 32]));
		let events = [
			event("Inference.Refunded", (5u64, other, 70u128)),
			event("Inference.Verified", (id, model, 1u32, Action::Submit(7), other, 0u8)),
			event("Inference.Verified", (id, model, 1u32, Action::Answer(7), who, 0u8)),
			event("Inference.Paid", (7u64, who, 8u128, other, 2u128)),
			event("Inference.Refunded", (8u64, who, 90u128)),
			event("Inference.Refunded", 9u8),
		];
		assert!(matches!(
			closing(&events, 8, 12),
			Fate::Refunded { block: 12, requester, price: 90 } if requester == who
		));
		assert!(matches!(
			closing(&events, 7, 12),
			Fate::Pruned { block: 12, prover, statement } if prover == who && statement == id
		));
		for request in [6, 9] {
			assert!(matches!(closing(&events, request, 12), Fate::Untold));
		}
	}
}
