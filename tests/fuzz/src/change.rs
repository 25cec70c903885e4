//! Changes to bytes.

use proptest::prelude::*;

/// A change; places and lengths are taken modulo what there is.
#[derive(Clone, Debug)]
pub enum Change {
	/// Flips a bit.
	Flip(usize, u8),
	/// Writes a number of so many bytes over what is there: little-endian, or the other way round.
	Number(usize, u64, usize, bool),
	/// Writes a protobuf number over what is there.
	Varint(usize, u64),
	/// Drops all behind a place.
	Cut(usize),
	/// Puts bytes in.
	Insert(usize, Vec<u8>),
	/// Takes bytes out.
	Remove(usize, usize),
	/// Repeats a piece.
	Double(usize, usize),
	/// Exchanges two pieces.
	Swap(usize, usize, usize),
	/// Writes a piece of another input over what is there, or puts it in.
	Splice(usize, usize, usize, bool),
}

/// Numbers at the ends of what can be written.
fn extremes() -> impl Strategy<Value = u64> {
	let ends = [0, 1, 2, 0x7f, 0x80, 0xff, 0x7fff, 0xffff, 1 << 24, 1 << 30];
	let high = [0x7fff_ffff, 0x8000_0000, 0xffff_fffe, 0xffff_ffff, 1 << 32, 1 << 62];
	let top = [i64::MAX as u64, i64::MIN as u64, u64::MAX - 1, u64::MAX];
	prop_oneof![
		4 => prop::sample::select([&ends[..], &high, &top].concat()),
		1 => any::<u64>(),
		1 => 0..4096u64,
	]
}

impl Arbitrary for Change {
	type Parameters = ();
	type Strategy = BoxedStrategy<Self>;

	fn arbitrary_with((): ()) -> Self::Strategy {
		// Files have their counts and shapes in front.
		let place = || prop_oneof![1 => 0..256usize, 2 => any::<usize>()];
		let length = || prop_oneof![4 => 1..70usize, 1 => 1..2048usize];
		let width = prop::sample::select(vec![1usize, 2, 4, 8]);
		prop_oneof![
			3 => (place(), 0..8u8).prop_map(|(at, bit)| Self::Flip(at, bit)),
			4 => (place(), extremes(), width, any::<bool>())
				.prop_map(|(at, number, width, big)| Self::Number(at, number, width, big)),
			2 => (place(), extremes()).prop_map(|(at, number)| Self::Varint(at, number)),
			1 => place().prop_map(Self::Cut),
			1 => (place(), prop::collection::vec(any::<u8>(), 1..12))
				.prop_map(|(at, bytes)| Self::Insert(at, bytes)),
			1 => (place(), length()).prop_map(|(at, length)| Self::Remove(at, length)),
			1 => (place(), length()).prop_map(|(at, length)| Self::Double(at, length)),
			1 => (place(), place(), length())
				.prop_map(|(from, to, length)| Self::Swap(from, to, length)),
			2 => (place(), place(), length(), any::<bool>())
				.prop_map(|(from, to, length, over)| Self::Splice(from, to, length, over)),
		]
		.boxed()
	}
}

/// A piece of so many bytes at a place, or of what there is.
fn piece(bytes: &[u8], at: usize, length: usize) -> std::ops::Range<usize> {
	let start = at % bytes.len().max(1);
	start..start.saturating_add(length).min(bytes.len())
}

fn overwrite(bytes: &mut [u8], at: usize, with: &[u8]) {
	let place = piece(bytes, at, with.len());
	let length = place.len();
	bytes[place].copy_from_slice(&with[..length]);
}

fn varint(mut number: u64) -> Vec<u8> {
	let mut bytes = Vec::new();
	while number > 0x7f {
		bytes.push(number as u8 | 0x80);
		number >>= 7;
	}
	bytes.push(number as u8);
	bytes
}

/// Good bytes after some changes; `other` is another good input.
pub fn changed(good: &[u8], other: &[u8], changes: &[Change]) -> Vec<u8> {
	let mut bytes = good.to_vec();
	for change in changes {
		apply(&mut bytes, other, change);
	}
	bytes
}

fn apply(bytes: &mut Vec<u8>, other: &[u8], change: &Change) {
	match change {
		Change::Flip(at, bit) => {
			let at = piece(bytes, *at, 1);
			bytes[at].iter_mut().for_each(|byte| *byte ^= 1 << bit);
		}
		Change::Number(at, number, width, big) => {
			let mut written = number.to_le_bytes()[..*width].to_vec();
			if *big {
				written.reverse();
			}
			overwrite(bytes, *at, &written);
		}
		Change::Varint(at, number) => overwrite(bytes, *at, &varint(*number)),
		Change::Cut(at) => bytes.truncate(piece(bytes, *at, 0).start),
		Change::Insert(at, new) => {
			let at = piece(bytes, *at, 0);
			bytes.splice(at, new.iter().copied());
		}
		Change::Remove(at, length) => {
			bytes.drain(piece(bytes, *at, *length));
		}
		Change::Double(at, length) => {
			let place = piece(bytes, *at, *length);
			let again = bytes[place.clone()].to_vec();
			bytes.splice(place.end..place.end, again);
		}
		Change::Swap(from, to, length) => {
			let (from, to) = (piece(bytes, *from, *length), piece(bytes, *to, *length));
			for (from, to) in from.zip(to) {
				bytes.swap(from, to);
			}
		}
		Change::Splice(from, to, length, over) => {
			let from = other[piece(other, *from, *length)].to_vec();
			if *over {
				overwrite(bytes, *to, &from);
			} else {
				let to = piece(bytes, *to, 0);
				bytes.splice(to, from);
			}
		}
	}
}
