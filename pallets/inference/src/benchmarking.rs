//! Costs of the calls by the size of public tensors, hashing and verification included; a consumer's
//! part is added.

use alloc::{vec, vec::Vec};

use frame_benchmarking::v2::*;
use frame_support::{
	traits::{fungible::Mutate, ConstU32, Get},
	BoundedVec,
};
use frame_system::RawOrigin;
use pallet_model_registry::ReadModels;
use pallet_verifier::Verify;
use sp_runtime::traits::Saturating;
use zkml_primitives::{
	Action, Answer, Content, Dims, Label, ModelId, ModelVersion, ParamsCommitment, Proof,
	RequestId, Role, Scalar, Scale, Shown, Statement, StatementId, Submission, Tensor, TensorData,
	TensorSpec, Visibility, MAX_BATCH, MAX_ROUNDS, MAX_TENSOR_BYTES,
};
use zkml_trapdoor::Trapdoor;

use crate::*;

const PARAMS: Scalar = Scalar([0x11; 32]);
const EXPIRY: u32 = 100;

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

fn spec(bytes: u32) -> TensorSpec {
	let dims = Dims::try_from(vec![bytes]).expect("one dimension");
	TensorSpec { dims, bits: 8, min: -128, max: 127, scale: Scale::ONE }
}

fn trapdoor(rounds: u32) -> Trapdoor {
	Trapdoor::with_rounds(1, rounds as usize)
}

/// A model as large as it may be that takes and gives so many bytes, on a circuit with so many rounds.
fn model<T: Config>(input: u32, output: u32, rounds: u32) -> ModelId {
	model_on::<T>(input, output, &trapdoor(rounds))
}

fn model_on<T: Config>(input: u32, output: u32, trapdoor: &Trapdoor) -> ModelId {
	let label = Label::try_from(vec![b'x'; 32]).expect("32 bytes");
	let uri = vec![b'x'; 256].try_into().expect("256 bytes");
	let version = ModelVersion {
		circuit: trapdoor.circuit().hash(),
		params: ParamsCommitment::Poseidon(PARAMS),
		visibility: Visibility::Private,
		input: spec(input),
		output: spec(output),
		labels: vec![label; 64].try_into().expect("64 labels"),
		content: Content { model: [1; 32], proving_key: [2; 32], uri },
	};
	T::Models::register_for_benchmark(account("owner", 0, 0), trapdoor, version)
}

fn tensor(bytes: u32) -> TensorData {
	TensorData::Public(vec![7; bytes as usize].try_into().expect("4096 bytes at most"))
}

/// An open request with an input of full size.
fn open<T: Config>(output: u32, rounds: u32) -> RequestId {
	let user = rich::<T>(account("user", 0, 0));
	let price = T::DepositBase::get();
	let model = model::<T>(4096, output, rounds);
	let id = NextRequest::<T>::get();
	Pallet::<T>::do_request(user, model, 1, tensor(4096), price, EXPIRY).expect("funds");
	id
}

/// An accepting proof of a statement with public tensors of so many bytes.
fn prove<T: Config>(
	model: ModelId,
	action: Action,
	beneficiary: T::AccountId,
	[input, output]: [u32; 2],
	trapdoor: &Trapdoor,
) -> (Scalar, Proof) {
	let ctx = Pallet::<T>::context(action, model, 1, beneficiary, EXPIRY, Shown::ALL);
	let circuit = trapdoor.circuit().hash();
	// 7 in offset binary.
	let values = |bytes: u32| vec![7 - 128; bytes as usize];
	let digest = |role, bytes: u32| {
		let raw = vec![7; bytes as usize];
		T::Verifier::digest(circuit, role, &spec(bytes), &raw, &values(bytes)).expect("registered")
	};
	let statement = Statement {
		circuit,
		model,
		version: 1,
		params: PARAMS,
		input: digest(Role::Input, input),
		output: digest(Role::Output, output),
		ctx,
	};
	let (specs, given) = ([spec(input), spec(output)], [values(input), values(output)]);
	let tensors = [Tensor::Public(&specs[0], &given[0]), Tensor::Public(&specs[1], &given[1])];
	(ctx, trapdoor.prove_statement(&statement, tensors, 1))
}

fn answer_for<T: Config>(
	request: RequestId,
	beneficiary: T::AccountId,
	output: u32,
	rounds: u32,
) -> Answer<T::AccountId> {
	let model = Requests::<T>::get(request).expect("open").model;
	let action = Action::Answer(request);
	let sizes = [4096, output];
	let (ctx, proof) = prove::<T>(model, action, beneficiary.clone(), sizes, &trapdoor(rounds));
	Answer { request, beneficiary, output: tensor(output), ctx, proof }
}

fn submission_for<T: Config>(
	user: T::AccountId,
	input: u32,
	output: u32,
	rounds: u32,
) -> Submission<T::AccountId> {
	let model = model::<T>(input, output, rounds);
	submission_to::<T>(model, 1, user, [input, output], &trapdoor(rounds))
}

fn submission_to<T: Config>(
	model: ModelId,
	nonce: u64,
	user: T::AccountId,
	[input, output]: [u32; 2],
	trapdoor: &Trapdoor,
) -> Submission<T::AccountId> {
	let action = Action::Submit(nonce);
	let (ctx, proof) = prove::<T>(model, action, user.clone(), [input, output], trapdoor);
	Submission {
		model,
		version: 1,
		nonce,
		expiry: EXPIRY,
		beneficiary: user,
		input: tensor(input),
		output: tensor(output),
		ctx,
		proof,
	}
}

type Submissions<T> =
	BoundedVec<Submission<<T as frame_system::Config>::AccountId>, ConstU32<MAX_BATCH>>;

/// So many submissions of the smallest tensors to one model.
fn batch<T: Config>(user: T::AccountId, count: u32, rounds: u32) -> Submissions<T> {
	let (model, trapdoor) = (model::<T>(1, 1, rounds), trapdoor(rounds));
	let one = |nonce| submission_to::<T>(model, nonce, user.clone(), [1, 1], &trapdoor);
	(0..u64::from(count)).map(one).collect::<Vec<_>>().try_into().expect("256 at most")
}

/// The same, each to a model on a key of its own.
fn batch_of_versions<T: Config>(user: T::AccountId, count: u32) -> Submissions<T> {
	let one = |seed| {
		let trapdoor = Trapdoor::with_rounds(seed, MAX_ROUNDS as usize);
		let model = model_on::<T>(1, 1, &trapdoor);
		submission_to::<T>(model, 1, user.clone(), [1, 1], &trapdoor)
	};
	(1..=u64::from(count)).map(one).collect::<Vec<_>>().try_into().expect("256 at most")
}

fn all_recorded<T: Config>(count: u32) {
	assert_eq!(Records::<T>::iter_keys().count() as u32, count);
}

fn answered<T: Config>() -> StatementId {
	let request = open::<T>(4096, 0);
	let prover = prover::<T>();
	let answer = answer_for::<T>(request, prover.clone(), 4096, 0);
	Pallet::<T>::do_answer(prover, answer).expect("honest")
}

fn wait<T: Config>() {
	frame_system::Pallet::<T>::set_block_number((EXPIRY + 1).into());
}

#[benchmarks]
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

	#[benchmark]
	fn request(b: Linear<1, { MAX_TENSOR_BYTES }>) {
		let user = caller::<T>();
		let (model, price) = (model::<T>(b, 1, 0), T::DepositBase::get());
		#[extrinsic_call]
		_(RawOrigin::Signed(user), model, 1, tensor(b), price, EXPIRY);
	}

	#[benchmark]
	fn answer(b: Linear<1, { MAX_TENSOR_BYTES }>) {
		let id = open::<T>(b, 0);
		let given = answer_for::<T>(id, prover::<T>(), b, 0);
		#[extrinsic_call]
		_(RawOrigin::Signed(caller::<T>()), given);
		assert!(Results::<T>::contains_key(id));
	}

	#[benchmark]
	fn answer_rounds(b: Linear<1, { MAX_TENSOR_BYTES }>, r: Linear<1, { MAX_ROUNDS }>) {
		let id = open::<T>(b, r);
		let given = answer_for::<T>(id, prover::<T>(), b, r);
		#[extrinsic_call]
		answer(RawOrigin::Signed(caller::<T>()), given);
		assert!(Results::<T>::contains_key(id));
	}

	#[benchmark]
	fn submit(i: Linear<1, { MAX_TENSOR_BYTES }>, o: Linear<1, { MAX_TENSOR_BYTES }>) {
		let user = caller::<T>();
		let submission = submission_for::<T>(user.clone(), i, o, 0);
		#[extrinsic_call]
		_(RawOrigin::Signed(user), submission);
	}

	#[benchmark]
	fn submit_rounds(
		i: Linear<1, { MAX_TENSOR_BYTES }>,
		o: Linear<1, { MAX_TENSOR_BYTES }>,
		r: Linear<1, { MAX_ROUNDS }>,
	) {
		let user = caller::<T>();
		let submission = submission_for::<T>(user.clone(), i, o, r);
		#[extrinsic_call]
		submit(RawOrigin::Signed(user), submission);
	}

	#[benchmark]
	fn verification(r: Linear<0, { MAX_ROUNDS }>) {
		let user = caller::<T>();
		let given = submission_for::<T>(user.clone(), 1, 1, r);
		let candidate = Pallet::<T>::submission(&user, given).expect("honest");
		let outcome;
		#[block]
		{
			outcome = T::Verifier::verify(candidate.claimed());
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
	fn submit_batch_versions(k: Linear<1, 32>) {
		let user = caller::<T>();
		let given = batch_of_versions::<T>(user.clone(), k);
		#[extrinsic_call]
		submit_batch(RawOrigin::Signed(user), given);
		all_recorded::<T>(k);
	}

	#[benchmark]
	fn refund() {
		let id = open::<T>(1, 0);
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
