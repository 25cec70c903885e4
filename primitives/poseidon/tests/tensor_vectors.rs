//! `tests/vectors/tensor.json`: commitments of random tensors, for other implementations.

use std::{fmt::Write, path::Path};

use zkml_poseidon::Direct;
use zkml_primitives::{commit, Role, Scalar, Scales, TensorSpec, MAX_RANK};

/// Xorshift64: the vectors must come out the same everywhere.
struct Random(u64);

impl Random {
	fn next(&mut self) -> u64 {
		self.0 ^= self.0 << 13;
		self.0 ^= self.0 >> 7;
		self.0 ^= self.0 << 17;
		self.0
	}
}

fn hex(scalar: &Scalar) -> String {
	scalar.0.iter().fold("0x".to_owned(), |mut out, byte| {
		write!(out, "{byte:02x}").expect("a string takes all");
		out
	})
}

fn vectors() -> String {
	let mut random = Random(88_172_645_463_325_252);
	let lines: Vec<String> = (0..84)
		.map(|number| {
			let bits = 1 + random.next() % 32;
			let rank = random.next() % (u64::from(MAX_RANK) + 1);
			let dims: Vec<u32> = (0..rank).map(|_| 1 + (random.next() % if rank > 4 { 3 } else { 6 }) as u32).collect();
			let offset = 1i64 << (bits - 1);
			let spec = TensorSpec {
				dims: dims.clone().try_into().expect("no more than the rank may be"),
				bits: bits as u8,
				min: (-offset) as i32,
				max: (offset - 1) as i32,
				scales: Scales::ONE,
			};
			let values: Vec<i32> = (0..spec.len())
				.map(|_| ((random.next() >> 1) as i64 % (2 * offset) - offset) as i32)
				.collect();
			let role = [Role::Input, Role::Output, Role::Parameters][number % 3];
			let mut salt = Scalar::ZERO;
			if number % 2 == 0 {
				salt.0[1..].fill_with(|| random.next() as u8);
			}
			let commitment = hex(&commit::<Direct>(role, &spec, &values, salt));
			let (role, salt) = (role as u8, hex(&salt));
			format!(
				r#"{{"role":{role},"dims":{dims:?},"bits":{bits},"values":{values:?},"salt":"{salt}","commitment":"{commitment}"}}"#
			)
		})
		.collect();
	format!("[\n{}\n]\n", lines.join(",\n"))
}

/// The committed file is what this code computes. After a deliberate change of the format, write it
/// anew with `ZKML_WRITE_VECTORS=1 cargo test -p zkml-poseidon --test tensor_vectors`.
#[test]
fn the_committed_vectors_are_up_to_date() {
	let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors/tensor.json");
	let vectors = vectors();
	if std::env::var_os("ZKML_WRITE_VECTORS").is_some() {
		std::fs::write(&path, &vectors).expect("the folder of vectors can be written");
	}
	let committed = std::fs::read_to_string(&path).unwrap_or_default();
	assert!(committed == vectors, "tests/vectors/tensor.json differs from what the code computes");
}
