//! Costs of the calls with tensors of full size, without the verifier's and consumers' part, which
//! is added call by call.

use alloc::vec;

use frame_benchmarking::v2::*;
use frame_support::traits::{fungible::Mutate, Get};
use frame_system::RawOrigin;
use pallet_model_registry::ReadModels;
use sp_runtime::traits::Saturating;
use zkml_primitives::{
	Action, Answer, CircuitKey, Content, Dims, ModelId, ModelVersion, ParamsCommitment, RequestId,
	Scalar, Scale, StatementId, Submission, TensorData, TensorSpec, Visibility,
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

fn model<T: Config>() -> ModelId {
	let dims = Dims::try_from(vec![4096]).expect("one dimension");
	let spec = TensorSpec { dims, bits: 8, min: -128, max: 127, scale: Scale::ONE };
	let key: CircuitKey = Trapdoor::new(1).circuit();
	let version = ModelVersion {
		circuit: key.hash(),
		params: ParamsCommitment::Poseidon(PARAMS),
		visibility: Visibility::Private,
		input: spec.clone(),
		output: spec,
		labels: Default::default(),
		content: Content { model: [1; 32], proving_key: [2; 32], uri: Default::default() },
	};
	T::Models::register_for_benchmark(account("owner", 0, 0), key, version)
}

fn tensor() -> TensorData {
	TensorData::Public(vec![7; 4096].try_into().expect("4096 bytes"))
}

fn open<T: Config>() -> (T::AccountId, RequestId) {
	let user = rich::<T>("user");
	let price = T::DepositBase::get();
	let model = model::<T>();
	let id = NextRequest::<T>::get();
	Pallet::<T>::do_request(user.clone(), model, 1, tensor(), price, EXPIRY).expect("funds");
	(user, id)
}

fn commitment<T: Config>(output: bool) -> Scalar {
	use pallet_verifier::Verify;
	let dims = Dims::try_from(vec![4096]).expect("one dimension");
	let spec = TensorSpec { dims, bits: 8, min: -128, max: 127, scale: Scale::ONE };
	let role = if output { zkml_primitives::Role::Output } else { zkml_primitives::Role::Input };
	T::Verifier::commit(role, &spec, &[7; 4096]).expect("bytes of the right number")
}

fn answer_for<T: Config>(request: RequestId, beneficiary: T::AccountId) -> Answer<T::AccountId> {
	let job = Pallet::<T>::job(request, beneficiary.clone()).expect("open");
	let inputs = [PARAMS, commitment::<T>(false), commitment::<T>(true), job.ctx];
	let proof = Trapdoor::new(1).prove(&inputs, 1);
	Answer { request, beneficiary, output: tensor(), ctx: job.ctx, proof }
}

fn answered<T: Config>() -> StatementId {
	let (_, request) = open::<T>();
	let prover = rich::<T>("prover");
	Pallet::<T>::do_answer(prover.clone(), answer_for::<T>(request, prover)).expect("honest")
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
	fn request() {
		let user = rich::<T>("user");
		let (model, price) = (model::<T>(), T::DepositBase::get());
		#[extrinsic_call]
		_(RawOrigin::Signed(user), model, 1, tensor(), price, EXPIRY);
	}

	#[benchmark]
	fn answer() {
		let (_, request) = open::<T>();
		let prover = rich::<T>("prover");
		let answer = answer_for::<T>(request, prover.clone());
		#[extrinsic_call]
		_(RawOrigin::Signed(prover), answer);
		assert!(Results::<T>::contains_key(request));
	}

	#[benchmark]
	fn submit() {
		let (user, model) = (rich::<T>("user"), model::<T>());
		let ctx = Pallet::<T>::context(Action::Submit(1), model, 1, user.clone(), EXPIRY);
		let inputs = [PARAMS, commitment::<T>(false), commitment::<T>(true), ctx];
		let submission = Submission {
			model,
			version: 1,
			nonce: 1,
			expiry: EXPIRY,
			beneficiary: user.clone(),
			input: tensor(),
			output: tensor(),
			ctx,
			proof: Trapdoor::new(1).prove(&inputs, 1),
		};
		#[extrinsic_call]
		_(RawOrigin::Signed(user), submission);
	}

	#[benchmark]
	fn refund() {
		let (user, request) = open::<T>();
		wait::<T>();
		#[extrinsic_call]
		_(RawOrigin::Signed(user), request);
		assert!(!Requests::<T>::contains_key(request));
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
