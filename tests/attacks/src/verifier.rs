//! Attacks on whatever checks a single proof.

use zkml_primitives::{
	Action, CircuitKey, CommittedKey, Context, ModelId, ProgramKey, Proof, RangeProof, RoundsKey,
	Scalar, Scales, Shown, Statement, Tensor, TensorSpec, Tensors, VerifyingKey, Visibility, G1,
	G2, MAX_PROGRAM_INPUTS, MAX_ROUNDS,
};
use zkml_trapdoor::{rerandomise, Trapdoor};

use crate::{
	committed,
	hostile::{negated, plus, spoilt},
};

/// Something that examines keys and checks proofs. Errors are names, to be compared between back
/// ends; a panic fails the test.
pub trait Backend {
	/// Examines a key.
	fn prepare(&mut self, key: &CircuitKey) -> Result<(), String>;
	/// Checks a proof under a key that was examined, for parameters that are this point if they are one.
	fn verify(
		&mut self,
		key: &CircuitKey,
		params: Option<&G1>,
		inputs: &[Scalar],
		proof: &Proof,
	) -> Result<(), String>;
	/// Checks that parameters are in range.
	fn verify_range(
		&mut self,
		key: &CircuitKey,
		params: &G1,
		range: &RangeProof,
	) -> Result<(), String>;
}

/// A context like a registered model's, to be varied.
pub fn context() -> Context<[u8; 32]> {
	Context {
		genesis: [7; 32],
		action: Action::Submit(1),
		model: ModelId([3; 32]),
		version: 1,
		beneficiary: [1; 32],
		expiry: 100,
		shown: shown(),
	}
}

/// The visibilities in it: of three inputs one is private, and of two outputs one is hidden.
fn shown() -> Shown {
	use Visibility::{Private, Public};
	Shown {
		inputs: vec![Public, Private, Public].try_into().expect("three"),
		outputs: vec![Public, Private].try_into().expect("two"),
	}
}

/// A statement in that context.
pub fn statement(trapdoor: &Trapdoor, context: &Context<[u8; 32]>) -> Statement {
	Statement {
		circuit: trapdoor.circuit().hash(),
		model: context.model,
		version: context.version,
		params: Scalar::from_hash([0xa1; 32]),
		inputs: digests([0xa2, 0xa3, 0xa4]),
		outputs: digests([0xa5, 0xa6]),
		ctx: context.digest(),
	}
}

fn digests<const N: usize>(bytes: [u8; N]) -> Tensors<Scalar> {
	let all = bytes.map(|byte| Scalar::from_hash([byte; 32]));
	all.to_vec().try_into().expect("no more than a model may have")
}

/// The randomness of the proofs.
pub(crate) const RANDOMNESS: u64 = 5;

/// The tensors of the statement: the public ones are of two bytes, whose digests need not be theirs to
/// whoever checks public inputs.
fn tensors(specs: &[TensorSpec; 2]) -> [Vec<Tensor<'_>>; 2] {
	let clear = |index: usize| Tensor::Public(&specs[index], &[5, -7]);
	[vec![clear(0), Tensor::Committed, clear(1)], vec![clear(1), Tensor::Committed]]
}

fn specs() -> [TensorSpec; 2] {
	[vec![2], vec![1, 2]].map(|dims| TensorSpec {
		dims: dims.try_into().expect("two dimensions at most"),
		bits: 8,
		min: -128,
		max: 127,
		scales: Scales::ONE,
	})
}

fn inputs(trapdoor: &Trapdoor, context: &Context<[u8; 32]>) -> Vec<Scalar> {
	inputs_of(trapdoor, &statement(trapdoor, context), &tensors(&specs()))
}

fn inputs_of(
	trapdoor: &Trapdoor,
	statement: &Statement,
	[inputs, outputs]: &[Vec<Tensor<'_>>; 2],
) -> Vec<Scalar> {
	if let CircuitKey::Program(key) = trapdoor.circuit() {
		// A program has the context wherever it likes; here it is the first input.
		let other = (1..key.ic.len() - 1).map(|n| Scalar::from_hash([n as u8; 32]));
		return std::iter::once(statement.ctx).chain(other).collect();
	}
	trapdoor.inputs(statement, [inputs, outputs], RANDOMNESS)
}

/// Everything a back end answered, so that two back ends can be compared answer by answer.
pub type Answers = Vec<(String, Result<(), String>)>;

/// Runs all attacks on keys of models without rounds and with one and more, on one whose parameters are a
/// point, and on keys of programs with few inputs and many. Panics with the attack's name if one is not refused, or if an honest
/// proof is.
pub fn run(backend: &mut impl Backend) -> Answers {
	let models = (0..=MAX_ROUNDS as usize).map(Shape::Rounds);
	let programs = [1, 5, MAX_PROGRAM_INPUTS as usize].map(Shape::Inputs);
	let shapes = models.chain([Shape::Committed]).chain(programs);
	shapes.flat_map(|shape| run_with(backend, shape)).collect()
}

/// The same on keys without rounds alone, for a back end that derives the challenges itself.
pub fn run_plain(backend: &mut impl Backend) -> Answers {
	run_with(backend, Shape::Rounds(0))
}

/// A kind of keys.
#[derive(Clone, Copy, Debug)]
enum Shape {
	/// A model's, with so many rounds.
	Rounds(usize),
	/// A model's, whose parameters are a point.
	Committed,
	/// A program's, with so many inputs.
	Inputs(usize),
}

impl Shape {
	fn trapdoor(self, seed: u64) -> Trapdoor {
		match self {
			Self::Rounds(rounds) => Trapdoor::with_rounds(seed, rounds),
			Self::Committed => Trapdoor::committed(seed),
			Self::Inputs(inputs) => Trapdoor::with_inputs(seed, inputs),
		}
	}
}

fn run_with(backend: &mut impl Backend, shape: Shape) -> Answers {
	let mut answers = Answers::new();
	let trapdoor = shape.trapdoor(1);
	let key = trapdoor.circuit();
	let honest = inputs(&trapdoor, &context());
	let proof = trapdoor.prove(&honest, RANDOMNESS);
	let point = trapdoor.params_of(Scalar::ZERO).point();
	let params = point.as_ref();
	let mut refuse = |what: String, answer: Result<(), String>| {
		assert!(answer.is_err(), "not refused: {what}, {shape:?}");
		answers.push((format!("{what}, {shape:?}"), answer));
	};

	assert_eq!(backend.prepare(&key), Ok(()), "an honest key");
	assert_eq!(backend.verify(&key, params, &honest, &proof), Ok(()), "an honest proof");

	for (what, inputs) in flipped(&honest) {
		refuse(format!("T1 {what}"), backend.verify(&key, params, &inputs, &proof));
	}
	for (index, input) in honest.iter().enumerate().step_by(1 + honest.len() / 16) {
		// The exponent is the same, so the equation holds: only the range check refuses it.
		let mut inputs = honest.clone();
		let alias = plus(&input.0, &Scalar::MODULUS).expect("248 bits plus r fit");
		inputs[index] = Scalar(alias);
		refuse(format!("T2 input {index} plus r"), backend.verify(&key, params, &inputs, &proof));
		inputs[index] = Scalar([0xff; 32]);
		refuse(format!("T2 input {index} all ones"), backend.verify(&key, params, &inputs, &proof));
	}
	// T4 is the reason why replay is keyed on statements: a stranger's copy is as valid.
	let copy = rerandomise(&proof, 12_345);
	assert_ne!(copy, proof);
	assert_eq!(
		backend.verify(&key, params, &honest, &copy),
		Ok(()),
		"T4 a re-randomised proof is a proof"
	);

	for (what, context) in elsewhere() {
		let inputs = inputs(&trapdoor, &context);
		refuse(what.to_owned(), backend.verify(&key, params, &inputs, &proof));
	}
	if !matches!(key, CircuitKey::Program(_)) {
		for (what, inputs) in other_tensors(&trapdoor) {
			assert_ne!(inputs, honest, "T10 {what} changes nothing");
			refuse(format!("T10 {what}"), backend.verify(&key, params, &inputs, &proof));
		}
	}
	for (what, bad) in spoilt(&proof) {
		refuse(format!("T7 {what}"), backend.verify(&key, params, &honest, &bad));
	}
	let short = &honest[..honest.len() - 1];
	refuse("T7 an input missing".into(), backend.verify(&key, params, short, &proof));
	let long = [honest.as_slice(), &[Scalar::ZERO]].concat();
	refuse("T7 an input too many".into(), backend.verify(&key, params, &long, &proof));
	for (what, bad) in other_commitments(&trapdoor, &proof) {
		refuse(what, backend.verify(&key, params, &honest, &bad));
	}

	let other = shape.trapdoor(2).circuit();
	assert_eq!(backend.prepare(&other), Ok(()));
	refuse("T9 a proof under another key".into(), backend.verify(&other, params, &honest, &proof));
	for (what, bad) in bad_keys(&trapdoor) {
		refuse(format!("T9 key with {what}"), backend.prepare(&bad));
	}
	if params.is_some() {
		committed::run(backend, &trapdoor, &honest, &proof, refuse);
	}
	answers
}

/// Commitments missing, too many, swapped between rounds, or another proof's.
fn other_commitments(trapdoor: &Trapdoor, proof: &Proof) -> Vec<(String, Proof)> {
	let own = proof.commitments.to_vec();
	let mut lists = Vec::new();
	if !own.is_empty() {
		lists.push(("a commitment missing", own[1..].to_vec()));
		lists.push(("another proof's commitments", trapdoor.commitments(RANDOMNESS + 1)));
	}
	if own.len() > 1 {
		lists.push(("commitments swapped", own.iter().rev().copied().collect()));
		lists.push(("a commitment twice", vec![own[0]; own.len()]));
	}
	if own.len() < MAX_ROUNDS as usize {
		lists.push(("a commitment too many", [own.as_slice(), &[proof.a]].concat()));
	}
	let with = |(what, list): (&str, Vec<_>)| {
		let commitments = list.try_into().expect("no more than a proof may have");
		(format!("T7 {what}"), Proof { commitments, ..proof.clone() })
	};
	lists.into_iter().map(with).collect()
}

/// Each input with its lowest, highest and a middle bit flipped.
fn flipped(honest: &[Scalar]) -> impl Iterator<Item = (String, Vec<Scalar>)> + '_ {
	// A few of many will do.
	(0..honest.len()).step_by(1 + honest.len() / 16).flat_map(move |index| {
		[(31, 1u8), (15, 16), (1, 128)].map(|(byte, bit)| {
			let mut inputs = honest.to_vec();
			inputs[index].0[byte] ^= bit;
			(format!("input {index}, byte {byte}"), inputs)
		})
	})
}

/// Contexts that differ in one thing each from [`context`].
pub fn elsewhere() -> Vec<(&'static str, Context<[u8; 32]>)> {
	let vary = |change: &dyn Fn(&mut Context<[u8; 32]>)| {
		let mut context = context();
		change(&mut context);
		context
	};
	vec![
		("T5 the next version", vary(&|c| c.version += 1)),
		("T6 another chain", vary(&|c| c.genesis = [8; 32])),
		("T6 another action", vary(&|c| c.action = Action::Answer(1))),
		("T6 another nonce", vary(&|c| c.action = Action::Submit(2))),
		("T6 another beneficiary", vary(&|c| c.beneficiary = [2; 32])),
		("T6 another expiry", vary(&|c| c.expiry += 1)),
		("T6 an output hidden", vary(&|c| c.shown.outputs[0] = Visibility::Private)),
		("T6 an input shown", vary(&|c| c.shown.inputs[1] = Visibility::Public)),
		("T6 another model", vary(&|c| c.model = ModelId([4; 32]))),
	]
}

/// Public inputs of statements whose tensors are in other places, missing, or seen by others.
fn other_tensors(trapdoor: &Trapdoor) -> Vec<(&'static str, Vec<Scalar>)> {
	type Both<'a> = [Vec<Tensor<'a>>; 2];
	let specs = specs();
	let vary = |change: &dyn Fn(&mut Statement, &mut Both<'_>)| {
		let (mut statement, mut tensors) = (statement(trapdoor, &context()), self::tensors(&specs));
		change(&mut statement, &mut tensors);
		inputs_of(trapdoor, &statement, &tensors)
	};
	let mut all = vec![
		(
			"two inputs swapped",
			vary(&|s, t| {
				s.inputs[..].swap(0, 2);
				t[0].swap(0, 2);
			}),
		),
		(
			"the private input and a public one swapped",
			vary(&|s, t| {
				s.inputs[..].swap(0, 1);
				t[0].swap(0, 1);
			}),
		),
		(
			"the outputs swapped",
			vary(&|s, t| {
				s.outputs[..].swap(0, 1);
				t[1].swap(0, 1);
			}),
		),
		(
			"an input left out",
			vary(&|s, t| {
				s.inputs.remove(0);
				t[0].remove(0);
			}),
		),
		(
			"the private input left out",
			vary(&|s, t| {
				s.inputs.remove(1);
				t[0].remove(1);
			}),
		),
		(
			"an output left out",
			vary(&|s, t| {
				s.outputs.remove(1);
				t[1].remove(1);
			}),
		),
		(
			"an output twice",
			vary(&|s, t| {
				let first = s.outputs[0];
				s.outputs.try_push(first).expect("there is room");
				let first = t[1][0];
				t[1].push(first);
			}),
		),
		(
			"inputs and outputs swapped",
			vary(&|s, t| {
				std::mem::swap(&mut s.inputs, &mut s.outputs);
				t.swap(0, 1);
			}),
		),
	];
	for (what, at) in [
		("the first input hidden", 0),
		("the private input shown", 1),
		("the last input hidden", 2),
	] {
		let seen = |context: &mut Context<[u8; 32]>| {
			let one = &mut context.shown.inputs[at];
			*one = match one {
				Visibility::Public => Visibility::Private,
				Visibility::Private => Visibility::Public,
			};
		};
		let mut context = context();
		seen(&mut context);
		all.push((what, inputs(trapdoor, &context)));
	}
	all
}

/// The points of a key that an attacker may set, whatever its kind.
struct Points<'a> {
	alpha: &'a mut G1,
	beta: &'a mut G2,
	gamma: &'a mut G2,
	delta: &'a mut G2,
}

fn points(key: &mut CircuitKey) -> Points<'_> {
	match key {
		CircuitKey::Plain(VerifyingKey { alpha, beta, gamma, delta, .. })
		| CircuitKey::Committed(CommittedKey { alpha, beta, gamma, delta, .. })
		| CircuitKey::Rounds(RoundsKey { alpha, beta, gamma, delta, .. })
		| CircuitKey::Program(ProgramKey { alpha, beta, gamma, delta, .. }) => {
			Points { alpha, beta, gamma, delta }
		}
	}
}

/// The key with its IC points, or those of its rounds, changed.
fn with_ic(key: &CircuitKey, change: impl FnOnce(&mut Vec<G1>)) -> Option<CircuitKey> {
	let mut ic = key.points().ic.to_vec();
	change(&mut ic);
	Some(match key.clone() {
		CircuitKey::Plain(plain) => {
			CircuitKey::Plain(VerifyingKey { ic: ic.try_into().ok()?, ..plain })
		}
		CircuitKey::Rounds(rounds) => {
			CircuitKey::Rounds(RoundsKey { ic: ic.try_into().ok()?, ..rounds })
		}
		CircuitKey::Committed(key) => {
			CircuitKey::Committed(CommittedKey { ic: ic.try_into().ok()?, ..key })
		}
		CircuitKey::Program(key) => {
			CircuitKey::Program(ProgramKey { ic: ic.try_into().ok()?, ..key })
		}
	})
}

fn bad_keys(trapdoor: &Trapdoor) -> Vec<(String, CircuitKey)> {
	let good = trapdoor.circuit();
	let vary = |change: &dyn Fn(Points<'_>)| {
		let mut key = good.clone();
		change(points(&mut key));
		key
	};
	let generator = *good.points().gamma;
	let outside = crate::hostile::outside_subgroup();
	let mut keys = vec![
		("gamma equal to delta".to_owned(), trapdoor.clone().with_gamma_equal_to_delta().circuit()),
		("delta the generator".to_owned(), vary(&|k| *k.delta = generator)),
		("delta gamma's negative".to_owned(), vary(&|k| *k.delta = negated(k.gamma))),
		("beta the generator".to_owned(), vary(&|k| *k.beta = generator)),
		("beta equal to delta".to_owned(), vary(&|k| *k.beta = *k.delta)),
		("beta delta's negative".to_owned(), vary(&|k| *k.beta = negated(k.delta))),
		("alpha at infinity".to_owned(), vary(&|k| k.alpha.0 = [0; 64])),
		("alpha off the curve".to_owned(), vary(&|k| k.alpha.0[63] ^= 1)),
		("beta at infinity".to_owned(), vary(&|k| k.beta.0 = [0; 128])),
		("beta off the curve".to_owned(), vary(&|k| k.beta.0[127] ^= 1)),
		("beta outside the subgroup".to_owned(), vary(&|k| *k.beta = outside)),
		("gamma outside the subgroup".to_owned(), vary(&|k| *k.gamma = outside)),
		("delta outside the subgroup".to_owned(), vary(&|k| *k.delta = outside)),
		("coordinates of all ones".to_owned(), vary(&|k| k.alpha.0 = [0xff; 64])),
	];
	let mut add = |what: String, key: Option<CircuitKey>| {
		if let Some(key) = key {
			keys.push((what, key));
		}
	};
	for index in 0..good.points().ic.len() {
		add(format!("IC[{index}] at infinity"), with_ic(&good, |ic| ic[index].0 = [0; 64]));
		add(format!("IC[{index}] off the curve"), with_ic(&good, |ic| ic[index].0[63] ^= 1));
	}
	match good {
		// A program has as many as it has, but no fewer than one.
		CircuitKey::Program(_) => add("no IC point".into(), with_ic(&good, Vec::clear)),
		_ => {
			add("an IC point missing".into(), with_ic(&good, |ic| ic.truncate(ic.len() - 1)));
			add("an IC point too many".into(), with_ic(&good, |ic| ic.push(ic[0])));
		}
	}
	if let CircuitKey::Committed(key) = &good {
		committed::bad_keys(key).into_iter().for_each(|(what, key)| add(what, Some(key)));
	}
	let CircuitKey::Rounds(rounds) = &good else { return keys };
	let with = |list: Vec<G2>| {
		let rounds = RoundsKey { rounds: list.try_into().ok()?, ..rounds.clone() };
		Some(CircuitKey::Rounds(rounds))
	};
	let deltas = rounds.rounds.to_vec();
	// gamma need not be the generator, so it is compared with each delta for itself.
	for (index, delta) in deltas.iter().enumerate() {
		let gamma = RoundsKey { gamma: *delta, ..rounds.clone() };
		add(format!("gamma equal to delta of round {index}"), Some(CircuitKey::Rounds(gamma)));
	}
	add("no rounds".into(), with(vec![]));
	add("a round too many".into(), with([deltas.as_slice(), &[rounds.beta]].concat()));
	for index in 0..deltas.len() {
		let vary = |delta: G2| {
			let mut list = deltas.clone();
			list[index] = delta;
			with(list)
		};
		add(format!("delta of round {index} at infinity"), vary(G2([0; 128])));
		add(format!("delta of round {index} outside the subgroup"), vary(outside));
		add(format!("delta of round {index} the generator"), vary(generator));
		add(format!("delta of round {index} equal to delta"), vary(rounds.delta));
		add(format!("delta of round {index} delta's negative"), vary(negated(&rounds.delta)));
		add(format!("delta of round {index} equal to beta"), vary(rounds.beta));
		if index > 0 {
			add(format!("deltas of rounds 0 and {index} equal"), vary(deltas[0]));
		}
	}
	keys
}
