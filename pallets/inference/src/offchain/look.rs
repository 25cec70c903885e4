//! Which open requests the prover is to be given next.

use alloc::{collections::BTreeSet, vec::Vec};

use pallet_model_registry::ReadModels;
use sp_runtime::traits::UniqueSaturatedInto;
use zkml_primitives::{
	prover_api::{Offers, ProveJob},
	prover_policy::{may_begin, precedence, Candidates},
	Rank, RequestId, Visibility, Work,
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

/// What to prove for a request that may be taken on.
type Job<T> = ProveJob<<T as frame_system::Config>::AccountId>;

impl<T: Config> Worker<T> {
	/// The jobs to be handed in, at most so many.
	pub(super) fn wanted(&mut self, room: usize) -> Result<Vec<Job<T>>, http::Error> {
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
		for one in work.iter().filter(|work| work.output == Visibility::Public) {
			self.look(one.id(), &known, [some, walk], &mut found);
		}
		let place = |job: &Job<T>| precedence(job.worth, &job.deadline, self.now, job.request);
		let mut wanted = found.take(room, full, place);
		wanted.retain(|job| {
			// A version that was removed or replaced is proved in vain.
			let request = Requests::<T>::get(job.request);
			let good = request.is_some_and(|one| Pallet::<T>::version_asked(&one).is_ok());
			if !good {
				self.state.aside.put(job.request, self.now.block);
			}
			good
		});
		Ok(wanted)
	}

	/// Looks at the best of a queue each time, and goes through the rest of it little by little: if all the
	/// best are nothing for us, others must not wait for ever.
	fn look(
		&mut self,
		work: [u8; 32],
		known: &BTreeSet<RequestId>,
		[best, walk]: [usize; 2],
		found: &mut Candidates<Job<T>>,
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
		into: &mut Vec<Job<T>>,
	) -> Option<Rank> {
		let (least, slots) = (u128::from(state::min_price()), state::prover_slots());
		let (account, genesis) = (self.account.id(), T::Models::genesis());
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
			into.push(ProveJob::new(genesis, id, request, account.clone(), worth));
		}
		None
	}

	/// Says so when the newest request is for something that the prover lacks: whoever made it on this
	/// machine waits in vain. Others may have what it takes, so it is said once, and seldom.
	fn name_missing(&mut self, work: &[Work], folder: &str) {
		let Some(newest) = NextRequest::<T>::get().checked_sub(1) else { return };
		let Some(request) = Requests::<T>::get(newest) else { return };
		let (asked, now) = (request.work(), self.now.block);
		if work.contains(&asked) || asked.output != Visibility::Public {
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
		if work.iter().any(|one| model(one) == model(&asked)) {
			log::info!(
				target: LOG,
				"request {newest}: the prover has the model, but no opening of the private input. \
				 Whoever asks gives its file to a prover with --openings",
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
