//! Costs of the calls by the size of public tensors, hashing and verification included; a consumer's
//! part is added. Keys have a gamma of their own, which costs a verification most.

use alloc::{vec, vec::Vec};

use frame_benchmarking::v2::*;
use frame_support::{
	traits::{fungible::Mutate, ConstU32, Get},
	BoundedVec,
};
use frame_system::RawOrigin;
use pallet_model_registry::ReadModels;
use pallet_verifier::{Unverified, Verify};
use sp_runtime::traits::Saturating;
use zkml_primitives::{
	Action, Answer, Content, Deadline, Dims, Label, ModelId, ModelVersion, ParamsCommitment, Proof,
	RequestId, Role, Scalar, Scales, SetupLevel, Share, Shown, Statement, StatementId, Submission,
	Tensor, TensorData, TensorSpec, Tensors, Terms, ValueInfo, Visibility, MAX_BATCH, MAX_CLAIM,
	MAX_ROUNDS, MAX_TENSORS, MAX_TENSOR_BYTES,
};
use zkml_trapdoor::Trapdoor;

use crate::{cost::BLOCK_BYTES, *};

const PARAMS: Scalar = Scalar([0x11; 32]);
const EXPIRY: u32 = 100;
const MAX_BLOCKS: u32 = MAX_TENSOR_BYTES.div_ceil(BLOCK_BYTES);

fn rich<T: Config>(who: T::AccountId) -> T::AccountId {
	let amount = T::DepositBase::get().saturating_mul(1_000_000u32.into());
	T::Currency::set_balance(&who, amount);
	who
}

/// Who signs. The transaction extensions count the reading and writing of the signer's account; the
/// calls need not.
fn caller<T: Config>() -> T::AccountId {
	rich::<T>(whitelisted_caller())
}

/// Who is paid: not always who signs.
fn prover<T: Config>() -> T::AccountId {
	rich::<T>(account("prover", 0, 0))
}

/// Specifications of a model's inputs and outputs.
#[derive(Clone)]
struct Specs {
	inputs: Vec<TensorSpec>,
	outputs: Vec<TensorSpec>,
}

impl Specs {
	/// Of a model with one input and one output.
	fn single(input: TensorSpec, output: TensorSpec) -> Self {
		Self { inputs: vec![input], outputs: vec![output] }
	}

	/// As many inputs as there may be, of a byte each, and one output.
	fn most_inputs(output: TensorSpec) -> Self {
		Self { inputs: vec![bytes(1); MAX_TENSORS as usize], outputs: vec![output] }
	}
}

/// Names of one letter.
fn described(specs: &[TensorSpec]) -> Tensors<ValueInfo> {
	let value = |(letter, spec): (u8, &TensorSpec)| ValueInfo {
		name: vec![letter].try_into().expect("a letter"),
		tensor: spec.clone(),
	};
	(b'a'..).zip(specs).map(value).collect::<Vec<_>>().try_into().expect("eight at most")
}

/// So many elements of one byte.
fn bytes(count: u32) -> TensorSpec {
	let dims = Dims::try_from(vec![1, 1, 1, 1, 1, count]).expect("six dimensions");
	TensorSpec { dims, bits: 8, min: -128, max: 127, scales: Scales::ONE }
}

/// Elements of the width that packs worst, for so many permutations of Poseidon.
fn blocks(count: u32) -> TensorSpec {
	let elements = (count * BLOCK_BYTES).min(MAX_TENSOR_BYTES) / 4;
	let dims = Dims::try_from(vec![1, 1, 1, 1, 1, elements]).expect("six dimensions");
	TensorSpec { dims, bits: 32, min: i32::MIN, max: i32::MAX, scales: Scales::ONE }
}

/// A tensor of this specification, and its values.
fn tensor(spec: &TensorSpec) -> (TensorData, Vec<i32>) {
	let bytes = vec![7; spec.byte_len() as usize];
	let values = spec.decode(&bytes).expect("all values are in range");
	(TensorData::Public(bytes.try_into().expect("256 KiB at most")), values)
}

/// A tensor of each of these.
fn clear(specs: &[TensorSpec]) -> Tensors<TensorData> {
	Tensors::truncate_from(specs.iter().map(|spec| tensor(spec).0).collect())
}

fn trapdoor(seed: u64, rounds: u32) -> Trapdoor {
	Trapdoor::with_rounds(seed, rounds as usize).with_own_gamma()
}

/// A model as large as it may be; the registry sees to the scales.
fn model_of<T: Config>(owner: T::AccountId, specs: &Specs, trapdoor: &Trapdoor) -> ModelId {
	let label = Label::try_from(vec![b'x'; 32]).expect("32 bytes");
	let uri = vec![b'x'; 256].try_into().expect("256 bytes");
	let version = ModelVersion {
		circuit: trapdoor.circuit().hash(),
		setup: SetupLevel::Ceremony([3; 32]),
		params: ParamsCommitment::Poseidon(PARAMS),
		visibility: Visibility::Private,
		inputs: described(&specs.inputs),
		outputs: described(&specs.outputs),
		labels: vec![label; 64].try_into().expect("64 labels"),
		accuracy: vec![b'x'; MAX_CLAIM as usize].try_into().expect("160 bytes"),
		content: Content { model: [1; 32], proving_key: [2; 32], uri },
	};
	T::Models::register_for_benchmark(owner, trapdoor, version)
}

fn model<T: Config>(specs: &Specs, trapdoor: &Trapdoor) -> ModelId {
	model_of::<T>(account("owner", 0, 0), specs, trapdoor)
}

/// A deposit for an answer in clear, by block [`EXPIRY`].
fn terms<T: Config>(specs: &Specs) -> Terms<BalanceOf<T>> {
	Terms {
		price: T::DepositBase::get(),
		max_owner_share: Share(Share::WHOLE),
		outputs: Tensors::truncate_from(vec![Visibility::Public; specs.outputs.len()]),
		deadline: Deadline { block: EXPIRY, moment: 0 },
	}
}

/// Makes a request for version 1 with all inputs in clear, and leaves it open.
fn open<T: Config>(user: T::AccountId, model: ModelId, specs: &Specs) -> RequestId {
	let id = NextRequest::<T>::get();
	let inputs = clear(&specs.inputs);
	Pallet::<T>::do_request(user, model, 1, inputs, terms::<T>(specs)).expect("funds");
	id
}

/// An open request with as many inputs as there may be.
fn opened<T: Config>(output: TensorSpec, trapdoor: &Trapdoor) -> (RequestId, Specs) {
	opened_of::<T>(Specs::most_inputs(output), trapdoor)
}

fn opened_of<T: Config>(specs: Specs, trapdoor: &Trapdoor) -> (RequestId, Specs) {
	let model = model::<T>(&specs, trapdoor);
	let user = rich::<T>(account("user", 0, 0));
	(open::<T>(user, model, &specs), specs)
}

/// The tensors with their values, as whoever derives public inputs sees those in clear.
fn known<'a>(specs: &'a [TensorSpec], values: &'a [Vec<i32>]) -> Vec<Tensor<'a>> {
	specs.iter().zip(values).map(|(spec, values)| Tensor::Public(spec, values)).collect()
}

/// An accepting proof of a statement with public tensors.
fn prove<T: Config>(
	model: ModelId,
	action: Action,
	beneficiary: T::AccountId,
	specs: &Specs,
	trapdoor: &Trapdoor,
) -> (Scalar, Proof) {
	let expiry = match action {
		Action::Answer(request) => Requests::<T>::get(request).expect("open").expiry,
		_ => EXPIRY,
	};
	let seen = |specs: &[TensorSpec]| Tensors::truncate_from(vec![Visibility::Public; specs.len()]);
	let shown = Shown { inputs: seen(&specs.inputs), outputs: seen(&specs.outputs) };
	let ctx = Pallet::<T>::context(action, model, 1, beneficiary, expiry, shown);
	let key = trapdoor.circuit();
	let rounds = key.points().rounds.len() as u32;
	let public = |role, specs: &[TensorSpec]| {
		let one = |spec| {
			let (data, values) = tensor(spec);
			let TensorData::Public(bytes) = data else { unreachable!("made in clear") };
			(T::Verifier::digest(rounds, role, spec, &bytes, &values), values)
		};
		specs.iter().map(one).unzip::<_, _, Vec<_>, Vec<_>>()
	};
	let (inputs, given) = public(Role::Input, &specs.inputs);
	let (outputs, got) = public(Role::Output, &specs.outputs);
	let [inputs, outputs] = [inputs, outputs].map(Tensors::truncate_from);
	let statement =
		Statement { circuit: key.hash(), model, version: 1, params: PARAMS, inputs, outputs, ctx };
	let (given, got) = (known(&specs.inputs, &given), known(&specs.outputs, &got));
	(ctx, trapdoor.prove_statement(&statement, [&given, &got], 1))
}

fn answer_for<T: Config>(
	request: RequestId,
	beneficiary: T::AccountId,
	specs: &Specs,
	trapdoor: &Trapdoor,
) -> Answer<T::AccountId> {
	let model = Requests::<T>::get(request).expect("open").model;
	let action = Action::Answer(request);
	let (ctx, proof) = prove::<T>(model, action, beneficiary.clone(), specs, trapdoor);
	Answer { request, beneficiary, outputs: clear(&specs.outputs), ctx, proof }
}

fn submission_to<T: Config>(
	model: ModelId,
	nonce: u64,
	user: T::AccountId,
	specs: &Specs,
	trapdoor: &Trapdoor,
) -> Submission<T::AccountId> {
	let action = Action::Submit(nonce);
	let (ctx, proof) = prove::<T>(model, action, user.clone(), specs, trapdoor);
	let [inputs, outputs] = [&specs.inputs, &specs.outputs].map(|specs| clear(specs));
	Submission {
		model,
		version: 1,
		nonce,
		expiry: EXPIRY,
		beneficiary: user,
		inputs,
		outputs,
		ctx,
		proof,
	}
}

fn submission_for<T: Config>(
	user: T::AccountId,
	specs: Specs,
	rounds: u32,
) -> Submission<T::AccountId> {
	let trapdoor = trapdoor(1, rounds);
	let model = model::<T>(&specs, &trapdoor);
	submission_to::<T>(model, 1, user, &specs, &trapdoor)
}

type Submissions<T> =
	BoundedVec<Submission<<T as frame_system::Config>::AccountId>, ConstU32<MAX_BATCH>>;

/// So many submissions of the smallest tensors to one model.
fn batch<T: Config>(user: T::AccountId, count: u32, rounds: u32) -> Submissions<T> {
	let (specs, trapdoor) = (Specs::single(bytes(1), bytes(1)), trapdoor(1, rounds));
	let model = model::<T>(&specs, &trapdoor);
	let one = |nonce| submission_to::<T>(model, nonce, user.clone(), &specs, &trapdoor);
	(0..u64::from(count)).map(one).collect::<Vec<_>>().try_into().expect("no more than MAX_BATCH")
}

/// The same, each to a model on a key of its own.
fn batch_of_versions<T: Config>(user: T::AccountId, count: u32) -> Submissions<T> {
	let specs = Specs::single(bytes(1), bytes(1));
	let one = |seed| {
		let trapdoor = trapdoor(seed, MAX_ROUNDS);
		let model = model::<T>(&specs, &trapdoor);
		submission_to::<T>(model, 1, user.clone(), &specs, &trapdoor)
	};
	(1..=u64::from(count)).map(one).collect::<Vec<_>>().try_into().expect("no more than MAX_BATCH")
}

/// Answers with the smallest output for so many requests with as many inputs as there may be. No two have
/// owner, requester or payee in common.
fn batch_of_answers<T: Config>(
	count: u32,
) -> BoundedVec<Answer<T::AccountId>, ConstU32<MAX_BATCH>> {
	let (specs, trapdoor) = (Specs::most_inputs(bytes(1)), trapdoor(1, MAX_ROUNDS));
	let one = |number| {
		let [user, prover] = ["user", "prover"].map(|name| rich::<T>(account(name, number, 0)));
		let model = model_of::<T>(account("owner", number, 0), &specs, &trapdoor);
		let request = open::<T>(user, model, &specs);
		answer_for::<T>(request, prover, &specs, &trapdoor)
	};
	(0..count).map(one).collect::<Vec<_>>().try_into().expect("no more than MAX_BATCH")
}

fn all_recorded<T: Config>(count: u32) {
	assert_eq!(Records::<T>::iter_keys().count() as u32, count);
}

fn answered<T: Config>() -> StatementId {
	let (trapdoor, prover) = (trapdoor(1, 0), prover::<T>());
	let (request, specs) = opened::<T>(bytes(MAX_TENSOR_BYTES), &trapdoor);
	let answer = answer_for::<T>(request, prover.clone(), &specs, &trapdoor);
	Pallet::<T>::do_answer(prover, answer, u32::MAX).expect("honest")
}

/// Until everything has expired.
fn wait<T: Config + pallet_timestamp::Config<Moment = u64>>() {
	let block = EXPIRY + T::AnswerGrace::get().block + T::RecordLife::get() + 1;
	frame_system::Pallet::<T>::set_block_number(block.into());
	pallet_timestamp::Now::<T>::put(T::AnswerGrace::get().moment + 1);
}

#[benchmarks(where T: pallet_timestamp::Config<Moment = u64>)]
mod benchmarks {
	use super::*;

	#[benchmark]
	fn commit_input() {
		let user = caller::<T>();
		#[extrinsic_call]
		_(RawOrigin::Signed(user), Scalar::ZERO);
	}

	#[benchmark]
	fn withdraw_input() {
		let user = caller::<T>();
		Pallet::<T>::do_commit_input(user.clone(), Scalar::ZERO).expect("funds");
		#[extrinsic_call]
		_(RawOrigin::Signed(user), Scalar::ZERO);
	}

	/// `b`: blocks of input.
	#[benchmark]
	fn request(b: Linear<1, MAX_BLOCKS>) {
		let (user, specs) = (caller::<T>(), Specs::single(blocks(b), bytes(1)));
		let model = model::<T>(&specs, &trapdoor(1, 0));
		#[extrinsic_call]
		_(RawOrigin::Signed(user), model, 1, clear(&specs.inputs), terms::<T>(&specs));
	}

	/// `b`: blocks of output.
	#[benchmark]
	fn answer(b: Linear<1, MAX_BLOCKS>) {
		let (id, specs) = opened::<T>(blocks(b), &trapdoor(1, 0));
		let given = answer_for::<T>(id, prover::<T>(), &specs, &trapdoor(1, 0));
		#[extrinsic_call]
		_(RawOrigin::Signed(caller::<T>()), given, MAX_TENSORS);
		assert!(Results::<T>::contains_key(id));
	}

	/// `b`: bytes of output.
	#[benchmark]
	fn answer_rounds(b: Linear<1, { MAX_TENSOR_BYTES }>, r: Linear<1, { MAX_ROUNDS }>) {
		let (id, specs) = opened::<T>(bytes(b), &trapdoor(1, r));
		let given = answer_for::<T>(id, prover::<T>(), &specs, &trapdoor(1, r));
		#[extrinsic_call]
		answer(RawOrigin::Signed(caller::<T>()), given, MAX_TENSORS);
		assert!(Results::<T>::contains_key(id));
	}

	/// `b`: bytes of the input that was asked about.
	#[benchmark]
	fn answer_inputs(b: Linear<1, { MAX_TENSOR_BYTES }>) {
		let trapdoor = trapdoor(1, 1);
		let (id, specs) = opened_of::<T>(Specs::single(bytes(b), bytes(1)), &trapdoor);
		let given = answer_for::<T>(id, prover::<T>(), &specs, &trapdoor);
		#[extrinsic_call]
		answer(RawOrigin::Signed(caller::<T>()), given, b);
		assert!(Results::<T>::contains_key(id));
	}

	#[benchmark]
	fn answer_batch(n: Linear<1, { MAX_BATCH }>) {
		let given = batch_of_answers::<T>(n);
		#[extrinsic_call]
		_(RawOrigin::Signed(caller::<T>()), given, n * MAX_TENSORS);
		all_recorded::<T>(n);
	}

	/// `n`: inputs and outputs, of a byte each, beside one of each.
	#[benchmark]
	fn tensors(n: Linear<0, { 2 * MAX_TENSORS - 2 }>) {
		let user = caller::<T>();
		let [inputs, outputs] =
			[n.div_ceil(2), n / 2].map(|more| vec![bytes(1); more as usize + 1]);
		let submission = submission_for::<T>(user.clone(), Specs { inputs, outputs }, 0);
		#[extrinsic_call]
		submit(RawOrigin::Signed(user), submission);
		all_recorded::<T>(1);
	}

	/// `i`, `o`: blocks of input and output.
	#[benchmark]
	fn submit(i: Linear<1, MAX_BLOCKS>, o: Linear<1, MAX_BLOCKS>) {
		let user = caller::<T>();
		let submission = submission_for::<T>(user.clone(), Specs::single(blocks(i), blocks(o)), 0);
		#[extrinsic_call]
		_(RawOrigin::Signed(user), submission);
	}

	/// `i`, `o`: bytes of input and output.
	#[benchmark]
	fn submit_rounds(
		i: Linear<1, { MAX_TENSOR_BYTES }>,
		o: Linear<1, { MAX_TENSOR_BYTES }>,
		r: Linear<1, { MAX_ROUNDS }>,
	) {
		let user = caller::<T>();
		let submission = submission_for::<T>(user.clone(), Specs::single(bytes(i), bytes(o)), r);
		#[extrinsic_call]
		submit(RawOrigin::Signed(user), submission);
	}

	#[benchmark]
	fn verification(r: Linear<0, { MAX_ROUNDS }>) {
		let user = caller::<T>();
		let specs = Specs::single(bytes(1), bytes(1));
		let given = submission_for::<T>(user.clone(), specs, r);
		let unverified = Pallet::<T>::submission(&user, given).expect("honest");
		let outcome;
		#[block]
		{
			outcome = T::Verifier::verify(unverified.instance());
		}
		assert_eq!(outcome, Ok(()));
	}

	#[benchmark]
	fn submit_batch(n: Linear<1, { MAX_BATCH }>) {
		let user = caller::<T>();
		let given = batch::<T>(user.clone(), n, 0);
		#[extrinsic_call]
		_(RawOrigin::Signed(user), given);
		all_recorded::<T>(n);
	}

	#[benchmark]
	fn submit_batch_one_round(n: Linear<1, { MAX_BATCH }>) {
		let user = caller::<T>();
		let given = batch::<T>(user.clone(), n, 1);
		#[extrinsic_call]
		submit_batch(RawOrigin::Signed(user), given);
		all_recorded::<T>(n);
	}

	#[benchmark]
	fn submit_batch_two_rounds(n: Linear<1, { MAX_BATCH }>) {
		let user = caller::<T>();
		let given = batch::<T>(user.clone(), n, 2);
		#[extrinsic_call]
		submit_batch(RawOrigin::Signed(user), given);
		all_recorded::<T>(n);
	}

	#[benchmark]
	fn submit_batch_versions(k: Linear<1, { MAX_BATCH }>) {
		let user = caller::<T>();
		let given = batch_of_versions::<T>(user.clone(), k);
		#[extrinsic_call]
		submit_batch(RawOrigin::Signed(user), given);
		all_recorded::<T>(k);
	}

	#[benchmark]
	fn refund() {
		let (id, _) = opened::<T>(bytes(1), &trapdoor(1, 0));
		wait::<T>();
		#[extrinsic_call]
		_(RawOrigin::Signed(caller::<T>()), id);
		assert!(!Requests::<T>::contains_key(id));
	}

	#[benchmark]
	fn prune() {
		let statement = answered::<T>();
		wait::<T>();
		#[extrinsic_call]
		_(RawOrigin::Signed(caller::<T>()), statement);
		assert!(!Records::<T>::contains_key(statement));
	}
}
