//! Which open requests the prover is to be given next.

use alloc::{collections::BTreeSet, vec::Vec};

use codec::Encode;
use sp_runtime::traits::UniqueSaturatedInto;
use zkml_primitives::{
	prover_api::{Offers, ProveJob, MAX_BODY},
	prover_policy::{may_begin, precedence, Candidates},
	public_len, Deadline, Rank, RequestId, Work,
};

use super::{http, plain, show, state, Worker, LOG};
use crate::{Config, NextRequest, Pallet, Queue, Requests};

/// Requests looked at in one run, beside those that are in hand or set aside.
const LOOKS: usize = 1_024;
/// The fewest of them for one kind of work.
const LOOKS_EACH: usize = 8;
/// The fewest at the head of a queue, and on the way through it, if it is the only one: some may be past
/// their deadline, or have their turn later.
const FEWEST: usize = 64;
/// Queues whose place is remembered, the oldest making way for a further one.
const PLACES: usize = 64;
/// Blocks between two words about work that the prover cannot do.
const QUIET: u32 = 10;
/// Blocks between two words about the same work.
const QUIET_ABOUT_IT: u32 = 600;

/// Most public bytes of inputs of the jobs in hand: each run looks whether their requests are open still.
const MOST_IN_HAND: u32 = 8 << 20;

/// An open request that may be taken on. Its inputs are read when it is.
struct OpenRequest {
	request: RequestId,
	worth: u128,
	deadline: Deadline,
}

/// What to prove for a request that is taken on.
type Job<T> = ProveJob<<T as frame_system::Config>::AccountId>;

impl<T: Config> Worker<T> {
	/// The jobs to be handed in, at most so many, and no more than one call takes. The public inputs of
	/// those in hand have so many bytes.
	pub(super) fn wanted(&mut self, room: usize, held: u32) -> Result<Vec<Job<T>>, http::Error> {
		let Offers { work, more, folder } = self.prover.offers(self.state.page)?;
		if self.state.page == 0 && !more {
			self.name_missing(&work, &folder);
		}
		self.state.page = if more { self.state.page.saturating_add(1) } else { 0 };
		let mut known = self.state.aside.at(self.now.block);
		known.extend(self.state.jobs.iter().map(|(request, _)| *request));
		let each = LOOKS.checked_div(work.len()).unwrap_or(LOOKS).max(LOOKS_EACH);
		let full = self.state.aside.is_full();
		// No more of what comes next than is soon tried: see `Candidates::take`.
		let some = (each / 2).min(room.saturating_mul(2).max(FEWEST));
		let walk = if full { (room / 2 / work.len().max(1)).max(1) } else { some };
		let mut found = Candidates::default();
		for one in &work {
			self.look(one.id(), &known, [some, walk], &mut found);
		}
		let place = |one: &OpenRequest| precedence(one.worth, &one.deadline, self.now, one.request);
		let mut wanted = Vec::new();
		// Of all inputs in hand; and of the call, which begins with the number of jobs.
		let (mut bytes, mut body) = (held, 4usize);
		for OpenRequest { request, .. } in found.take(room, full, place) {
			// A version that was removed or replaced is proved in vain.
			let stored = Requests::<T>::get(request);
			let good = stored.is_some_and(|one| Pallet::<T>::version_asked(&one).is_ok());
			let Some(job) = good.then(|| Pallet::<T>::job(request, self.account.id())).flatten()
			else {
				self.state.aside.put(request, self.now.block);
				continue;
			};
			bytes = bytes.saturating_add(public_len(&job.inputs));
			body = body.saturating_add(job.encoded_size());
			if bytes > MOST_IN_HAND || body > MAX_BODY {
				break;
			}
			wanted.push(job);
		}
		Ok(wanted)
	}

	/// Looks at the best of a queue each time, and goes through the rest of it little by little: if all the
	/// best are nothing for us, others must not wait for ever.
	fn look(
		&mut self,
		work: [u8; 32],
		known: &BTreeSet<RequestId>,
		[best, walk]: [usize; 2],
		found: &mut Candidates<OpenRequest>,
	) {
		let Some(end) = self.look_from(work, None, known, best, &mut found.best) else { return };
		let places = &mut self.state.places;
		let place = places.iter().position(|(one, _)| *one == work).map(|at| places.remove(at).1);
		let start = place.map_or(end, |place| place.max(end));
		if let Some(place) = self.look_from(work, Some(start), known, walk, &mut found.next) {
			let places = &mut self.state.places;
			if places.len() >= PLACES {
				places.remove(0);
			}
			places.push((work, place));
		}
	}

	/// Looks at a part of a queue; where that ends, if there is more.
	fn look_from(
		&self,
		work: [u8; 32],
		start: Option<Rank>,
		known: &BTreeSet<RequestId>,
		mut looks: usize,
		into: &mut Vec<OpenRequest>,
	) -> Option<Rank> {
		let (least, slots) = (u128::from(state::min_price()), state::prover_slots());
		let account = self.account.id();
		let ranks = match start {
			Some(rank) => {
				Queue::<T>::iter_key_prefix_from(work, Queue::<T>::hashed_key_for(work, rank))
			}
			None => Queue::<T>::iter_key_prefix(work),
		};
		let mut last = start;
		for rank in ranks {
			let id = rank.request();
			if known.contains(&id) {
				last = Some(rank);
				continue;
			}
			if looks == 0 {
				return last;
			}
			looks -= 1;
			last = Some(rank);
			let Some(request) = Requests::<T>::get(id) else { continue };
			let worth: u128 = Pallet::<T>::worth(&request).unique_saturated_into();
			if worth < least {
				// All that follow are worth less than twice as much.
				if worth.saturating_mul(2) <= least {
					return None;
				}
				continue;
			}
			let (opened, deadline) = (request.opened.block, &request.deadline);
			if !may_begin(id, opened, deadline, &account, slots, self.now) {
				continue;
			}
			into.push(OpenRequest { request: id, worth, deadline: request.deadline });
		}
		None
	}

	/// Says so when the newest request is for something that the prover lacks: whoever made it on this
	/// machine waits in vain. Others may have what it takes, so it is said once, and seldom.
	fn name_missing(&mut self, work: &[Work], folder: &str) {
		let Some(newest) = NextRequest::<T>::get().checked_sub(1) else { return };
		let Some(request) = Requests::<T>::get(newest) else { return };
		let (asked, now) = (request.work(), self.now.block);
		if work.contains(&asked) {
			return;
		}
		if let Some((before, block)) = self.state.missing {
			let quiet = if before == asked.id() { QUIET_ABOUT_IT } else { QUIET };
			if now.abs_diff(block) < quiet {
				return;
			}
		}
		self.state.missing = Some((asked.id(), now));
		let model = |work: &Work| (work.circuit, work.params);
		let mut ours = work.iter().filter(|one| model(one) == model(&asked)).peekable();
		if ours.peek().is_some() {
			if ours.any(|one| one.openings == asked.openings) {
				log::info!(
					target: LOG,
					"request {newest}: the prover has the model, but keeps no openings of the outputs that \
					 are to be hidden. To answer it, start the node with --prover-keep DIR, or the prover \
					 that it was told of, zkml serve, with --keep DIR",
				);
				return;
			}
			let more = match asked.hides_outputs && !work.iter().any(|one| one.hides_outputs) {
				true => "; an output is to be hidden as well: --prover-keep DIR, or --keep DIR",
				false => "",
			};
			log::info!(
				target: LOG,
				"request {newest}: the prover has the model, but not all openings of the private \
				 inputs. Whoever asks gives their files to a prover, which is started with \
				 --prover-openings DIR by the node, or by itself with --openings DIR{more}",
			);
			return;
		}
		log::info!(
			target: LOG,
			"request {newest}: the prover lacks the model, circuit {} with parameters {}. To answer \
			 it, put a folder with its model.zkml and proving.key into {}",
			show(&asked.circuit),
			show(&asked.params),
			plain(folder),
		);
	}
}
