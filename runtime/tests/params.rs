//! Versions whose parameters are a point: what is taken, what is kept, and what their records say.

use crate::common::{chain, invariants::amount, *};
use codec::{Encode, MaxEncodedLen};
use frame_support::{dispatch::GetDispatchInfo, traits::fungible::InspectHold};
use pallet_inference::Call as Ask;
use pallet_model_registry::Call;
use zkml_groth16::PreparedParams;
use zkml_primitives::*;
use zkml_runtime::*;
use zkml_trapdoor::{byte, Trapdoor};

const PARAMS: Scalar = Scalar([0x11; 32]);
const OTHER: Scalar = Scalar([0x12; 32]);

/// A key of the kind on the chain, brought by account 1.
fn trapdoor() -> Trapdoor {
	let trapdoor = Trapdoor::committed(5).with_params_of(PARAMS);
	bring(&trapdoor);
	trapdoor
}

fn bring(trapdoor: &Trapdoor) {
	dispatch(&account(1), Call::register_circuit { key: trapdoor.circuit() }).unwrap();
}

/// Registers a version that is honest up to what `change` makes of it.
fn offer(
	owner: &AccountId,
	trapdoor: &Trapdoor,
	params: Scalar,
	change: impl FnOnce(&mut ModelVersion, &mut Possession, &mut Option<RangeProof>),
) -> Result<ModelId, String> {
	let mut version = version_on(trapdoor, params);
	let model = ModelId::derive(owner, version.circuit, version.params.scalar());
	let mut possession = possession(trapdoor, owner, model, 1, params);
	let mut range = None;
	change(&mut version, &mut possession, &mut range);
	dispatch(owner, Call::register { version, owner_share: Share(0), possession, range })?;
	Ok(model)
}

fn plain_offer(owner: &AccountId, trapdoor: &Trapdoor, params: Scalar) -> Result<ModelId, String> {
	offer(owner, trapdoor, params, |_, _, _| {})
}

fn publish(
	owner: &AccountId,
	trapdoor: &Trapdoor,
	model: ModelId,
	params: Scalar,
	range: Option<RangeProof>,
) -> Result<(), String> {
	let version = version_on(trapdoor, params);
	let possession = possession(trapdoor, owner, model, 2, params);
	dispatch(owner, Call::publish { model, version, possession, range })
}

fn remove(owner: &AccountId, model: ModelId, versions: u32) {
	for version in 1..=versions {
		dispatch(owner, Call::deprecate { model, version }).unwrap();
	}
	end_wait(model);
	dispatch(owner, Call::remove { model }).unwrap();
}

fn submission(
	trapdoor: &Trapdoor,
	(model, version, params): (ModelId, u32, Scalar),
	nonce: u64,
) -> Submission<AccountId> {
	let target = target(model, version, params);
	trapdoor.submission(
		&target,
		account(3),
		nonce,
		System::block_number() + 10,
		[&[byte(130)], &[byte(131)]],
	)
}

fn kept() -> usize {
	pallet_verifier::Params::<Runtime>::iter_keys().count()
}

#[test]
fn a_version_and_its_records_say_whether_its_parameters_are_known_to_be_in_range() {
	chain().execute_with(|| {
		let (owner, user, prover, trapdoor) = (account(1), account(2), account(3), trapdoor());
		let model = plain_offer(&owner, &trapdoor, PARAMS).unwrap();
		let proved = trapdoor.clone().with_params_of(OTHER);
		publish(&owner, &trapdoor, model, OTHER, Some(proved.prove_range(1))).unwrap();
		let said: Vec<_> = ModelRegistry::model_info(model)
			.unwrap()
			.versions
			.iter()
			.map(|version| version.params_range)
			.collect();
		assert_eq!(said, [ParamsRange::NotProved, ParamsRange::Proved]);

		let ranges = [(1, PARAMS, &trapdoor), (2, OTHER, &proved)];
		let submissions =
			ranges.map(|(version, params, key)| submission(key, (model, version, params), 1));
		let submissions = submissions.to_vec().try_into().unwrap();
		dispatch(&prover, Ask::submit_batch { submissions }).unwrap();
		for ((version, params, key), said) in ranges.into_iter().zip(&said) {
			let submission = submission(key, (model, version, params), 2);
			dispatch(&prover, Ask::submit { submission }).unwrap();
			let request = pallet_inference::NextRequest::<Runtime>::get();
			let terms = terms(UNIT, 20);
			dispatch(&user, Ask::request { model, version, inputs: one(7), terms }).unwrap();
			let answer = answer(key, request, &prover, 131, 3);
			dispatch(&prover, answering(answer)).unwrap();
			let of_version = pallet_inference::Records::<Runtime>::iter_values()
				.filter(|record| record.version == version)
				.collect::<Vec<_>>();
			assert_eq!(of_version.len(), 3, "one in a batch, one alone, one answer");
			for record in of_version {
				assert_eq!(record.params_range, *said);
				assert_eq!(record.params, trapdoor.params_of(params).scalar());
			}
		}
		// Of any other kind the circuit sees to the ranges.
		let rounds = Trapdoor::with_rounds(6, 1);
		let model = register(&owner, &rounds, PARAMS, Share(0)).unwrap();
		let version = ModelRegistry::model_info(model).unwrap().versions.remove(0);
		assert_eq!(version.params_range, ParamsRange::Proved);
	});
}

#[test]
fn parameters_are_of_the_kind_that_the_circuit_takes() {
	chain().execute_with(|| {
		let (owner, trapdoor) = (account(1), trapdoor());
		let point = trapdoor.params_of(PARAMS);
		let refused =
			|key: &Trapdoor,
			 change: &dyn Fn(&mut ModelVersion, &mut Possession, &mut Option<RangeProof>)| {
				offer(&owner, key, PARAMS, change).unwrap_err()
			};
		for other in [Trapdoor::new(6), Trapdoor::with_rounds(6, 1), Trapdoor::with_rounds(6, 2)] {
			bring(&other);
			assert_eq!(refused(&other, &|v, _, _| v.params = point), "ParamsKind");
			let range = trapdoor.prove_range(1);
			let with_range = refused(&other, &|_, _, r| *r = Some(range.clone()));
			assert_eq!(with_range, "RangeNotTaken");
			plain_offer(&owner, &other, PARAMS).unwrap();
		}
		let number = ParamsCommitment::Poseidon(PARAMS);
		assert_eq!(refused(&trapdoor, &|v, _, _| v.params = number), "ParamsKind");
		// What stands for the point is no commitment either, though the statement is the same.
		let digest = ParamsCommitment::Poseidon(point.scalar());
		assert_eq!(refused(&trapdoor, &|v, _, _| v.params = digest), "ParamsKind");
		let public = refused(&trapdoor, &|v, _, _| v.visibility = Visibility::Public);
		assert_eq!(public, "ParamsNotPrivate");
		assert_eq!(kept(), 0);
	});
}

/// Else whoever proves for others would prove possession for them.
#[test]
fn a_proof_of_an_inference_is_no_possession_and_each_way_to_bring_a_version_has_its_own() {
	chain().execute_with(|| {
		let (owner, trapdoor) = (account(1), trapdoor());
		let expiry = System::block_number() + 10;
		let of = |trapdoor: &Trapdoor, action, target| {
			trapdoor.possession(&target, owner.clone(), action, expiry)
		};
		for action in [|| Action::Answer(0), || Action::Submit(0), || Action::Publish] {
			let refused = offer(&owner, &trapdoor, PARAMS, |version, possession, _| {
				let model = ModelId::derive(&owner, version.circuit, version.params.scalar());
				*possession = of(&trapdoor, action(), target(model, 1, PARAMS));
			});
			assert_eq!(refused, Err("ProofInvalid".into()), "{:?}", action());
		}
		let model = plain_offer(&owner, &trapdoor, PARAMS).unwrap();
		let later = trapdoor.clone().with_params_of(OTHER);
		for action in [|| Action::Answer(0), || Action::Submit(0), || Action::Register] {
			let version = version_on(&later, OTHER);
			let possession = of(&later, action(), target(model, 2, OTHER));
			let call = Call::publish { model, version, possession, range: None };
			assert_eq!(dispatch(&owner, call), Err("ProofInvalid".into()), "{:?}", action());
		}
		publish(&owner, &later, model, OTHER, None).unwrap();
	});
}

#[test]
fn a_point_is_registered_once_for_a_circuit_until_its_model_is_gone() {
	chain().execute_with(|| {
		let (owner, insider, trapdoor) = (account(1), account(2), trapdoor());
		let model = plain_offer(&owner, &trapdoor, PARAMS).unwrap();
		assert_eq!(plain_offer(&owner, &trapdoor, PARAMS), Err("ModelAlreadyExists".into()));
		// Somebody who can prove under it, as an insider can.
		assert_eq!(plain_offer(&insider, &trapdoor, PARAMS), Err("ParamsAlreadyExist".into()));
		let again = publish(&owner, &trapdoor, model, PARAMS, None);
		assert_eq!(again, Err("ParamsAlreadyExist".into()));
		// Under another key it says something else.
		let other = Trapdoor::committed(6);
		bring(&other);
		plain_offer(&insider, &other, PARAMS).unwrap();
		assert_eq!(kept(), 2);
		remove(&owner, model, 1);
		assert_eq!(kept(), 1);
		plain_offer(&insider, &trapdoor, PARAMS).unwrap();
	});
}

#[test]
fn a_proof_of_range_is_of_these_parameters_and_of_this_key() {
	chain().execute_with(|| {
		let (owner, trapdoor) = (account(1), trapdoor());
		let (next, stranger) =
			(trapdoor.clone().with_params_of(OTHER), Trapdoor::committed(6).with_params_of(PARAMS));
		let honest = trapdoor.prove_range(1);
		let with = |change: &dyn Fn(&mut RangeProof)| {
			let mut range = honest.clone();
			change(&mut range);
			range
		};
		for (range, error) in [
			(next.prove_range(1), "RangeInvalid"),
			(stranger.prove_range(1), "RangeInvalid"),
			(trapdoor.prove_range_unlinked(1), "RangeInvalid"),
			(with(&|r| r.link = r.params), "RangeInvalid"),
			(with(&|r| r.proof = trapdoor.prove_range(2).proof), "RangeInvalid"),
			(with(&|r| r.link.0 = [0; 64]), "ProofPointIsIdentity"),
			(with(&|r| r.params.0 = [0xff; 64]), "ProofPointNotCanonical"),
			(with(&|r| r.params.0[63] ^= 1), "ProofPointNotOnCurve"),
			(
				with(&|r| r.proof.b = zkml_attacks::hostile::outside_subgroup()),
				"ProofPointNotInSubgroup",
			),
			(with(&|r| r.proof.commitments = Default::default()), "ProofCommitmentCount"),
		] {
			let refused = offer(&owner, &trapdoor, PARAMS, |_, _, r| *r = Some(range.clone()));
			assert_eq!(refused, Err(error.into()));
			let model = plain_offer(&owner, &trapdoor, OTHER).unwrap();
			let refused = publish(&owner, &trapdoor, model, PARAMS, Some(range));
			assert_eq!(refused, Err(error.into()));
			remove(&owner, model, 1);
		}
		assert_eq!(kept(), 0, "what is refused leaves nothing");
		offer(&owner, &trapdoor, PARAMS, |_, _, r| *r = Some(honest.clone())).unwrap();
	});
}

#[test]
fn a_point_that_somebody_made_of_anothers_cannot_be_proved_under() {
	chain().execute_with(|| {
		let (owner, thief, trapdoor) = (account(1), account(2), trapdoor());
		// The best that a stranger has is a proof of the owner's.
		let model =
			ModelId::derive(&owner, trapdoor.circuit().hash(), trapdoor.params_of(PARAMS).scalar());
		let seen = possession(&trapdoor, &owner, model, 1, PARAMS);
		let offered = |point: G1| {
			offer(&thief, &trapdoor, PARAMS, |version, possession, _| {
				version.params = ParamsCommitment::Point(point);
				possession.clone_from(&seen);
			})
		};
		assert_eq!(offered(trapdoor.params_point()), Err("ProofInvalid".into()), "a copy");
		for (what, point) in zkml_attacks::committed::other_points(&trapdoor, &seen.proof) {
			let error = match what {
				"parameters at infinity" => "ParamsAreIdentity",
				"parameters off the curve" => "ParamsNotOnCurve",
				"parameters of all ones" => "ParamsNotCanonical",
				_ => "ProofInvalid",
			};
			assert_eq!(offered(point), Err(error.into()), "{what}");
		}
		assert_eq!(kept(), 0);
	});
}

#[test]
fn what_is_held_for_a_point_counts_what_the_verifier_keeps_of_it_and_comes_back() {
	chain().execute_with(|| {
		let (owner, trapdoor) = (account(1), trapdoor());
		let circuit = trapdoor.circuit().hash();
		let held = || Balances::total_balance_on_hold(&owner);
		let before = held();
		let model = plain_offer(&owner, &trapdoor, PARAMS).unwrap();
		let version = version_on(&trapdoor, PARAMS);
		let stored = pallet_model_registry::Versions::<Runtime>::get(model, 1).unwrap();
		let bytes = version.encoded_size() + PreparedParams::max_encoded_len();
		let base = <Runtime as pallet_model_registry::Config>::DepositBase::get();
		let per_byte = <Runtime as pallet_model_registry::Config>::DepositPerByte::get();
		assert_eq!(amount(&stored.deposit), base + per_byte * bytes as Balance);
		let quoted = ModelRegistry::deposit_for(&[RegistryItem::Version(version)]);
		assert_eq!(amount(&stored.deposit), quoted);
		publish(&owner, &trapdoor, model, OTHER, None).unwrap();
		assert_eq!(kept(), 2);
		let refused = dispatch(&owner, Call::remove_circuit { circuit });
		assert_eq!(refused, Err("CircuitInUse".into()));
		remove(&owner, model, 2);
		assert_eq!((held(), kept()), (before, 0));
		dispatch(&owner, Call::remove_circuit { circuit }).unwrap();
		assert_eq!(held(), 0);
	});
}

#[test]
fn each_proof_of_a_batch_is_of_the_parameters_of_its_own_version() {
	chain().execute_with(|| {
		let (owner, prover, trapdoor) = (account(1), account(3), trapdoor());
		let model = plain_offer(&owner, &trapdoor, PARAMS).unwrap();
		publish(&owner, &trapdoor, model, OTHER, None).unwrap();
		let first = |nonce| submission(&trapdoor, (model, 1, PARAMS), nonce);
		let second = |nonce| submission(&trapdoor, (model, 2, OTHER), nonce);
		let send = |submissions: Vec<Submission<AccountId>>| {
			System::reset_events();
			let submissions = submissions.try_into().unwrap();
			dispatch(&prover, Ask::submit_batch { submissions }).unwrap();
			System::events()
				.into_iter()
				.filter_map(|record| match record.event {
					RuntimeEvent::Inference(pallet_inference::Event::SubmissionRefused {
						index,
						error,
					}) => Some((index, name(&error))),
					_ => None,
				})
				.collect::<Vec<_>>()
		};
		assert_eq!(send((1..9).flat_map(|nonce| [first(nonce), second(nonce)]).collect()), []);
		// A proof under the parameters of the one, of a statement about the other; and two whose
		// proofs are exchanged.
		let (mut one, mut other) = (first(20), second(20));
		std::mem::swap(&mut one.proof, &mut other.proof);
		let mixed = trapdoor.submission(
			&target(model, 2, PARAMS),
			account(3),
			21,
			9,
			[&[byte(130)], &[byte(131)]],
		);
		let refused = send(vec![first(30), one, second(30), other, mixed]);
		let invalid = [1, 3, 4].map(|index| (index, "ProofInvalid".to_owned()));
		assert_eq!(refused, invalid);
	});
}

#[test]
fn a_state_that_lost_something_of_parameters_is_found_out() {
	let broken = |what: &str, change: &dyn Fn(CircuitHash, Scalar, ModelId)| {
		chain().execute_apart(|| {
			let (owner, trapdoor) = (account(1), trapdoor());
			let model = plain_offer(&owner, &trapdoor, PARAMS).unwrap();
			let check = || Verifier::do_try_state().and_then(|()| ModelRegistry::do_try_state());
			assert!(check().is_ok());
			change(trapdoor.circuit().hash(), trapdoor.params_of(PARAMS).scalar(), model);
			assert!(check().is_err(), "{what}");
		});
	};
	type Kept = pallet_verifier::Params<Runtime>;
	let other = Trapdoor::committed(5).with_params_of(OTHER).params_point();
	broken("gone", &|circuit, params, _| Kept::remove(circuit, params));
	broken("prepared otherwise", &|circuit, params, _| {
		Kept::mutate(circuit, params, |kept| kept.as_mut().unwrap().target.0[9] ^= 1);
	});
	broken("another point", &|circuit, params, _| {
		Kept::mutate(circuit, params, |kept| kept.as_mut().unwrap().point = other);
	});
	broken("of no key", &|circuit, params, _| {
		let kept = Kept::get(circuit, params).unwrap();
		Kept::insert(CircuitHash([9; 32]), params, kept);
	});
	broken("of another kind", &|circuit, _, _| {
		pallet_model_registry::Circuits::<Runtime>::mutate(circuit, |details| {
			details.as_mut().unwrap().params = ParamsKind::Input;
		});
	});
	broken("a scalar", &|_, params, model| {
		pallet_model_registry::Versions::<Runtime>::mutate(model, 1, |details| {
			let description = &mut details.as_mut().unwrap().description;
			description.params = ParamsCommitment::Poseidon(params);
		});
	});
}

#[test]
fn a_registration_is_weighed_by_what_it_brings() {
	chain().execute_with(|| {
		let (owner, trapdoor) = (account(1), trapdoor());
		let weigh = |key: &Trapdoor, range: Option<RangeProof>| {
			let (version, model) = (version_on(key, PARAMS), ModelId([1; 32]));
			let possession = possession(key, &owner, model, 2, PARAMS);
			let (again, proof) = (version.clone(), possession.clone());
			let given = range.clone();
			let owner_share = Share(0);
			let register = Call::<Runtime>::register { version, owner_share, possession, range };
			let (version, possession, range) = (again, proof, given);
			let publish = Call::<Runtime>::publish { model, version, possession, range };
			[register, publish].map(|call| call.get_dispatch_info().call_weight)
		};
		let round = weigh(&Trapdoor::with_rounds(6, 1), None);
		let point = weigh(&trapdoor, None);
		let ranged = weigh(&trapdoor, Some(trapdoor.prove_range(1)));
		for call in 0..2 {
			assert!(point[call].all_gt(round[call]), "a pairing, and an item more");
			let [pairing, equations] = [point[call] - round[call], ranged[call] - point[call]];
			assert!(equations.ref_time() > pairing.ref_time() * 2, "two equations more");
		}
		let keys = [Trapdoor::with_rounds(6, 2), trapdoor].map(|key| {
			let call = Call::<Runtime>::register_circuit { key: key.circuit() };
			call.get_dispatch_info().call_weight.ref_time()
		});
		assert!(keys[1] > keys[0], "more points");
	});
}
