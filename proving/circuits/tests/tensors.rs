//! Models of several inputs and outputs: circuit and interpreter, what stands for the tensors in public
//! inputs, and proofs of which each tensor is public or private by itself.

use crate::common::{agrees, edges, full, graph, input, inputs, outputs, rng, spec};
use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, Field};
use zkml_circuits::{
	circuit::{Evaluated, Public, Secrets},
	graph::{IntGraph, Node, Op, Sum, NONE},
	r1cs::R1cs,
	random_salt, setup, Binding, CompiledModel, ProveError, Prover, Salts,
};
use zkml_groth16::{verify, VerifyError};
use zkml_poseidon::Direct;
use zkml_primitives::{
	commit, digest, ParamsKind, Role, Scalar, Statement, Tensor, TensorSpec, Tensors, Visibility,
	MAX_TENSOR_BYTES,
};

/// Where the public inputs are.
const PUBLIC: Public = Public::of(ParamsKind::Input);
/// A challenge; with all of the commit round fixed before, any will do.
const DRAWN: u64 = 0x1234_5678_9abc_def1;

fn node(name: &str, inputs: &[u32], op: Op) -> Node {
	Node { name: name.into(), inputs: inputs.into(), op }
}

/// Three inputs, two of them of one kind. The outputs are their sum, the second as it came, and the sum
/// again.
fn sums() -> IntGraph {
	let pick = |from: u32| Op::Gather((from..from + 3).collect());
	let add = |factors: [i32; 2]| Op::Sum(Sum { factors: factors.into(), offset: vec![1] });
	let nodes = vec![
		node("income", &[0], pick(0)),
		node("rate", &[0], pick(3)),
		node("age", &[0], pick(6)),
		node("first", &[1, 2], add([2, 3])),
		node("sum", &[4, 3], add([1, -1])),
	];
	let specs = [spec(&[3], 8, -5, 9), spec(&[3], 8, -5, 9), spec(&[1, 3], 9, 0, 200)];
	let outs = [(5, full(&[3], 16)), (2, full(&[3], 8)), (5, full(&[3], 16))];
	IntGraph { inputs: inputs(specs), nodes, outputs: outputs(outs) }
}

fn model(graph: IntGraph) -> CompiledModel {
	CompiledModel::new(Visibility::Public, graph, vec![], vec![], Scalar::ZERO).unwrap()
}

fn values() -> Vec<Vec<i32>> {
	vec![vec![1, -2, 3], vec![4, 5, -5], vec![0, 100, 200]]
}

#[test]
fn circuit_and_interpreter_agree_on_several_tensors_in_each_kind() {
	let plain = model(sums());
	assert_eq!(plain.evaluate(&values()).unwrap(), [[16, -87, -207], [4, 5, -5], [16, -87, -207]]);
	for model in [plain.clone(), plain.with_lookups()] {
		let [low, high] = edges(&model);
		for (seed, values) in (0..).zip([values(), low, high, input(&model, 3)]) {
			agrees(&model, &values, seed);
		}
	}
}

#[test]
fn inputs_that_are_none_of_a_graphs_are_refused_by_name() {
	let model = model(sums());
	let says = |values: &[Vec<i32>], words: &str| {
		assert_eq!(model.evaluate(values).unwrap_err().to_string(), words);
	};
	says(&values()[..2], "inputs: expected x0, x1, x2, got 2");
	let mut wrong = values();
	wrong[1].push(0);
	says(&wrong, "input x1: expected 3 values, got 4");
	let mut wrong = values();
	wrong[2][1] = -1;
	says(&wrong, "input x2, value 1: expected 0 to 200, got -1");
}

#[test]
fn graphs_whose_inputs_or_outputs_no_chain_would_take_are_refused() {
	let refused = |change: &dyn Fn(&mut IntGraph), words: &str| {
		let mut graph = sums();
		change(&mut graph);
		let result = CompiledModel::new(Visibility::Public, graph, vec![], vec![], Scalar::ZERO);
		let error = result.map(drop).unwrap_err().to_string();
		assert!(error.contains(words), "{error}");
	};
	refused(&|g| g.inputs = Tensors::default(), "inputs of the model: expected 1 to 8, got none");
	refused(&|g| g.outputs = Tensors::default(), "outputs of the model: expected 1 to 8, got");
	refused(&|g| g.inputs[1].name = g.inputs[0].name.clone(), "names that differ, got two of x0");
	refused(&|g| g.outputs[0].info.name = Default::default(), "names of one plain line");
	refused(
		&|g| g.inputs[0].name = b"a\nb".to_vec().try_into().unwrap(),
		"inputs of the model: expected names of one plain line of 1 to 64 bytes",
	);
	refused(&|g| g.outputs[1].value = 6, "output y1: expected a value below 6, got 6");
	refused(&|g| g.outputs[1].value = 0, "output y1: expected 9 elements, got 3");
	refused(
		&|g| g.outputs[1].info.tensor.max = 8,
		"output y1: expected values in -128..=8, got -5..=9",
	);
	refused(&|g| g.inputs[2].tensor.min = 201, "input x2: expected a specification the chain");
	// Eight of the largest are more than a graph may have, whatever the nodes are.
	refused(
		&|g| g.inputs = inputs((0..2).map(|_| spec(&[1 << 23], 1, -1, 0))),
		"node the inputs: expected a graph of at most 8388608 elements",
	);
}

/// All wires, with the tensors in clear that `evaluated` names.
fn wires(model: &CompiledModel, values: &[Vec<i32>], evaluated: &Evaluated) -> Vec<Fr> {
	let trace = model.trace(values).unwrap();
	let salts = |count: usize| (0..count as u64).map(|i| Fr::from(5 + i)).collect::<Vec<_>>();
	let (input_salts, output_salts) = (salts(values.len()), salts(model.outputs().len()));
	let secrets = Secrets {
		trace: &trace,
		words: &[],
		parameters: model.parameters(),
		params_salt: Fr::ZERO,
		input_salts: &input_salts,
		output_salts: &output_salts,
		ctx: Fr::from(7),
	};
	let circuit = model.describe();
	circuit.assign(secrets).complete(&circuit, evaluated, Fr::from(DRAWN)).unwrap()
}

/// The rows of a group.
pub fn rows(system: &R1cs, name: &str) -> Vec<usize> {
	let of =
		|(row, group): (usize, &u16)| (system.groups[usize::from(*group)] == name).then_some(row);
	system.group_of.iter().enumerate().filter_map(of).collect()
}

/// The only wire of a row's side.
pub fn alone(system: &R1cs, row: usize) -> usize {
	let mut wires = system.c.row(row).map(|(wire, _)| wire as usize);
	let (first, none) = (wires.next().unwrap(), wires.next());
	assert_eq!(none, None);
	first
}

/// The models of this file, each in the kinds in which it has groups of its own.
pub fn models() -> Vec<CompiledModel> {
	let plain = model(sums());
	vec![plain.clone(), plain.with_lookups(), long()]
}

/// Takes away each group that ties several tensors to a public input, without which something false goes
/// through, and gives these groups.
pub fn combining_groups() -> [&'static str; 4] {
	let model = model(sums()).with_lookups();
	let system = model.circuit();
	let all = |clear: bool| Evaluated { inputs: vec![clear; 3], outputs: vec![clear; 3] };
	let breaks = |attack: &[Fr], group: &str| {
		assert_eq!(system.first_broken(attack), Some(group));
		assert_eq!(system.without(group).first_broken(attack), None, "without {group}");
	};
	for evaluated in [all(false), all(true)] {
		let honest = wires(&model, &values(), &evaluated);
		assert_eq!(system.first_broken(&honest), None);
		for public in [PUBLIC.input, PUBLIC.output] {
			// Any number at all in place of what stands for the tensors.
			let mut attack = honest.clone();
			attack[public as usize] += Fr::ONE;
			breaks(&attack, "binding.all");
		}
		// The product before the last tensor: what it is off by, the public input is, too.
		let products = rows(&system, "binding.combine");
		assert_eq!(products.len(), 4);
		for (row, public) in [(products[1], PUBLIC.input), (products[3], PUBLIC.output)] {
			let mut attack = honest.clone();
			attack[alone(&system, row)] += Fr::ONE;
			attack[public as usize] += Fr::ONE;
			breaks(&attack, "binding.combine");
		}
		// The last tensor by a number that is neither its commitment nor its evaluation.
		let chosen = rows(&system, "binding.either");
		assert_eq!(chosen.len(), 6);
		for (row, public) in [(chosen[2], PUBLIC.input), (chosen[5], PUBLIC.output)] {
			let late = |(wire, _): &(u32, Fr)| system.last().contains(&(*wire as usize));
			let terms: Vec<_> = system.a.row(row).collect();
			let [(value, _)] = terms.iter().copied().filter(late).collect::<Vec<_>>()[..] else {
				panic!("{terms:?}")
			};
			let mut attack = honest.clone();
			attack[value as usize] += Fr::ONE;
			attack[public as usize] += Fr::ONE;
			breaks(&attack, "binding.either");
		}
	}
	// Another power than the challenge's: the tensors could be weighed as one likes.
	let honest = wires(&model, &values(), &all(false));
	let squares = rows(&system, "binding.stride");
	assert_eq!(squares.len(), 14);
	let mut attack = honest.clone();
	let power = alone(&system, squares[13]);
	attack[power] += Fr::ONE;
	// What follows from it is put right: the products, and then the public inputs.
	for row in rows(&system, "binding.combine") {
		let value = |side: &zkml_circuits::r1cs::Matrix| {
			side.row(row).map(|(wire, factor)| attack[wire as usize] * factor).sum::<Fr>()
		};
		let (product, was) = (value(&system.a) * value(&system.b), value(&system.c));
		attack[alone(&system, row)] += product - was;
	}
	let row = rows(&system, "binding.all");
	for (row, public) in row.into_iter().zip([PUBLIC.input, PUBLIC.output]) {
		let rest: Fr = system.a.row(row).map(|(wire, f)| attack[wire as usize] * f).sum();
		let own = system.a.row(row).find(|(wire, _)| *wire == public).unwrap();
		attack[public as usize] -= rest * own.1.inverse().unwrap();
	}
	breaks(&attack, "binding.stride");
	["binding.all", "binding.combine", "binding.either", "binding.stride"]
}

#[test]
fn no_group_that_combines_tensors_can_be_left_out() {
	combining_groups();
}

/// A tensor that no chain takes in clear.
fn long() -> CompiledModel {
	let zeros = node("zeros", &[0], Op::Gather(vec![NONE; MAX_TENSOR_BYTES as usize + 1]));
	let long = full(&[MAX_TENSOR_BYTES + 1], 1);
	model(graph(spec(&[1], 8, 0, 1), vec![zeros], long)).with_lookups()
}

/// Takes away the group that ties a tensor which cannot be in clear, without which any other would pass, and
/// gives it.
pub fn committed_group() -> &'static str {
	let (model, group) = (long(), "binding.committed");
	let system = model.circuit();
	for clear in [false, true] {
		let evaluated = Evaluated { inputs: vec![clear], outputs: vec![clear] };
		let honest = wires(&model, &[vec![1]], &evaluated);
		assert_eq!(system.first_broken(&honest), None);
		let mut attack = honest.clone();
		attack[PUBLIC.output as usize] += Fr::ONE;
		assert_eq!(system.first_broken(&attack), Some(group));
		assert_eq!(system.without(group).first_broken(&attack), None);
	}
	group
}

#[test]
fn a_tensor_that_is_too_long_to_be_public_is_bound_by_its_commitment_alone() {
	committed_group();
}

fn prover(model: CompiledModel) -> Prover {
	let key = setup(&model, &mut rng(1), &|_, _, _| ()).unwrap().proving;
	Prover::new(model, key).unwrap()
}

#[test]
fn more_than_a_chain_takes_in_clear_is_refused_before_it_is_proved() {
	let prover = prover(long());
	let prove = |outputs: Vec<Scalar>| {
		let salts = Salts { inputs: Vec::new(), outputs };
		prover.prove(&[vec![1]], salts, Binding::bare(Scalar::ZERO), &mut rng(2))
	};
	let words =
		"public outputs y0: expected at most 262144 bytes together, got 262145 (private ones";
	let error = prove(Vec::new()).unwrap_err().to_string();
	assert!(error.starts_with(words), "{error}");
	let proved = prove(vec![random_salt(&mut rng(3))]).unwrap();
	assert_eq!(verify(prover.prepared_key(), &proved.inputs, &proved.proof), Ok(()));
	let many = prove(vec![Scalar::ZERO; 2]);
	assert!(matches!(many, Err(ProveError::Salts { role: "output", expected: 1, got: 2 })));
}

/// What a verifier knows of an inference.
#[derive(Clone)]
struct VerifierView {
	statement: Statement,
	inputs: Vec<Option<Vec<i32>>>,
	outputs: Vec<Option<Vec<i32>>>,
}

impl VerifierView {
	/// The answer of a verifier that derives everything.
	fn verify(&self, prover: &Prover, proof: &zkml_primitives::Proof) -> Result<(), VerifyError> {
		let model = prover.model();
		let public = match model.checks().rounds() {
			0 => self.statement.public_inputs::<Direct>().to_vec(),
			_ => {
				let ins = model.inputs();
				let outs = model.outputs();
				self.statement.round_inputs::<Direct>(
					model.params_kind(),
					&tensors(ins.iter().map(|info| &info.tensor), &self.inputs),
					&tensors(outs.iter().map(|info| &info.tensor), &self.outputs),
					&proof.commitments,
				)
			}
		};
		verify(prover.prepared_key(), &public, proof)
	}
}

fn tensors<'a>(
	specs: impl Iterator<Item = &'a TensorSpec>,
	values: &'a [Option<Vec<i32>>],
) -> Vec<Tensor<'a>> {
	let one = |(spec, values): (&'a TensorSpec, &'a Option<Vec<i32>>)| match values {
		Some(values) => Tensor::Public(spec, values),
		None => Tensor::Committed,
	};
	specs.zip(values).map(one).collect()
}

#[test]
fn each_tensor_is_public_or_private_by_itself_and_no_proof_is_good_for_another_choice() {
	for lookups in [false, true] {
		let model = model(sums());
		let prover = prover(if lookups { model.with_lookups() } else { model });
		let rng = &mut rng(4);
		let (ins, outs) = (values(), prover.model().evaluate(&values()).unwrap());
		// None, all, each alone, and every other one.
		for choice in [0u32, 63, 1, 2, 4, 8, 16, 32, 21, 42] {
			let mut salt = |i: u32| match choice >> i & 1 {
				0 => Scalar::ZERO,
				_ => random_salt(rng),
			};
			let salts = Salts {
				inputs: (0..3).map(&mut salt).collect(),
				outputs: (3..6).map(salt).collect(),
			};
			let binding = Binding::bare(Scalar::from_hash([9; 32]));
			let proved = prover.prove(&ins, salts.clone(), binding, rng).unwrap();
			assert_eq!(proved.outputs, outs);
			let clear = |all: &[Vec<i32>], salts: &[Scalar]| -> Vec<_> {
				let shown = |(values, salt): (&Vec<i32>, &Scalar)| {
					(*salt == Scalar::ZERO).then(|| values.clone())
				};
				all.iter().zip(salts).map(shown).collect()
			};
			let view = VerifierView {
				statement: proved.statement.clone(),
				inputs: clear(&ins, &salts.inputs),
				outputs: clear(&outs, &salts.outputs),
			};
			assert_eq!(view.verify(&prover, &proved.proof), Ok(()));
			let lies = lies(prover.model(), &view, &salts, lookups);
			for (what, lie) in lies {
				let answer = lie.verify(&prover, &proved.proof);
				assert_eq!(answer, Err(VerifyError::Equation), "{what}, {choice:b}");
			}
		}
	}
}

/// The digest of a tensor, as it is in the statement of a circuit of this kind.
fn stated(role: Role, spec: &TensorSpec, values: &[i32], salt: Scalar, lookups: bool) -> Scalar {
	match lookups && salt == Scalar::ZERO {
		true => digest(role, spec, &spec.encode_values(values).unwrap()),
		false => commit::<Direct>(role, spec, values, salt),
	}
}

/// The first two exchanged.
fn exchanged(digests: &[Scalar]) -> Tensors<Scalar> {
	let mut all = digests.to_vec();
	all.swap(0, 1);
	all.try_into().unwrap()
}

/// What the same proof could be shown for in place of the truth.
fn lies(
	model: &CompiledModel,
	view: &VerifierView,
	salts: &Salts,
	lookups: bool,
) -> Vec<(&'static str, VerifierView)> {
	let mut all = Vec::new();
	// The first two inputs have one shape, width and range, and so have two of the outputs, which are the
	// same, so that it is not these that are exchanged.
	let mut swapped = view.clone();
	swapped.statement.inputs = exchanged(&swapped.statement.inputs);
	swapped.inputs.swap(0, 1);
	all.push(("inputs swapped", swapped));
	let mut swapped = view.clone();
	swapped.statement.outputs = exchanged(&swapped.statement.outputs);
	swapped.outputs.swap(0, 1);
	all.push(("outputs swapped", swapped));
	let specs: Vec<TensorSpec> = model.inputs().iter().map(|info| info.tensor.clone()).collect();
	for (i, spec) in specs.iter().enumerate() {
		// One that was in clear is said to be hidden, and the other way round.
		let (values, salt) = (values().remove(i), salts.inputs[i]);
		let mut flipped = view.clone();
		match salt == Scalar::ZERO {
			// The commitment without a salt would do for a plain circuit: there it is the context that
			// says who sees what.
			true if !lookups => {}
			true => {
				let hidden = commit::<Direct>(Role::Input, spec, &values, salt);
				flipped.statement.inputs[i] = hidden;
				flipped.inputs[i] = None;
				all.push(("hidden", flipped));
			}
			false => {
				let open = stated(Role::Input, spec, &values, Scalar::ZERO, lookups);
				flipped.statement.inputs[i] = open;
				flipped.inputs[i] = Some(values.clone());
				all.push(("shown", flipped));
			}
		}
		// Another tensor, and junk in place of one.
		let mut altered = view.clone();
		let mut other = values;
		other[1] += 1;
		altered.statement.inputs[i] = stated(Role::Input, spec, &other, salt, lookups);
		altered.inputs[i] = altered.inputs[i].as_ref().map(|_| other);
		all.push(("altered", altered));
		let mut junk = view.clone();
		junk.statement.inputs[i] = Scalar::from_hash([3; 32]);
		junk.inputs[i] = None;
		all.push(("junk", junk));
	}
	let mut out = view.clone();
	out.statement.inputs.pop();
	out.inputs.pop();
	all.push(("one left out", out));
	let mut more = view.clone();
	more.statement.outputs.try_push(Scalar::ZERO).unwrap();
	more.outputs.push(None);
	all.push(("one more", more));
	// All of them as one number: what the circuit says of the first two, said of one.
	let mut joined = view.clone();
	let ends = |digests: &[Scalar]| zkml_primitives::chain::<Direct>(digests);
	let first = ends(&joined.statement.inputs[..2]);
	let rest = joined.statement.inputs[2];
	joined.statement.inputs = vec![first, rest].try_into().unwrap();
	joined.inputs = vec![None, joined.inputs[2].clone()];
	if lookups {
		all.push(("joined", joined));
	}
	all
}
