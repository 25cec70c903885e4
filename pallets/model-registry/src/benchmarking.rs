//! Costs of the registry's calls, the verification of keys and proofs of possession included.

use alloc::{vec, vec::Vec};

use frame_benchmarking::v2::*;
use frame_support::traits::{fungible::Mutate, Get};
use frame_system::{pallet_prelude::BlockNumberFor, RawOrigin};
use sp_runtime::traits::Saturating;
use zkml_primitives::{
	Action, CircuitHash, CircuitKey, Content, Context, Dims, Label, ModelId, ModelVersion, Name,
	ParamsCommitment, Possession, RangeProof, Scalar, Scale, Scales, SetupLevel, Share, Shown,
	Statement, Tensor, TensorSpec, Tensors, ValueInfo, Visibility, MAX_CHANNELS, MAX_CLAIM,
	MAX_NAME, MAX_ROUNDS, MAX_TENSORS,
};
use zkml_trapdoor::Trapdoor;

use crate::*;

const PARAMS: ParamsCommitment = ParamsCommitment::Poseidon(Scalar([0x11; 32]));

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

/// As many scales as there may be, along the last of six axes.
fn most_scales() -> Scales {
	let scales = vec![Scale { mantissa: u32::MAX, shift: 32 }; MAX_CHANNELS as usize];
	Scales::PerAxis { axis: 5, scales: scales.try_into().expect("256 scales") }
}

/// As many inputs, or outputs, as there may be, whose names differ at their ends alone.
fn most_tensors() -> Tensors<ValueInfo> {
	let dims = Dims::try_from(vec![1, 1, 1, 1, 1, MAX_CHANNELS]).expect("six dimensions");
	let tensor = TensorSpec { dims, bits: 8, min: -128, max: 127, scales: most_scales() };
	let value = |number| {
		let mut name = vec![b'x'; MAX_NAME as usize - 1];
		name.push(number);
		let name = Name::try_from(name).expect("64 bytes");
		ValueInfo { name, tensor: tensor.clone() }
	};
	(b'0'..).take(MAX_TENSORS as usize).map(value).collect::<Vec<_>>().try_into().expect("eight")
}

/// A description as large as it may be.
fn description(circuit: CircuitHash, params: ParamsCommitment) -> ModelVersion {
	let label = Label::try_from(vec![b'x'; 32]).expect("32 bytes");
	ModelVersion {
		circuit,
		setup: SetupLevel::Ceremony([7; 32]),
		params,
		visibility: Visibility::Private,
		inputs: most_tensors(),
		outputs: most_tensors(),
		labels: vec![label; 64].try_into().expect("64 labels"),
		accuracy: vec![b'x'; MAX_CLAIM as usize].try_into().expect("160 bytes"),
		content: Content {
			model: [1; 32],
			proving_key: [2; 32],
			uri: vec![b'x'; 256].try_into().expect("256 bytes"),
		},
	}
}

/// With a gamma of its own, which costs a verification most.
fn trapdoor(seed: u64, rounds: u32) -> Trapdoor {
	Trapdoor::with_rounds(seed, rounds as usize).with_own_gamma()
}

/// The same with parameters that are a point.
fn committed(seed: u64) -> Trapdoor {
	Trapdoor::committed(seed).with_own_gamma()
}

fn point(trapdoor: &Trapdoor) -> ParamsCommitment {
	ParamsCommitment::Point(trapdoor.params_point())
}

/// A proof of range if the number is not 0.
fn range(trapdoor: &Trapdoor, number: u32) -> Option<RangeProof> {
	(number > 0).then(|| trapdoor.prove_range(1))
}

/// Of the largest description.
fn possession<T: Config>(
	owner: &T::AccountId,
	action: Action,
	model: ModelId,
	version: u32,
	params: ParamsCommitment,
	trapdoor: &Trapdoor,
) -> Possession {
	let most = MAX_TENSORS as usize;
	possession_of::<T>(owner, action, (model, version), params, trapdoor, [most; 2])
}

/// Of a version with so many inputs and outputs.
fn possession_of<T: Config>(
	owner: &T::AccountId,
	action: Action,
	(model, version): (ModelId, u32),
	params: ParamsCommitment,
	trapdoor: &Trapdoor,
	[inputs, outputs]: [usize; 2],
) -> Possession {
	let expiry = u32::MAX;
	let genesis = Pallet::<T>::genesis();
	let beneficiary = owner.clone();
	let shown = Shown::nothing(inputs, outputs);
	let hidden = [inputs, outputs].map(|count| vec![Tensor::Committed; count]);
	let ctx = Context { genesis, action, model, version, beneficiary, expiry, shown }.digest();
	let digests = |byte, count| Tensors::truncate_from(vec![Scalar::from_hash([byte; 32]); count]);
	let (inputs, outputs) = (digests(4, inputs), digests(5, outputs));
	let circuit = trapdoor.circuit().hash();
	let params = params.scalar();
	let statement = Statement {
		circuit,
		model,
		version,
		params,
		inputs: inputs.clone(),
		outputs: outputs.clone(),
		ctx,
	};
	let proof = trapdoor.prove_statement(&statement, [&hidden[0], &hidden[1]], 1);
	Possession { inputs, outputs, expiry, proof }
}

fn register_circuit<T: Config>(owner: &T::AccountId, key: CircuitKey) -> CircuitHash {
	let circuit = key.hash();
	Pallet::<T>::do_register_circuit(owner.clone(), key).expect("a good key");
	circuit
}

/// Registers a model on a trapdoor key, and the key if it is new.
pub(crate) fn register<T: Config>(
	owner: T::AccountId,
	trapdoor: &Trapdoor,
	version: ModelVersion,
) -> ModelId {
	let (owner, key) = (rich::<T>(owner), trapdoor.circuit());
	let circuit = key.hash();
	if !Circuits::<T>::contains_key(circuit) {
		register_circuit::<T>(&owner, key);
	}
	let params = version.params;
	let model = ModelId::derive(&owner, circuit, params.scalar());
	let (action, count) = (Action::Register, [version.inputs.len(), version.outputs.len()]);
	let possession = possession_of::<T>(&owner, action, (model, 1), params, trapdoor, count);
	Pallet::<T>::do_register(owner, version, Share(Share::WHOLE / 2), possession, None)
		.expect("an honest owner");
	model
}

/// The same for the benchmarks of other pallets, whose tensors have any size and number, with a proof of
/// possession to match: afterwards the description is as large as one of so many tensors can be, since who
/// only reads it never looks whether scales fit a shape.
pub(crate) fn register_largest<T: Config>(
	owner: T::AccountId,
	trapdoor: &Trapdoor,
	version: ModelVersion,
) -> ModelId {
	let model = register::<T>(owner, trapdoor, version);
	Versions::<T>::mutate(model, 1, |version| {
		let about = &mut version.as_mut().expect("registered").description;
		for value in about.inputs.iter_mut().chain(about.outputs.iter_mut()) {
			value.tensor.scales = most_scales();
		}
	});
	model
}

/// A registered model, its owner and its circuit.
fn prepare<T: Config>(rounds: u32) -> (T::AccountId, ModelId, CircuitHash) {
	let (owner, trapdoor) = (caller::<T>(), trapdoor(1, rounds));
	let circuit = trapdoor.circuit().hash();
	let model = register::<T>(owner.clone(), &trapdoor, description(circuit, PARAMS));
	(owner, model, circuit)
}

/// The same with so many versions, each published by another owner, none of them the last, and on a
/// circuit of its own, with parameters that are a point: to remove them touches the accounts, circuits and
/// parameters of all.
fn prepare_versions<T: Config>(versions: u32) -> (T::AccountId, ModelId) {
	let mut owner: T::AccountId = account("owner", 1, 0);
	let first = committed(1);
	let version = description(first.circuit().hash(), point(&first));
	let model = register::<T>(owner.clone(), &first, version);
	for number in 2..=versions {
		let heir = rich::<T>(account("owner", number, 0));
		Pallet::<T>::do_transfer(owner, model, heir.clone()).expect("the owner");
		let trapdoor = committed(number.into());
		let (circuit, params) =
			(register_circuit::<T>(&heir, trapdoor.circuit()), point(&trapdoor));
		let possession = possession::<T>(&heir, Action::Publish, model, number, params, &trapdoor);
		let version = description(circuit, params);
		Pallet::<T>::do_publish(heir.clone(), model, version, possession, None).expect("the owner");
		owner = heir;
	}
	let last = caller::<T>();
	Pallet::<T>::do_transfer(owner, model, last.clone()).expect("the owner");
	for number in 1..=versions {
		Pallet::<T>::do_deprecate(last.clone(), model, number).expect("the owner");
	}
	(last, model)
}

#[benchmarks]
mod benchmarks {
	use super::*;

	#[benchmark]
	fn register_circuit(r: Linear<0, { MAX_ROUNDS }>) {
		let owner = caller::<T>();
		let key = trapdoor(1, r).circuit();
		let circuit = key.hash();
		#[extrinsic_call]
		_(RawOrigin::Signed(owner), key);
		assert!(Circuits::<T>::contains_key(circuit));
	}

	#[benchmark]
	fn register_circuit_committed() {
		let owner = caller::<T>();
		let key = committed(1).circuit();
		let circuit = key.hash();
		#[extrinsic_call]
		register_circuit(RawOrigin::Signed(owner), key);
		assert!(Circuits::<T>::contains_key(circuit));
	}

	#[benchmark]
	fn remove_circuit() {
		let owner = caller::<T>();
		let circuit = super::register_circuit::<T>(&owner, committed(1).circuit());
		#[extrinsic_call]
		_(RawOrigin::Signed(owner), circuit);
		assert!(!Circuits::<T>::contains_key(circuit));
	}

	#[benchmark]
	fn register(r: Linear<0, { MAX_ROUNDS }>) {
		let owner = caller::<T>();
		let circuit = super::register_circuit::<T>(&owner, trapdoor(1, r).circuit());
		let model = ModelId::derive(&owner, circuit, PARAMS.scalar());
		let possession =
			possession::<T>(&owner, Action::Register, model, 1, PARAMS, &trapdoor(1, r));
		let version = description(circuit, PARAMS);
		#[extrinsic_call]
		_(RawOrigin::Signed(owner), version, Share(0), possession, None);
		assert!(Models::<T>::contains_key(model));
	}

	/// `p`: proofs of range.
	#[benchmark]
	fn register_point(p: Linear<0, 1>) {
		let (owner, trapdoor) = (caller::<T>(), committed(1));
		let (circuit, params) =
			(super::register_circuit::<T>(&owner, trapdoor.circuit()), point(&trapdoor));
		let model = ModelId::derive(&owner, circuit, params.scalar());
		let possession = possession::<T>(&owner, Action::Register, model, 1, params, &trapdoor);
		let (version, range) = (description(circuit, params), range(&trapdoor, p));
		#[extrinsic_call]
		register(RawOrigin::Signed(owner), version, Share(0), possession, range);
		assert!(Models::<T>::contains_key(model));
	}

	#[benchmark]
	fn publish(r: Linear<0, { MAX_ROUNDS }>) {
		let (owner, model, circuit) = prepare::<T>(r);
		let possession =
			possession::<T>(&owner, Action::Publish, model, 2, PARAMS, &trapdoor(1, r));
		let version = description(circuit, PARAMS);
		#[extrinsic_call]
		_(RawOrigin::Signed(owner), model, version, possession, None);
		assert!(Versions::<T>::contains_key(model, 2));
	}

	/// `p`: proofs of range.
	#[benchmark]
	fn publish_point(p: Linear<0, 1>) {
		let (owner, trapdoor) = (caller::<T>(), committed(1));
		let circuit = trapdoor.circuit().hash();
		let first = description(circuit, point(&trapdoor));
		let model = super::register::<T>(owner.clone(), &trapdoor, first);
		let trapdoor = trapdoor.with_params_of(PARAMS.scalar());
		let params = point(&trapdoor);
		let possession = possession::<T>(&owner, Action::Publish, model, 2, params, &trapdoor);
		let (version, range) = (description(circuit, params), range(&trapdoor, p));
		#[extrinsic_call]
		publish(RawOrigin::Signed(owner), model, version, possession, range);
		assert!(Versions::<T>::contains_key(model, 2));
	}

	#[benchmark]
	fn deprecate() {
		let (owner, model, _) = prepare::<T>(0);
		#[extrinsic_call]
		_(RawOrigin::Signed(owner), model, 1);
	}

	#[benchmark]
	fn transfer() {
		let (owner, model, _) = prepare::<T>(0);
		let to = account("heir", 0, 0);
		#[extrinsic_call]
		_(RawOrigin::Signed(owner), model, to);
	}

	#[benchmark]
	fn set_share() {
		let (owner, model, _) = prepare::<T>(0);
		#[extrinsic_call]
		_(RawOrigin::Signed(owner), model, Share(1));
	}

	#[benchmark]
	fn remove(v: Linear<1, 32>) {
		let (owner, model) = prepare_versions::<T>(v);
		let delay = BlockNumberFor::<T>::from(T::RemovalDelay::get());
		frame_system::Pallet::<T>::set_block_number(
			frame_system::Pallet::<T>::block_number().saturating_add(delay),
		);
		#[extrinsic_call]
		_(RawOrigin::Signed(owner), model);
		assert!(!Models::<T>::contains_key(model));
	}
}
