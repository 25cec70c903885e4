//! The queries of a key: in memory, or still in its file.
//!
//! Whoever makes one proof after another has all of a key in memory. A proof that is made once, as that of a
//! version's ranges, needs one query after another, so each is read when it is summed ([`crate::in_turn`]).

use std::{
	borrow::Cow,
	marker::PhantomData,
	ops::Range,
	sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use ark_bn254::{G1Affine, G2Affine};
use ark_serialize::CanonicalDeserialize;

use crate::{
	files::{self, FileError, Open},
	keys::{take, ProvingKey, Round},
};

/// The points of a query, wherever they are.
pub trait Query<P: Clone> {
	/// How many there are.
	fn count(&self) -> usize;

	/// Some of them, which are there.
	///
	/// # Errors
	///
	/// If they are in a file that cannot be read, or that was changed since it was checked.
	fn points(&self, range: Range<usize>) -> Result<Cow<'_, [P]>, FileError>;

	/// All of them.
	///
	/// # Errors
	///
	/// Those of [`Self::points`].
	fn all(&self) -> Result<Cow<'_, [P]>, FileError> {
		self.points(0..self.count())
	}
}

/// A key whose queries are in memory or in a file.
pub type KeyInParts = ProvingKey<Points<G1Affine>, Points<G2Affine>>;

/// The points of a query, here or there.
#[derive(Clone, Debug)]
pub enum Points<P> {
	/// In memory.
	Here(Vec<P>),
	/// In a file, from which they are read each time they are asked for.
	InFile(Part<P>),
}

/// A part of a file that was checked.
#[derive(Clone, Debug)]
pub struct Part<P> {
	from: Arc<Mutex<Open>>,
	/// Bytes from where it begins to the end of the file.
	left: u64,
	/// How many points there are.
	count: usize,
	/// Bytes of a point.
	size: usize,
	of: PhantomData<P>,
}

impl<P: CanonicalDeserialize + Send> Part<P> {
	/// The next so many points of a file, which are passed over; nothing if there are fewer. `shared` is the
	/// same file.
	pub(crate) fn pass(
		from: &mut Open,
		shared: &Arc<Mutex<Open>>,
		count: usize,
		size: usize,
	) -> Option<Self> {
		let left = from.left();
		from.pass(count.checked_mul(size)? as u64)?;
		Some(Self { from: shared.clone(), left, count, size, of: PhantomData })
	}

	fn read(&self, range: Range<usize>) -> Result<Vec<P>, FileError> {
		let mut from = lock(&self.from);
		let path = from.path.clone();
		let failed = |error| FileError::Io { path: path.clone(), action: "read", error };
		from.go_to(self.left - (range.start * self.size) as u64).map_err(failed)?;
		take(&mut from, range.len(), self.size)
			.ok_or_else(|| files::content(&path, "points", "what cannot be read as such"))
	}
}

/// A file that others may be reading. What one who panicked left behind is no matter: everybody goes first to
/// where they want to read.
pub(crate) fn lock(from: &Mutex<Open>) -> MutexGuard<'_, Open> {
	from.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<P: Clone> Query<P> for Vec<P> {
	fn count(&self) -> usize {
		self.len()
	}

	fn points(&self, range: Range<usize>) -> Result<Cow<'_, [P]>, FileError> {
		Ok(Cow::Borrowed(&self[range]))
	}
}

impl<P: CanonicalDeserialize + Clone + Send> Query<P> for Points<P> {
	fn count(&self) -> usize {
		match self {
			Self::Here(points) => points.len(),
			Self::InFile(part) => part.count,
		}
	}

	fn points(&self, range: Range<usize>) -> Result<Cow<'_, [P]>, FileError> {
		match self {
			Self::Here(points) => points.points(range),
			Self::InFile(part) => part.read(range).map(Cow::Owned),
		}
	}
}

impl From<ProvingKey> for KeyInParts {
	fn from(key: ProvingKey) -> Self {
		let ProvingKey { verifying, beta_g1, delta_g1, committed, rounds, a, b_g1, b_g2, h, last } =
			key;
		let round = |Round { delta_g1, query }| Round { delta_g1, query: Points::Here(query) };
		Self {
			verifying,
			beta_g1,
			delta_g1,
			committed,
			rounds: rounds.into_iter().map(round).collect(),
			a: Points::Here(a),
			b_g1: Points::Here(b_g1),
			b_g2: Points::Here(b_g2),
			h: Points::Here(h),
			last: Points::Here(last),
		}
	}
}
