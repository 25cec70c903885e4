//! Costs of the calls by the number of public inputs, of public bytes, of proofs and of keys.

use alloc::{vec, vec::Vec};

use frame_benchmarking::v2::*;
use frame_support::{
	traits::{fungible::Mutate, ConstU32, Get},
	BoundedVec,
};
use frame_system::RawOrigin;
use pallet_verifier::{Instance, Verify};
use sp_runtime::traits::Saturating;
use zkml_primitives::{
	CircuitHash, CircuitKey, ProgramKey, Scalar, SetupLevel, MAX_BATCH, MAX_PROGRAM_IC,
	MAX_PROGRAM_INPUTS,
};
use zkml_programs::{
	public_inputs, Bound, Claim, ContextPlace, ProgramId, ProgramKind, ProgramSubmission,
	MAX_PUBLIC_BYTES,
};
use zkml_trapdoor::Trapdoor;

use crate::*;

const EXPIRY: u32 = 100;
/// Public inputs are multiplied by halves that an endomorphism splits them into: here both are
/// `0x1111..`, 124 bits with as many digits that are not 0 as there can be (`primitives/groth16`, `straus.rs`).
const HEAVY: Scalar = Scalar([
	0x21, 0xa6, 0x96, 0xb5, 0xcf, 0x53, 0x04, 0x6e, 0x3b, 0x78, 0xbc, 0xab, 0x31, 0x9b, 0xc2, 0x6b,
	0xb9, 0x1c, 0xba, 0x40, 0xc7, 0xae, 0x65, 0x40, 0x7b, 0x57, 0xfa, 0x2c, 0x92, 0xed, 0xbb, 0xd1,
]);
const SELECTOR: [u8; 4] = [9; 4];
const SETUP: SetupLevel = SetupLevel::Ceremony([7; 32]);
const SP1: ProgramKind =
	ProgramKind::Sp1V6 { vkey: [1; 32], vk_root: [2; 32], verifier_hash: [9; 32] };

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

/// With a gamma of its own, which costs a verification most.
fn trapdoor(seed: u32, inputs: u32) -> Trapdoor {
	Trapdoor::with_inputs(seed.into(), inputs as usize).with_own_gamma()
}

fn key_of(trapdoor: &Trapdoor) -> ProgramKey {
	match trapdoor.circuit() {
		CircuitKey::Program(key) => key,
		_ => unreachable!("made with a number of inputs"),
	}
}

/// A key with a program on it.
fn program_of<T: Config>(
	user: &T::AccountId,
	trapdoor: &Trapdoor,
	kind: ProgramKind,
	context: Option<ContextPlace>,
) -> ProgramId {
	let hash = trapdoor.circuit().hash();
	Pallet::<T>::do_register_key(user.clone(), key_of(trapdoor)).expect("a good key");
	Pallet::<T>::do_register(user.clone(), hash, kind, context, SETUP).expect("a good program");
	ProgramId::derive(user, hash, &kind, &context)
}

/// The same for plain Groth16, bound if there is an input to bind it by.
fn program<T: Config>(user: &T::AccountId, trapdoor: &Trapdoor) -> ProgramId {
	let context = (key_of(trapdoor).ic.len() > 1).then_some(ContextPlace::Input(0));
	program_of::<T>(user, trapdoor, ProgramKind::Groth16, context)
}

fn submission_of<T: Config>(
	program: ProgramId,
	trapdoor: &Trapdoor,
	kind: &ProgramKind,
	claim: Claim,
) -> ProgramSubmission<T::AccountId> {
	let inputs = public_inputs(kind, &key_of(trapdoor), &claim).expect("it fits the program");
	let proof = trapdoor.prove(&inputs, 1);
	ProgramSubmission { program, claim, proof, bound: None }
}

/// Full-size inputs, the first of which is a context that no other number has.
fn submission<T: Config>(
	user: &T::AccountId,
	program: ProgramId,
	trapdoor: &Trapdoor,
	number: u32,
) -> ProgramSubmission<T::AccountId> {
	let bound = Bound { nonce: number.into(), beneficiary: user.clone(), expiry: EXPIRY };
	let mut inputs = vec![HEAVY; key_of(trapdoor).ic.len() - 1];
	let bound = inputs.first_mut().map(|first| {
		*first = Pallet::<T>::context(program, &bound);
		bound
	});
	let claim = Claim::Inputs(inputs.try_into().expect("no more than a program may have"));
	let given = submission_of::<T>(program, trapdoor, &ProgramKind::Groth16, claim);
	ProgramSubmission { bound, ..given }
}

type Submissions<T> =
	BoundedVec<ProgramSubmission<<T as frame_system::Config>::AccountId>, ConstU32<MAX_BATCH>>;

fn bounded<T: Config>(list: Vec<ProgramSubmission<T::AccountId>>) -> Submissions<T> {
	list.try_into().expect("no more than MAX_BATCH")
}

fn all_recorded<T: Config>(count: u32) {
	assert_eq!(Records::<T>::iter_keys().count() as u32, count);
}

#[benchmarks]
mod benchmarks {
	use super::*;

	#[benchmark]
	fn register_key(n: Linear<1, { MAX_PROGRAM_IC }>) {
		let user = caller::<T>();
		let key = key_of(&trapdoor(1, n - 1));
		#[extrinsic_call]
		_(RawOrigin::Signed(user), key);
	}

	#[benchmark]
	fn remove_key() {
		let user = caller::<T>();
		let trapdoor = trapdoor(1, MAX_PROGRAM_INPUTS);
		Pallet::<T>::do_register_key(user.clone(), key_of(&trapdoor)).expect("a good key");
		#[extrinsic_call]
		_(RawOrigin::Signed(user), trapdoor.circuit().hash());
	}

	#[benchmark]
	fn register() {
		let user = caller::<T>();
		let trapdoor = trapdoor(1, MAX_PROGRAM_INPUTS);
		Pallet::<T>::do_register_key(user.clone(), key_of(&trapdoor)).expect("a good key");
		let hash: CircuitHash = trapdoor.circuit().hash();
		#[extrinsic_call]
		_(RawOrigin::Signed(user), hash, ProgramKind::Groth16, Some(ContextPlace::Input(3)), SETUP);
	}

	#[benchmark]
	fn remove() {
		let user = caller::<T>();
		let trapdoor = trapdoor(1, MAX_PROGRAM_INPUTS);
		let program = program::<T>(&user, &trapdoor);
		#[extrinsic_call]
		_(RawOrigin::Signed(user), program);
	}

	#[benchmark]
	fn submit(n: Linear<0, { MAX_PROGRAM_INPUTS }>) {
		let user = caller::<T>();
		let trapdoor = trapdoor(1, n);
		let program = program::<T>(&user, &trapdoor);
		let given = submission::<T>(&user, program, &trapdoor, 1);
		#[extrinsic_call]
		_(RawOrigin::Signed(user), given);
		all_recorded::<T>(1);
	}

	#[benchmark]
	fn submit_public(b: Linear<0, { MAX_PUBLIC_BYTES }>) {
		let user = caller::<T>();
		let trapdoor = trapdoor(1, 5);
		let program = program_of::<T>(&user, &trapdoor, SP1, None);
		let claim = Claim::Sp1V6 {
			selector: SELECTOR,
			exit_code: [0; 32],
			vk_root: [2; 32],
			nonce: [3; 32],
			public_values: vec![7; b as usize].try_into().expect("4096 at most"),
		};
		let given = submission_of::<T>(program, &trapdoor, &SP1, claim);
		#[extrinsic_call]
		submit(RawOrigin::Signed(user), given);
		all_recorded::<T>(1);
	}

	#[benchmark]
	fn verification(n: Linear<0, { MAX_PROGRAM_INPUTS }>) {
		let user = caller::<T>();
		let trapdoor = trapdoor(1, n);
		let program = program::<T>(&user, &trapdoor);
		let given = submission::<T>(&user, program, &trapdoor, 1);
		let inputs = public_inputs(&ProgramKind::Groth16, &key_of(&trapdoor), &given.claim)
			.expect("it fits");
		let circuit = trapdoor.circuit().hash();
		let instance = Instance::Program { circuit, inputs: &inputs, proof: &given.proof };
		let outcome;
		#[block]
		{
			outcome = T::Verifier::verify(instance);
		}
		assert_eq!(outcome, Ok(()));
	}

	#[benchmark]
	fn submit_batch(n: Linear<1, { MAX_BATCH }>) {
		let user = caller::<T>();
		let trapdoor = trapdoor(1, MAX_PROGRAM_INPUTS);
		let program = program::<T>(&user, &trapdoor);
		let one = |number| submission::<T>(&user, program, &trapdoor, number);
		let given = bounded::<T>((0..n).map(one).collect());
		#[extrinsic_call]
		_(RawOrigin::Signed(user), given);
		all_recorded::<T>(n);
	}

	#[benchmark]
	fn submit_batch_keys(k: Linear<1, { MAX_BATCH }>) {
		let user = caller::<T>();
		let one = |seed: u32| {
			let trapdoor = trapdoor(seed, MAX_PROGRAM_INPUTS);
			let program = program::<T>(&user, &trapdoor);
			submission::<T>(&user, program, &trapdoor, seed)
		};
		let given = bounded::<T>((1..=k).map(one).collect());
		#[extrinsic_call]
		submit_batch(RawOrigin::Signed(user), given);
		all_recorded::<T>(k);
	}

	#[benchmark]
	fn prune() {
		let prover = rich::<T>(account("prover", 0, 0));
		let trapdoor = trapdoor(1, MAX_PROGRAM_INPUTS);
		let program = program::<T>(&prover, &trapdoor);
		let given = submission::<T>(&prover, program, &trapdoor, 1);
		let statement = Pallet::<T>::do_submit(prover, given).expect("honest");
		frame_system::Pallet::<T>::set_block_number((EXPIRY + 1).into());
		#[extrinsic_call]
		_(RawOrigin::Signed(caller::<T>()), statement);
		all_recorded::<T>(0);
	}
}
