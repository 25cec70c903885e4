//! `tests/vectors/statements.json`: statements of one to eight inputs and outputs, some public and some
//! not, with their public inputs under keys of each kind, for other implementations.

use std::{fmt::Write, path::Path};

use zkml_poseidon::Direct;
use zkml_primitives::{
	commit, digest, Action, CircuitHash, Context, ModelId, ParamsKind, Role, Scalar, Scales, Shown,
	Statement, Tensor, TensorSpec, Tensors, Visibility, G1, MAX_TENSORS,
};

/// Xorshift64: the vectors must come out the same everywhere.
struct Random(u64);

impl Random {
	fn below(&mut self, bound: u64) -> u64 {
		self.0 ^= self.0 << 13;
		self.0 ^= self.0 >> 7;
		self.0 ^= self.0 << 17;
		(self.0 >> 1) % bound
	}

	fn scalar(&mut self) -> Scalar {
		let mut bytes = [0; 32];
		bytes.fill_with(|| self.below(256) as u8);
		Scalar::from_hash(bytes)
	}
}

fn hex(bytes: &[u8]) -> String {
	bytes.iter().fold("0x".to_owned(), |mut out, byte| {
		write!(out, "{byte:02x}").expect("a string takes all");
		out
	})
}

fn strings<'a>(all: impl IntoIterator<Item = &'a [u8]>) -> String {
	let quoted: Vec<_> = all.into_iter().map(|bytes| format!("\"{}\"", hex(bytes))).collect();
	format!("[{}]", quoted.join(","))
}

fn scalars(all: &[Scalar]) -> String {
	strings(all.iter().map(|scalar| &scalar.0[..]))
}

/// A tensor, and its values if everybody sees them.
struct Drawn {
	spec: TensorSpec,
	values: Option<Vec<i32>>,
	digest: Scalar,
	json: String,
}

fn drawn(random: &mut Random, role: Role, rounds: usize) -> Drawn {
	let bits = 1 + random.below(32) as u8;
	let dims = vec![1 + random.below(9) as u32, 1 + random.below(9) as u32];
	let offset = 1i64 << (bits - 1);
	let spec = TensorSpec {
		dims: dims.clone().try_into().expect("two dimensions"),
		bits,
		min: (-offset) as i32,
		max: (offset - 1) as i32,
		scales: Scales::ONE,
	};
	let about = format!(r#"{{"dims":{dims:?},"bits":{bits},"#);
	if random.below(3) == 0 {
		let digest = random.scalar();
		let json = format!(r#"{about}"committed":"{}"}}"#, hex(&digest.0));
		return Drawn { spec, values: None, digest, json };
	}
	let mut value = || (random.below(2 * offset as u64) as i64 - offset) as i32;
	let values: Vec<i32> = (0..spec.len()).map(|_| value()).collect();
	let bytes = spec.encode_values(&values).expect("within the width");
	let digest = match rounds {
		0 => commit::<Direct>(role, &spec, &values, Scalar::ZERO),
		_ => digest(role, &spec, &bytes),
	};
	let json = format!(r#"{about}"public":"{}"}}"#, hex(&bytes));
	Drawn { spec, values: Some(values), digest, json }
}

fn seen(drawn: &[Drawn]) -> Tensors<Visibility> {
	let one = |drawn: &Drawn| match drawn.values {
		Some(_) => Visibility::Public,
		None => Visibility::Private,
	};
	Tensors::try_from(drawn.iter().map(one).collect::<Vec<_>>()).expect("eight at most")
}

fn tensors(drawn: &[Drawn]) -> Vec<Tensor<'_>> {
	let all = drawn.iter().map(|drawn| match &drawn.values {
		Some(values) => Tensor::Public(&drawn.spec, values),
		None => Tensor::Committed,
	});
	all.collect()
}

/// The statement of this number, with all that goes into it.
fn case(random: &mut Random, number: u64) -> String {
	let (kind, rounds, params_kind) = [
		("plain", 0, ParamsKind::Input),
		("rounds", 1, ParamsKind::Input),
		("rounds", 2, ParamsKind::Input),
		("committed", 1, ParamsKind::Point),
	][number as usize % 4];
	let mut some = |role, least: u64| {
		let count = least + random.below(u64::from(MAX_TENSORS) + 1 - least);
		(0..count).map(|_| drawn(random, role, rounds)).collect::<Vec<_>>()
	};
	// The first of a kind have one of each, or as many as there may be.
	let least = if number / 4 == 1 { u64::from(MAX_TENSORS) } else { 1 };
	let (mut inputs, mut outputs) = (some(Role::Input, least), some(Role::Output, least));
	if number / 4 == 0 {
		inputs.truncate(1);
		outputs.truncate(1);
	}
	let context = Context {
		genesis: random.scalar().0,
		action: Action::Submit(random.below(1 << 40)),
		model: ModelId(random.scalar().0),
		version: 1 + random.below(9) as u32,
		beneficiary: random.scalar().0,
		expiry: random.below(1 << 20) as u32,
		shown: Shown { inputs: seen(&inputs), outputs: seen(&outputs) },
	};
	let digests = |drawn: &[Drawn]| {
		let all: Vec<_> = drawn.iter().map(|drawn| drawn.digest).collect();
		Tensors::try_from(all).expect("eight at most")
	};
	let statement = Statement {
		circuit: CircuitHash(random.scalar().0),
		model: context.model,
		version: context.version,
		params: random.scalar(),
		inputs: digests(&inputs),
		outputs: digests(&outputs),
		ctx: context.digest(),
	};
	// Whether they are on the curve is nothing to a hash.
	let commitments: Vec<G1> = (0..rounds)
		.map(|_| G1([random.scalar().0, random.scalar().0].concat().try_into().expect("64 bytes")))
		.collect();
	let public = match rounds {
		0 => statement.public_inputs::<Direct>().to_vec(),
		_ => statement.round_inputs::<Direct>(
			params_kind,
			&tensors(&inputs),
			&tensors(&outputs),
			&commitments,
		),
	};
	let Action::Submit(nonce) = context.action else { unreachable!("made as one") };
	let action = [&[3][..], &nonce.to_le_bytes()].concat();
	let list = |drawn: &[Drawn]| {
		let all: Vec<_> = drawn.iter().map(|drawn| drawn.json.as_str()).collect();
		format!("[{}]", all.join(","))
	};
	let fields = [
		("genesis", hex(&context.genesis)),
		("action", hex(&action)),
		("model", hex(&context.model.0)),
		("beneficiary", hex(&context.beneficiary)),
		("circuit", hex(&statement.circuit.0)),
		("params", hex(&statement.params.0)),
		("ctx", hex(&statement.ctx.0)),
		("statement", hex(&statement.id().0)),
	]
	.map(|(name, value)| format!(r#""{name}":"{value}""#));
	format!(
		r#"{{"kind":"{kind}","version":{},"expiry":{},{},"inputs":{},"outputs":{},"inputDigests":{},"outputDigests":{},"commitments":{},"publicInputs":{}}}"#,
		context.version,
		context.expiry,
		fields.join(","),
		list(&inputs),
		list(&outputs),
		scalars(&statement.inputs),
		scalars(&statement.outputs),
		strings(commitments.iter().map(|G1(point)| &point[..])),
		scalars(&public),
	)
}

fn vectors() -> String {
	let mut random = Random(88_172_645_463_325_252);
	let lines: Vec<_> = (0..24).map(|number| case(&mut random, number)).collect();
	format!("[\n{}\n]\n", lines.join(",\n"))
}

/// The committed file is what this code computes. After a deliberate change of the format, write it
/// anew with `ZKML_WRITE_VECTORS=1 cargo test -p zkml-poseidon --test statement_vectors`.
#[test]
fn the_committed_vectors_are_up_to_date() {
	let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors/statements.json");
	let vectors = vectors();
	if std::env::var_os("ZKML_WRITE_VECTORS").is_some() {
		std::fs::write(&path, &vectors).expect("the folder of vectors can be written");
	}
	let committed = std::fs::read_to_string(&path).unwrap_or_default();
	assert!(
		committed == vectors,
		"tests/vectors/statements.json differs from what the code computes"
	);
}

/// The same tensor is in `tests/js/statement.test.mjs`.
#[test]
fn a_tensor_of_full_size_has_its_digest() {
	let dims = vec![256, 1024].try_into().expect("two dimensions");
	let spec = TensorSpec { dims, bits: 8, min: -128, max: 127, scales: Scales::ONE };
	let digest = digest(Role::Input, &spec, &[128; 256 * 1024]);
	assert_eq!(
		hex(&digest.0),
		"0x00e51a77495a0f1453c42a052ae2c49f65c28e16582cb5f9d656ef67a5815bba"
	);
}
