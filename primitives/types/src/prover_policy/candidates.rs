//! Which requests are taken on next.

use alloc::vec::Vec;

/// Requests that a prover could take on: the best of each queue, and those that come next on the way
/// through the long ones.
#[derive(Clone, Debug)]
pub struct Candidates<Job> {
	/// From the heads of the queues.
	pub best: Vec<Job>,
	/// From where the last look at each queue ended.
	pub next: Vec<Job>,
}

impl<Job> Default for Candidates<Job> {
	fn default() -> Self {
		Self { best: Vec::new(), next: Vec::new() }
	}
}

impl<Job> Candidates<Job> {
	/// Takes at most so many out, what comes first by `place` first.
	///
	/// When so much failed that not all of it [is remembered](super::Aside::is_full), half of the room is
	/// for what comes next on the way, whatever it pays: it would never have its turn behind what fails
	/// again and again.
	pub fn take<Place: Ord>(
		&mut self,
		room: usize,
		forgetful: bool,
		place: impl Fn(&Job) -> Place,
	) -> Vec<Job> {
		if !forgetful {
			self.best.append(&mut self.next);
		}
		self.best.sort_by_key(&place);
		let next = self.next.len().min(room.div_ceil(2));
		let best = self.best.len().min(room - next);
		let mut taken: Vec<Job> = self.best.drain(..best).collect();
		taken.extend(self.next.drain(..next));
		taken
	}
}
