//! Every extrinsic as bytes: what is cut off, longer than its bound or of an unknown kind is no
//! call at all, and what is signed by nobody or by somebody without funds does nothing.

use std::collections::BTreeSet;

use crate::common::{
	apply, chain, changed, is_bookkeeping, list, one, ours, storage, terms, version,
};
use codec::{DecodeAll, Encode};
use frame_support::{
	dispatch::{DispatchClass, GetDispatchInfo},
	traits::GetCallMetadata,
};
use sp_keyring::Sr25519Keyring::{Bob, Two};
use sp_runtime::{
	traits::Dispatchable,
	transaction_validity::{InvalidTransaction, TransactionValidityError},
	DispatchError,
};
use zkml_primitives::*;
use zkml_programs::{Claim, ProgramId, ProgramKind, ProgramSubmission, MAX_PUBLIC_BYTES};
use zkml_runtime::*;
use zkml_trapdoor::Trapdoor;

const MODEL: ModelId = ModelId([3; 32]);
const CTX: Scalar = Scalar([4; 32]);

/// One call of each kind that our pallets have, by its title.
fn calls() -> Vec<(String, RuntimeCall)> {
	use pallet_inference::Call as Ask;
	use pallet_model_registry::Call as Own;
	use pallet_programs::Call as Run;
	let trapdoor = Trapdoor::new(5);
	let (key, circuit) = (trapdoor.circuit(), trapdoor.circuit().hash());
	let proof = trapdoor.prove(&[Scalar::ZERO; 4], 1);
	let program_proof = proof.clone();
	let version = version(circuit, CTX);
	let possession =
		Possession { inputs: list([CTX]), outputs: list([CTX]), expiry: 9, proof: proof.clone() };
	let committed = Trapdoor::committed(5);
	let beneficiary = Bob.to_account_id();
	let (inputs, outputs, ctx, model) = (one(130), one(130), CTX, MODEL);
	let answer = Answer {
		request: 1,
		beneficiary: beneficiary.clone(),
		outputs: outputs.clone(),
		ctx,
		proof: proof.clone(),
	};
	let answers = vec![answer.clone()].try_into().unwrap();
	let submission = Submission {
		model,
		version: 1,
		nonce: 1,
		expiry: 9,
		beneficiary: beneficiary.clone(),
		inputs: inputs.clone(),
		outputs,
		ctx,
		proof,
	};
	let submissions = vec![submission.clone()].try_into().unwrap();
	let pin = Some(pallet_sorter::Pin { model, circuit, params: CTX });
	let (share, to) = (Share(5), beneficiary);
	let register = Own::register {
		version: ModelVersion { params: committed.params_of(CTX), ..version.clone() },
		owner_share: share,
		possession: possession.clone(),
		range: Some(committed.prove_range(1)),
	};
	let CircuitKey::Program(program_key) = Trapdoor::with_inputs(5, 2).circuit() else {
		panic!("made with inputs")
	};
	let (program, kind) = (ProgramId([6; 32]), ProgramKind::Groth16);
	let claim = Claim::Inputs(vec![CTX; 2].try_into().unwrap());
	let shown = ProgramSubmission { program, claim, proof: program_proof, bound: None };
	let all_shown = vec![shown.clone()].try_into().unwrap();
	let all: Vec<RuntimeCall> = vec![
		Own::register_circuit { key }.into(),
		Own::remove_circuit { circuit }.into(),
		register.into(),
		Own::publish { model, version, possession, range: None }.into(),
		Own::deprecate { model, version: 1 }.into(),
		Own::transfer { model, to }.into(),
		Own::set_share { model, share }.into(),
		Own::remove { model }.into(),
		Ask::commit_input { commitment: CTX }.into(),
		Ask::withdraw_input { commitment: CTX }.into(),
		Ask::request { model, version: 1, inputs, terms: terms(5, 9) }.into(),
		Ask::answer { answer, input_bytes: 1 }.into(),
		Ask::answer_batch { answers, input_bytes: 1 }.into(),
		Ask::submit { submission }.into(),
		Ask::submit_batch { submissions }.into(),
		Ask::refund { request: 1 }.into(),
		Ask::prune { statement: StatementId([5; 32]) }.into(),
		pallet_sorter::Call::pin { pin }.into(),
		pallet_sorter::Call::forget { shift: 0, inputs: list([CTX]) }.into(),
		Run::register_key { key: program_key }.into(),
		Run::remove_key { key: circuit }.into(),
		Run::register { key: circuit, kind, context: None, setup: SetupLevel::SingleParty }.into(),
		Run::remove { program }.into(),
		Run::submit { submission: shown }.into(),
		Run::submit_batch { submissions: all_shown }.into(),
		Run::prune { statement: StatementId([5; 32]) }.into(),
	];
	all.into_iter().map(|call| (title(&call), call)).collect()
}

/// `Pallet.call`.
fn title(call: &RuntimeCall) -> String {
	let about = call.get_call_metadata();
	format!("{}.{}", about.pallet_name, about.function_name)
}

fn sample(title: &str) -> RuntimeCall {
	calls().into_iter().find(|(known, _)| known == title).expect("a call of ours").1
}

fn is_call(bytes: &[u8]) -> bool {
	let decoded = RuntimeCall::decode_all(&mut &bytes[..]);
	// What decodes is what was meant, or this file spells calls wrongly.
	decoded.is_ok_and(|call| call.encode() == bytes)
}

#[test]
fn the_table_of_calls_is_complete() {
	let listed: BTreeSet<_> = calls().into_iter().map(|(title, _)| title).collect();
	let ours = ours();
	let pallets = RuntimeCall::get_module_names().iter().filter(|name| ours.contains(*name));
	let of = |pallet: &&str| {
		let names = RuntimeCall::get_call_names(pallet).iter();
		names.map(|call| format!("{pallet}.{call}")).collect::<Vec<_>>()
	};
	assert_eq!(listed, pallets.flat_map(of).collect());
}

#[test]
fn every_call_of_ours_is_of_the_normal_class() {
	chain().execute_with(|| {
		for (title, call) in calls() {
			assert_eq!(call.get_dispatch_info().class, DispatchClass::Normal, "{title}");
		}
	});
}

#[test]
fn a_call_that_is_cut_off_anywhere_or_goes_on_is_no_call() {
	for (name, call) in calls() {
		let bytes = call.encode();
		assert!(is_call(&bytes), "{name}");
		for length in 0..bytes.len() {
			assert!(!is_call(&bytes[..length]), "{name} cut off at {length}");
		}
		assert!(!is_call(&[&bytes[..], &[0]].concat()), "{name} with a byte too many");
	}
}

/// One tensor in clear of this many bytes; a vector has no bound before it is decoded.
fn bytes(count: usize) -> Vec<(u8, Vec<u8>)> {
	vec![(0, vec![128; count])]
}

/// So many tensors in clear of a byte each.
fn tensors(count: usize) -> Vec<(u8, Vec<u8>)> {
	vec![(0, vec![128]); count]
}

/// A call's bytes: its indices, as [`calls`] has them, and these arguments.
fn call(title: &str, arguments: impl Encode) -> Vec<u8> {
	[&sample(title).encode()[..2], &arguments.encode()].concat()
}

/// A proof's bytes with this many commitments.
fn proof(commitments: usize) -> impl Encode {
	([2u8; 256], vec![[3u8; 64]; commitments])
}

fn answer(outputs: impl Encode, commitments: usize) -> impl Encode {
	(1u64, [1u8; 32], outputs, CTX, proof(commitments))
}

/// The call that brings an answer, or a list of them.
fn answering(title: &str, answers: impl Encode) -> Vec<u8> {
	call(title, (answers, 7u32))
}

fn submission(inputs: impl Encode, outputs: impl Encode, commitments: usize) -> impl Encode {
	(MODEL, 1u32, 1u64, 9u32, [1u8; 32], inputs, outputs, CTX, proof(commitments))
}

/// A program's submission with this claim, which is bound to nothing.
fn shown(claim: impl Encode, commitments: usize) -> impl Encode {
	([6u8; 32], claim, proof(commitments), 0u8)
}

/// Terms of a request that wants to see each output or not.
fn asked(outputs: &[u8]) -> impl Encode {
	(5u128, 7u32, outputs.to_vec(), 9u32, 0u64)
}

/// A key with this many rounds and points for its inputs.
fn rounds_key(rounds: usize, ic: usize) -> Vec<u8> {
	let key = (1u8, [1u8; 448], vec![[2u8; 128]; rounds], vec![[3u8; 64]; ic]);
	call("ModelRegistry.register_circuit", key)
}

/// Lengths of a version's vectors and numbers of its enums, all within bounds.
#[derive(Clone, Copy)]
struct Sizes {
	/// Inputs and outputs.
	tensors: [usize; 2],
	/// Commitments to inputs and outputs in the proof of possession.
	possessed: [usize; 2],
	name: usize,
	dims: [usize; 2],
	scales: [usize; 2],
	scaled: u8,
	labels: usize,
	label: usize,
	accuracy: usize,
	uri: usize,
	params: u8,
	visibility: u8,
	setup: u8,
	commitments: usize,
	/// Whether a proof of range follows.
	ranged: u8,
	/// Its commitments, if one does.
	range: usize,
}

const FIT: Sizes = Sizes {
	tensors: [1, 1],
	possessed: [1, 1],
	name: 1,
	dims: [1, 1],
	scales: [1, 1],
	scaled: 1,
	labels: 1,
	label: 1,
	accuracy: 1,
	uri: 1,
	params: 0,
	visibility: 0,
	setup: 1,
	commitments: 0,
	ranged: 1,
	range: 1,
};

fn spelled(sizes: Sizes) -> impl Encode {
	let spec = |(dims, scales)| {
		let scales = (sizes.scaled, 0u8, vec![Scale::ONE; scales]);
		(vec![b'n'; sizes.name], vec![1u32; dims], 8u8, -128i32, 100i32, scales)
	};
	let content = ([1u8; 32], [2u8; 32], vec![b'u'; sizes.uri]);
	let labels = vec![vec![b'l'; sizes.label]; sizes.labels];
	let of = |i: usize| vec![spec((sizes.dims[i], sizes.scales[i])); sizes.tensors[i]];
	let (inputs, outputs) = (of(0), of(1));
	let (params, accuracy) = ((sizes.params, CTX), vec![b'a'; sizes.accuracy]);
	let circuit = (CircuitHash([1; 32]), sizes.setup, [7u8; 32]);
	(circuit, params, sizes.visibility, inputs, outputs, labels, accuracy, content)
}

/// A proof of possession.
fn possessed(sizes: Sizes) -> impl Encode {
	let [inputs, outputs] = sizes.possessed.map(|count| vec![CTX; count]);
	(inputs, outputs, 9u32, proof(sizes.commitments))
}

/// A proof of range, in an option of this number.
fn ranged(sizes: Sizes) -> impl Encode {
	(sizes.ranged, [5u8; 128], proof(sizes.range))
}

fn register(sizes: Sizes) -> Vec<u8> {
	call("ModelRegistry.register", (spelled(sizes), 5u32, possessed(sizes), ranged(sizes)))
}

fn publish(sizes: Sizes) -> Vec<u8> {
	call("ModelRegistry.publish", (MODEL, spelled(sizes), possessed(sizes), ranged(sizes)))
}

#[test]
fn a_vector_of_its_bound_is_a_call_and_one_longer_is_none() {
	type Make = fn(usize) -> Vec<u8>;
	let tensor_bytes = MAX_TENSOR_BYTES as usize;
	let rounds = MAX_ROUNDS as usize;
	let most = MAX_TENSORS as usize;
	let table: [(&str, usize, Make); 46] = [
		("request, inputs", most, |n| {
			call("Inference.request", (MODEL, 1u32, tensors(n), asked(&[0])))
		}),
		("request, visibilities", most, |n| {
			call("Inference.request", (MODEL, 1u32, tensors(1), asked(&vec![1; n])))
		}),
		("answer, outputs", most, |n| answering("Inference.answer", answer(tensors(n), 0))),
		("submit, inputs", most, |n| {
			call("Inference.submit", submission(tensors(n), tensors(1), 0))
		}),
		("submit, outputs", most, |n| {
			call("Inference.submit", submission(tensors(1), tensors(n), 0))
		}),
		("forget, inputs", most, |n| call("Sorter.forget", (0u32, vec![CTX; n]))),
		("register, inputs", most, |n| register(Sizes { tensors: [n, 1], ..FIT })),
		("publish, outputs", most, |n| publish(Sizes { tensors: [1, n], ..FIT })),
		("register, possession of inputs", most, |n| register(Sizes { possessed: [n, 1], ..FIT })),
		("publish, possession of outputs", most, |n| publish(Sizes { possessed: [1, n], ..FIT })),
		("register, name", MAX_NAME as usize, |n| register(Sizes { name: n, ..FIT })),
		("request, input", tensor_bytes, |n| {
			call("Inference.request", (MODEL, 1u32, bytes(n), asked(&[0])))
		}),
		("answer, output", tensor_bytes, |n| answering("Inference.answer", answer(bytes(n), 0))),
		("answer_batch, output", tensor_bytes, |n| {
			answering("Inference.answer_batch", vec![answer(bytes(n), 0)])
		}),
		("answer_batch", zkml_primitives::MAX_BATCH as usize, |n| {
			answering(
				"Inference.answer_batch",
				(0..n).map(|_| answer(bytes(1), 0)).collect::<Vec<_>>(),
			)
		}),
		("submit_batch, input", tensor_bytes, |n| {
			call("Inference.submit_batch", vec![submission(bytes(n), bytes(1), 0)])
		}),
		("submit_batch", zkml_primitives::MAX_BATCH as usize, |n| {
			let one = |_| submission(bytes(1), bytes(1), 0);
			call("Inference.submit_batch", (0..n).map(one).collect::<Vec<_>>())
		}),
		("submit, input", tensor_bytes, |n| {
			call("Inference.submit", submission(bytes(n), bytes(1), 0))
		}),
		("submit, output", tensor_bytes, |n| {
			call("Inference.submit", submission(bytes(1), bytes(n), 0))
		}),
		("register, labels", 64, |n| register(Sizes { labels: n, ..FIT })),
		("register, label", 32, |n| register(Sizes { label: n, ..FIT })),
		("register, uri", 256, |n| register(Sizes { uri: n, ..FIT })),
		("register, input", MAX_RANK as usize, |n| register(Sizes { dims: [n, 1], ..FIT })),
		("register, output", MAX_RANK as usize, |n| register(Sizes { dims: [1, n], ..FIT })),
		("register, input's scales", MAX_CHANNELS as usize, |n| {
			register(Sizes { scales: [n, 1], ..FIT })
		}),
		("register, output's scales", MAX_CHANNELS as usize, |n| {
			register(Sizes { scales: [1, n], ..FIT })
		}),
		("register, accuracy", MAX_CLAIM as usize, |n| register(Sizes { accuracy: n, ..FIT })),
		("publish, accuracy", MAX_CLAIM as usize, |n| publish(Sizes { accuracy: n, ..FIT })),
		("publish, input's scales", MAX_CHANNELS as usize, |n| {
			publish(Sizes { scales: [n, 1], ..FIT })
		}),
		("publish, labels", 64, |n| publish(Sizes { labels: n, ..FIT })),
		("publish, label", 32, |n| publish(Sizes { label: n, ..FIT })),
		("publish, uri", 256, |n| publish(Sizes { uri: n, ..FIT })),
		("register_circuit, rounds", rounds, |n| rounds_key(n, 1)),
		("register_circuit, IC", MAX_IC as usize, |n| rounds_key(1, n)),
		("answer, commitments", rounds, |n| answering("Inference.answer", answer(bytes(1), n))),
		("submit, commitments", rounds, |n| {
			call("Inference.submit", submission(bytes(1), bytes(1), n))
		}),
		("register, commitments", rounds, |n| register(Sizes { commitments: n, ..FIT })),
		("publish, commitments", rounds, |n| publish(Sizes { commitments: n, ..FIT })),
		("register, the range's commitments", rounds, |n| register(Sizes { range: n, ..FIT })),
		("publish, the range's commitments", rounds, |n| publish(Sizes { range: n, ..FIT })),
		("publish, input", MAX_RANK as usize, |n| publish(Sizes { dims: [n, 1], ..FIT })),
		("a program's key, IC", MAX_PROGRAM_IC as usize, |n| {
			call("Programs.register_key", ([1u8; 448], vec![[3u8; 64]; n]))
		}),
		("a program's claim, inputs", MAX_PROGRAM_INPUTS as usize, |n| {
			call("Programs.submit", shown((0u8, vec![CTX; n]), 0))
		}),
		("a program's claim, journal", MAX_PUBLIC_BYTES as usize, |n| {
			call("Programs.submit", shown((1u8, [1u8; 4], vec![7u8; n]), 0))
		}),
		("a program's proof, commitments", rounds, |n| {
			call("Programs.submit", shown((0u8, vec![CTX]), n))
		}),
		("a program's batch", zkml_primitives::MAX_BATCH as usize, |n| {
			let one = |_| shown((0u8, vec![CTX]), 0);
			call("Programs.submit_batch", (0..n).map(one).collect::<Vec<_>>())
		}),
	];
	for (what, bound, make) in table {
		assert!(is_call(&make(bound)), "{what} of {bound}");
		for length in [bound + 1, 2 * bound, 100_000 + bound] {
			assert!(!is_call(&make(length)), "{what} of {length}");
		}
	}
}

#[test]
fn a_kind_that_this_runtime_does_not_know_is_no_call() {
	let tensor = |kind: u8| vec![(kind, CTX)];
	let key = |kind: u8| call("ModelRegistry.register_circuit", (kind, [1u8; 768]));
	let committed = |kind: u8| call("ModelRegistry.register_circuit", (kind, [[1u8; 832]; 2]));
	let request =
		|kind, output| call("Inference.request", (MODEL, 1u32, tensor(kind), asked(&[0, output])));
	let pin = |some: u8| call("Sorter.pin", (some, MODEL, CTX, CTX));
	let program =
		|kind: u8, context: u8| call("Programs.register", (CTX, kind, (context, 0u8, 1u8), 0u8));
	let claim = |kind: u8| call("Programs.submit", shown((kind, vec![CTX]), 0));
	for (what, good, bad) in [
		("a key", key(0), key(4)),
		("a key with parameters", committed(3), committed(4)),
		("a setup", register(Sizes { setup: 1, ..FIT }), register(Sizes { setup: 2, ..FIT })),
		("an input", request(1, 0), request(2, 0)),
		("what is to be shown", request(1, 1), request(1, 2)),
		(
			"an output",
			answering("Inference.answer", answer(tensor(1), 0)),
			answering("Inference.answer", answer(tensor(7), 0)),
		),
		("parameters", register(Sizes { params: 0, ..FIT }), register(Sizes { params: 2, ..FIT })),
		("a range", register(FIT), register(Sizes { ranged: 2, ..FIT })),
		("a range", publish(FIT), publish(Sizes { ranged: 2, ..FIT })),
		(
			"a visibility",
			register(Sizes { visibility: 1, ..FIT }),
			register(Sizes { visibility: 2, ..FIT }),
		),
		("scales", register(FIT), register(Sizes { scaled: 2, ..FIT })),
		("a pin", pin(1), pin(2)),
		("a program", program(0, 1), program(4, 1)),
		("a context", program(0, 1), program(0, 2)),
		("a claim", claim(0), claim(4)),
	] {
		assert!(is_call(&good), "{what}");
		assert!(!is_call(&bad), "{what} of an unknown kind");
	}
	for (name, known) in calls() {
		let mut bytes = known.encode();
		bytes[1] = 0x7f;
		assert!(!is_call(&bytes), "{name} by an unknown number");
	}
}

#[test]
fn what_nobody_signed_is_refused_and_changes_nothing() {
	chain().execute_with(|| {
		let before = storage();
		for (name, call) in calls() {
			let refused = |origin| call.clone().dispatch(origin).unwrap_err().error;
			assert_eq!(refused(RuntimeOrigin::none()), DispatchError::BadOrigin, "{name}");
			// What root may do is to pin, and nothing else; `for_root` in `fees.rs` has it too.
			if name != "Sorter.pin" {
				assert_eq!(refused(RuntimeOrigin::root()), DispatchError::BadOrigin, "{name}");
			}
		}
		assert_eq!(changed(&before, &storage()), Vec::<Vec<u8>>::new());
	});
}

#[test]
fn an_account_without_funds_gets_no_call_into_a_block() {
	chain().execute_with(|| {
		assert_eq!(Balances::free_balance(Two.to_account_id()), 0);
		let before = storage();
		for (name, call) in calls() {
			// What is root's alone is looked at before the funds.
			let reason = match name.as_str() {
				"Sorter.pin" => InvalidTransaction::Call,
				_ => InvalidTransaction::Payment,
			};
			let refused = TransactionValidityError::Invalid(reason);
			assert_eq!(apply(Two, call), Err(refused), "{name}");
		}
		let left = changed(&before, &storage());
		assert!(left.iter().all(|key| is_bookkeeping(key)), "{left:02x?}");
	});
}
