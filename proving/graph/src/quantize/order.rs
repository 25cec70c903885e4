//! The largest of several in the walk.

use super::walk::{Value, Walk};
use crate::{
	error::CompileError,
	graph::{Op, Sum},
	import::TopK,
};

impl Walk<'_> {
	/// The largest of each group, or their places, by keys that are all different: an element times the size
	/// of a group, and as much more as there are elements behind it. So of equal ones the first is first. What is
	/// sorted serves elements and places.
	pub(super) fn top(
		&mut self,
		name: &str,
		input: usize,
		top: TopK,
	) -> Result<Value, CompileError> {
		let TopK { size, count, places } = top;
		let parts = match self.ordered.get(&(input, size)) {
			Some(parts) => parts.clone(),
			None => {
				let made = self.ordered_by_keys(name, input, size)?;
				self.ordered.insert((input, size), made.clone());
				made
			}
		};
		let all = self.float.len(input);
		let kept = (0..all).filter(|i| i % size < count).map(|i| match places {
			false => i as u32,
			true => (all + i) as u32,
		});
		let picks = Op::Gather(kept.collect());
		let id = self.emit(name, vec![parts.id], picks, None)?;
		if !places {
			return Ok(Value { id, ..parts });
		}
		let place = Sum { factors: vec![-1], offset: vec![size as i64 - 1] };
		Ok(Value::settled(self.emit(name, vec![id], Op::Sum(place), None)?, 1.0))
	}

	/// The elements of each group in order, and how many stood behind each.
	fn ordered_by_keys(
		&mut self,
		name: &str,
		input: usize,
		size: usize,
	) -> Result<Value, CompileError> {
		let (id, scale) = self.uniform(input)?;
		let all = self.float.len(input);
		let behind = (0..all).map(|i| (size - 1 - i % size) as i64).collect();
		let keys = Sum { factors: vec![size as i32], offset: behind };
		let keys = self.emit(name, vec![id], Op::Sum(keys), None)?;
		let sorted = self.emit(name, vec![keys], Op::Sort(size as u32), None)?;
		let id = self.emit(name, vec![sorted], Op::Split(size as u32), None)?;
		Ok(Value::settled(id, scale))
	}
}
