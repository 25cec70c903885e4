//! Which open requests are wanted: looks at the queues of what we can do, and at nothing else.
//!
//! A look costs the same however many requests are open: so many kinds of work, so many pages of each.

use std::collections::BTreeSet;

use codec::Encode;
use zkml_client::{
	chain::{At, Balance, Chain, ChainError, Listed},
	hex, parse,
};
use zkml_primitives::{
	blake2_256,
	prover_api::{ProveJob, MOST_JOBS},
	prover_policy::{ahead, may_begin, Candidates},
	visibilities, Rank, RequestId, Work, MAX_PAGE,
};

use super::round::{Held, Miner, SPAN};
use crate::output;

/// Most kinds of work in one look; the others have their turn in the next ones.
const KINDS: usize = 64;
/// Most requests that are wanted of one kind, beyond those in hand.
const ENOUGH: usize = MOST_JOBS;

/// A part of a queue.
struct Part {
	/// What is wanted of it.
	wanted: Vec<Held>,
	/// Those seen, wanted or not.
	seen: BTreeSet<RequestId>,
	/// Where it ends, if there is more.
	end: Option<Rank>,
}

impl Miner<'_> {
	/// Finds out what is wanted, and which of what is in hand is wanted no more.
	pub(super) async fn look_at_queues(
		&mut self,
		chain: &Chain,
		at: &At,
	) -> Result<(), ChainError> {
		// Not waited for: a large model takes long to load.
		let service = self.queue.service().clone();
		tokio::task::spawn_blocking(move || service.look());
		let work = self.queue.service().work();
		self.name_missing(chain, &work).await?;
		let known = self.aside.at(self.best.1.block);
		self.wanted = Candidates::default();
		let start = if self.turn < work.len() { self.turn } else { 0 };
		self.turn = start + KINDS;
		let some = work.iter().cycle().skip(start).take(KINDS.min(work.len()));
		for one in some {
			self.look_at(chain, at, one, &known).await?;
		}
		Ok(())
	}

	/// Looks at the best of a queue each time, and goes through the rest of it little by little: if all the
	/// best are nothing for us, others must not wait for ever.
	async fn look_at(
		&mut self,
		chain: &Chain,
		at: &At,
		work: &Work,
		known: &BTreeSet<RequestId>,
	) -> Result<(), ChainError> {
		let id = work.id();
		// Those in hand or set aside are there as well.
		let pages = (self.jobs.len() + known.len()) / MAX_PAGE as usize + 2;
		let front = self.part(chain, at, work, known, (None, pages, MAX_PAGE)).await?;
		let gone = self.jobs.iter().filter(|(request, held)| {
			let looked_at = held.place.0 == id && front.end.is_none_or(|end| held.place.1 <= end);
			looked_at && !front.seen.contains(*request)
		});
		let gone: Vec<_> = gone.map(|(request, held)| (*request, held.id)).collect();
		gone.iter().for_each(|(request, _)| drop(self.jobs.remove(request)));
		self.queue.forget(gone.into_iter().map(|(_, id)| id));
		self.wanted.best.extend(front.wanted);
		let place = self.places.remove(&id);
		if let Some(end) = front.end {
			let start = place.map_or(end, |place| place.max(end));
			// No more than are soon tried, if each is to be tried.
			let soon = ahead(SPAN, self.prove_ms, MAX_PAGE as usize) as u32;
			let limit = if self.aside.is_full() { soon / 2 } else { MAX_PAGE };
			let part = self.part(chain, at, work, known, (Some(start), 1, limit)).await?;
			self.places.extend(part.end.map(|end| (id, end)));
			self.wanted.next.extend(part.wanted);
		}
		Ok(())
	}

	/// Up to so many pages of so many requests of a queue, from a place on.
	async fn part(
		&mut self,
		chain: &Chain,
		at: &At,
		work: &Work,
		known: &BTreeSet<RequestId>,
		(start, pages, limit): (Option<Rank>, usize, u32),
	) -> Result<Part, ChainError> {
		let queue = work.id();
		let mut part = Part { wanted: Vec::new(), seen: BTreeSet::new(), end: start };
		for _ in 0..pages {
			let page = chain.queue(at, work, part.end, limit).await?;
			let whole = page.len() < limit as usize;
			for (rank, request, open) in page {
				// The node is not believed: what it says must be what we would prove.
				if open.work() != *work || rank.request() != request {
					let what = "queues that hold what they should".into();
					return Err(ChainError::Foreign { what });
				}
				part.end = Some(rank);
				part.seen.insert(request);
				let (opened, worth) = (open.opened.block, worth(&open));
				let asked = blake2_256(&open.encode());
				if let Some(held) = self.jobs.get(&request) {
					if held.asked == asked {
						continue;
					}
					// After a fork there is another request of this number.
					self.queue.forget([held.id]);
					self.jobs.remove(&request);
				}
				let now = self.best.1;
				let (deadline, account) = (&open.deadline, &self.account);
				let wanted = worth >= self.least
					&& may_begin(request, opened, deadline, account, self.provers, now)
					&& !known.contains(&request);
				if !wanted {
					continue;
				}
				let Some(whole) = chain.request_at(at, request).await? else { continue };
				if whole.clone().with_inputs(visibilities(&whole.inputs)) != open {
					let what = "requests that are what they are listed as".into();
					return Err(ChainError::Foreign { what });
				}
				let job = ProveJob::new(self.genesis, request, whole, self.account, worth);
				let id = job.id();
				part.wanted.push(Held { job, id, asked, place: (queue, rank) });
			}
			if whole {
				part.end = None;
				break;
			}
			if part.wanted.len() >= ENOUGH {
				break;
			}
		}
		Ok(part)
	}

	/// Says so when the newest request is for a model that is not among ours, or hides an output and we keep
	/// no openings, once for each.
	async fn name_missing(&mut self, chain: &Chain, ours: &[Work]) -> Result<(), ChainError> {
		let Some((newest, request)) = chain.newest().await? else { return Ok(()) };
		let asked = request.work();
		let same = |one: &Work| (one.circuit, one.params) == (asked.circuit, asked.params);
		let known = ours.iter().any(same);
		let kept = !asked.hides_outputs || self.queue.service().kept.keeps();
		if (known && kept) || self.missing.replace(asked.id()) == Some(asked.id()) {
			return Ok(());
		}
		if known {
			let opened = |one: &Work| same(one) && one.openings == asked.openings;
			let also = match ours.iter().any(opened) {
				true => "",
				false => "; and a folder with what opens its private inputs (--openings DIR)",
			};
			output::warn(format_args!(
				"request {newest}: an output is to be hidden: to answer it, name a folder for what opens \
				 it, which you owe the requester (--keep DIR){also}"
			));
			return Ok(());
		}
		output::warn(format_args!(
			"request {newest}: version {} of model {} is not among ours, {} are: to answer it, put a folder \
			 with its model.zkml and proving.key into {}",
			request.version,
			hex::show(&request.model.0),
			self.queue.service().library.list().len(),
			self.queue.service().library.folder(),
		));
		Ok(())
	}
}

/// What an answer is worth to the prover.
fn worth(request: &Listed) -> Balance {
	parse::remainder(request.owner_share, request.price)
}
