//! Costs of the calls by the size of public tensors, hashing and verification included; a consumer's
//! part is added.

use alloc::vec;

use frame_benchmarking::v2::*;
use frame_support::traits::{fungible::Mutate, Get};
use frame_system::RawOrigin;
use pallet_model_registry::ReadModels;
use pallet_verifier::Verify;
use sp_runtime::traits::Saturating;
use zkml_primitives::{
	Action, Answer, CircuitKey, Content, Dims, ModelId, ModelVersion, ParamsCommitment, RequestId,
	Role, Scalar, Scale, StatementId, Submission, TensorData, TensorSpec, Visibility,
	MAX_TENSOR_BYTES,
};
use zkml_trapdoor::Trapdoor;

use crate::*;

const PARAMS: Scalar = Scalar([0x11; 32]);
const EXPIRY: u32 = 100;

fn rich<T: Config>(name: &'static str) -> T::AccountId {
	let who = account(name, 0, 0);
	T::Currency::set_balance(&who, T::DepositBase::get().saturating_mul(1_000_000u32.into()));
	who
}

fn spec(bytes: u32) -> TensorSpec {
	let dims = Dims::try_from(vec![bytes]).expect("one dimension");
	TensorSpec { dims, bits: 8, min: -128, max: 127, scale: Scale::ONE }
}

/// A model that takes and gives so many bytes.
fn model<T: Config>(input: u32, output: u32) -> ModelId {
	let key: CircuitKey = Trapdoor::new(1).circuit();
	let version = ModelVersion {
		circuit: key.hash(),
		params: ParamsCommitment::Poseidon(PARAMS),
		visibility: Visibility::Private,
		input: spec(input),
		output: spec(output),
		labels: Default::default(),
		content: Content { model: [1; 32], proving_key: [2; 32], uri: Default::default() },
	};
	T::Models::register_for_benchmark(account("owner", 0, 0), key, version)
}

fn tensor(bytes: u32) -> TensorData {
	TensorData::Public(vec![7; bytes as usize].try_into().expect("4096 bytes at most"))
}

/// An open request with an input of full size.
fn open<T: Config>(output: u32) -> (T::AccountId, RequestId) {
	let user = rich::<T>("user");
	let price = T::DepositBase::get();
	let model = model::<T>(4096, output);
	let id = NextRequest::<T>::get();
	Pallet::<T>::do_request(user.clone(), model, 1, tensor(4096), price, EXPIRY).expect("funds");
	(user, id)
}

fn commitment<T: Config>(role: Role, bytes: u32) -> Scalar {
	T::Verifier::commit(role, &spec(bytes), &vec![7; bytes as usize]).expect("the right length")
}

fn answer_for<T: Config>(
	request: RequestId,
	beneficiary: T::AccountId,
	output: u32,
) -> Answer<T::AccountId> {
	let job = Pallet::<T>::job(request, beneficiary.clone()).expect("open");
	let (input, given) =
		(commitment::<T>(Role::Input, 4096), commitment::<T>(Role::Output, output));
	let proof = Trapdoor::new(1).prove(&[PARAMS, input, given, job.ctx], 1);
	Answer { request, beneficiary, output: tensor(output), ctx: job.ctx, proof }
}

fn answered<T: Config>() -> StatementId {
	let (_, request) = open::<T>(4096);
	let prover = rich::<T>("prover");
	let answer = answer_for::<T>(request, prover.clone(), 4096);
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
		let user = rich::<T>("user");
		#[extrinsic_call]
		_(RawOrigin::Signed(user), Scalar::ZERO);
	}

	#[benchmark]
	fn withdraw_input() {
		let user = rich::<T>("user");
		Pallet::<T>::do_commit_input(user.clone(), Scalar::ZERO).expect("funds");
		#[extrinsic_call]
		_(RawOrigin::Signed(user), Scalar::ZERO);
	}

	#[benchmark]
	fn request(b: Linear<1, { MAX_TENSOR_BYTES }>) {
		let user = rich::<T>("user");
		let (model, price) = (model::<T>(b, 1), T::DepositBase::get());
		#[extrinsic_call]
		_(RawOrigin::Signed(user), model, 1, tensor(b), price, EXPIRY);
	}

	#[benchmark]
	fn answer(b: Linear<1, { MAX_TENSOR_BYTES }>) {
		let (_, id) = open::<T>(b);
		let prover = rich::<T>("prover");
		let given = answer_for::<T>(id, prover.clone(), b);
		#[extrinsic_call]
		_(RawOrigin::Signed(prover), given);
		assert!(Results::<T>::contains_key(id));
	}

	#[benchmark]
	fn submit(i: Linear<1, { MAX_TENSOR_BYTES }>, o: Linear<1, { MAX_TENSOR_BYTES }>) {
		let (user, model) = (rich::<T>("user"), model::<T>(i, o));
		let ctx = Pallet::<T>::context(Action::Submit(1), model, 1, user.clone(), EXPIRY);
		let (input, output) = (commitment::<T>(Role::Input, i), commitment::<T>(Role::Output, o));
		let submission = Submission {
			model,
			version: 1,
			nonce: 1,
			expiry: EXPIRY,
			beneficiary: user.clone(),
			input: tensor(i),
			output: tensor(o),
			ctx,
			proof: Trapdoor::new(1).prove(&[PARAMS, input, output, ctx], 1),
		};
		#[extrinsic_call]
		_(RawOrigin::Signed(user), submission);
	}

	#[benchmark]
	fn refund() {
		let (user, id) = open::<T>(1);
		wait::<T>();
		#[extrinsic_call]
		_(RawOrigin::Signed(user), id);
		assert!(!Requests::<T>::contains_key(id));
	}

	#[benchmark]
	fn prune() {
		let statement = answered::<T>();
		wait::<T>();
		let anyone = rich::<T>("anyone");
		#[extrinsic_call]
		_(RawOrigin::Signed(anyone), statement);
		assert!(!Records::<T>::contains_key(statement));
	}
}
