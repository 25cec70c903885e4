//! Elements that share a constant, together.

use super::{
	compose::{Compose, Made},
	Variable,
};

/// Most different constants: each is an operation of its own.
const MOST: usize = 64;

/// What `make` gives for the elements of each constant, with that constant, where they were. `each` has one
/// constant for every element; `what` names them in messages.
pub fn grouped(
	compose: &mut Compose,
	x: &Variable,
	each: &[f32],
	what: &str,
	make: impl Fn(&mut Compose, &Variable, f32) -> Made,
) -> Made {
	let mut different = each.to_vec();
	different.sort_by(f32::total_cmp);
	different.dedup_by(|a, b| a.total_cmp(b).is_eq());
	if different.len() > MOST {
		let expected = format!("at most {MOST} different {what}");
		return Err(compose.node.error(expected, different.len().to_string()));
	}
	if let [only] = different.as_slice() {
		return make(compose, x, *only);
	}
	let (mut parts, mut back, mut taken) = (Vec::new(), vec![0; x.len()], 0);
	for constant in different {
		let places: Vec<_> =
			(0..x.len()).filter(|i| each[*i].total_cmp(&constant).is_eq()).collect();
		for place in &places {
			back[*place] = taken;
			taken += 1;
		}
		let len = places.len();
		let part = compose.picked(x, places, vec![len])?;
		parts.push(make(compose, &part, constant)?);
	}
	let all = compose.joined(&parts, 0)?;
	compose.picked(&all, back, x.dims.clone())
}
