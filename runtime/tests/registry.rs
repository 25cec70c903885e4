//! Registering, publishing, deprecating, transferring, removing.

use crate::common::{chain, *};
use frame_support::traits::fungible::InspectHold;
use pallet_model_registry::Call;
use zkml_primitives::*;
use zkml_runtime::*;
use zkml_trapdoor::Trapdoor;

const PARAMS: Scalar = Scalar([0x11; 32]);

fn register_version(
	owner: &AccountId,
	change: impl FnOnce(&mut ModelVersion, &mut Share, &mut Possession),
) -> Result<(), String> {
	let trapdoor = Trapdoor::new(5);
	let circuit = trapdoor.circuit().hash();
	let mut version = version(circuit, PARAMS);
	let model = ModelId::derive(owner, circuit, PARAMS);
	let mut possession = possession(&trapdoor, owner, model, 1, PARAMS);
	let mut owner_share = Share(0);
	change(&mut version, &mut owner_share, &mut possession);
	dispatch(owner, Call::register { version, owner_share, possession, range: None })
}

fn register_circuit(owner: &AccountId) {
	let key = Trapdoor::new(5).circuit();
	dispatch(owner, Call::register_circuit { key }).unwrap();
}

#[test]
fn bad_registrations_are_refused_by_reason() {
	chain().execute_with(|| {
		let owner = account(1);
		let refused = |change: fn(&mut ModelVersion, &mut Share, &mut Possession)| {
			register_version(&owner, change).unwrap_err()
		};
		assert_eq!(refused(|_, _, _| {}), "CircuitNotFound");
		register_circuit(&owner);
		go_to(2);
		assert_eq!(refused(|_, share, _| *share = Share(1_000_001)), "ShareTooLarge");
		assert_eq!(refused(|v, _, _| v.inputs[0].tensor.bits = 0), "TensorWidth");
		assert_eq!(refused(|v, _, _| v.outputs[0].tensor.bits = 33), "TensorWidth");
		assert_eq!(
			refused(|v, _, _| v.inputs[0].tensor.dims = vec![0].try_into().unwrap()),
			"TensorShape"
		);
		let above = |v: &mut ModelVersion, _: &mut Share, _: &mut Possession| {
			v.inputs[0].tensor.dims = vec![MAX_TENSOR_ELEMENTS + 1].try_into().unwrap();
		};
		assert_eq!(refused(above), "TensorShape");
		assert_eq!(refused(|v, _, _| v.inputs = Default::default()), "NoTensors");
		assert_eq!(refused(|v, _, _| v.outputs = Default::default()), "NoTensors");
		assert_eq!(refused(|v, _, _| v.inputs[0].name = Default::default()), "TensorUnnamed");
		assert_eq!(refused(|v, _, _| v.outputs = described("\n", 1)), "TextNotPlain");
		let twice = |v: &mut ModelVersion, _: &mut Share, _: &mut Possession| {
			v.outputs = list([0, 1, 0].map(|at| described("o", 2)[at].clone()));
		};
		assert_eq!(refused(twice), "TensorNamedTwice");
		assert_eq!(refused(|v, _, _| v.inputs = described("i", 2)), "PossessionCount");
		assert_eq!(refused(|v, _, _| v.outputs = described("o", 8)), "PossessionCount");
		assert_eq!(refused(|_, _, p| p.inputs = Default::default()), "PossessionCount");
		assert_eq!(refused(|v, _, _| v.inputs[0].tensor.max = 128), "TensorRange");
		assert_eq!(refused(|v, _, _| v.inputs[0].tensor.scales = per_axis(1, &[3])), "TensorAxis");
		assert_eq!(
			refused(|v, _, _| v.outputs[0].tensor.scales = per_axis(0, &[])),
			"TensorScales"
		);
		assert_eq!(
			refused(|v, _, _| v.outputs[0].tensor.scales = per_axis(0, &[3, 3])),
			"TensorScales"
		);
		assert_eq!(
			refused(|v, _, _| v.inputs[0].tensor.scales = per_axis(0, &[0])),
			"TensorMantissa"
		);
		let zero = |v: &mut ModelVersion, _: &mut Share, _: &mut Possession| {
			v.outputs[0].tensor.scales = Scales::PerTensor(Scale { mantissa: 0, shift: 1 });
		};
		assert_eq!(refused(zero), "TensorMantissa");
		let not_canonical = |v: &mut ModelVersion, _: &mut Share, _: &mut Possession| {
			v.params = ParamsCommitment::Poseidon(Scalar([0xff; 32]));
		};
		assert_eq!(refused(not_canonical), "ParamsNotCanonical");
		assert_eq!(refused(|_, _, p| p.expiry = 1), "PossessionExpired");
		assert_eq!(refused(|_, _, p| p.expiry += 1), "ProofInvalid");
		assert_eq!(refused(|_, _, p| p.inputs[0].0[31] ^= 1), "ProofInvalid");
		assert_eq!(refused(|_, _, p| p.outputs[0] = Scalar([0xff; 32])), "InputNotCanonical");
		assert_eq!(refused(|_, _, p| p.proof.a = G1([0; 64])), "ProofPointIsIdentity");
		// An input and an output may have one name, and be larger than what may be shown.
		let large = |v: &mut ModelVersion, _: &mut Share, _: &mut Possession| {
			v.inputs = described("x", 1);
			v.outputs = described("x", 1);
			v.inputs[0].tensor.dims = vec![MAX_TENSOR_ELEMENTS].try_into().unwrap();
		};
		register_version(&owner, large).unwrap();
		assert_eq!(refused(|_, _, _| {}), "ModelAlreadyExists");
	});
}

#[test]
fn a_commitment_copied_from_the_pool_cannot_be_registered() {
	chain().execute_with(|| {
		let (owner, thief) = (account(1), account(2));
		register_circuit(&owner);
		let trapdoor = Trapdoor::new(5);
		let circuit = trapdoor.circuit().hash();
		let model = ModelId::derive(&owner, circuit, PARAMS);
		let possession = possession(&trapdoor, &owner, model, 1, PARAMS);
		let call = Call::register {
			version: version(circuit, PARAMS),
			owner_share: Share(0),
			possession,
			range: None,
		};
		assert_eq!(dispatch(&thief, call), Err("ProofInvalid".into()));
	});
}

#[test]
fn scales_and_accuracy_are_kept_as_the_owner_says_and_paid_for_by_the_byte() {
	chain().execute_with(|| {
		let owner = account(1);
		register_circuit(&owner);
		let held = || Balances::total_balance_on_hold(&owner);
		let circuit_alone = held();
		register_version(&owner, |_, _, _| {}).unwrap();
		let plain = held() - circuit_alone;
		let model = ModelId::derive(&owner, Trapdoor::new(5).circuit().hash(), PARAMS);
		dispatch(&owner, Call::deprecate { model, version: 1 }).unwrap();
		end_wait(model);
		dispatch(&owner, Call::remove { model }).unwrap();
		assert_eq!(held(), circuit_alone);

		let claim = AccuracyClaim::try_from(vec![b'7'; MAX_CLAIM as usize]).unwrap();
		let mantissas: Vec<u32> = (1..=MAX_CHANNELS).collect();
		let large = |v: &mut ModelVersion, _: &mut Share, _: &mut Possession| {
			v.inputs[0].tensor.dims = vec![1, 1, 2, 1, MAX_CHANNELS, 1].try_into().unwrap();
			v.inputs[0].tensor.scales = per_axis(4, &mantissas);
			v.accuracy = claim.clone();
		};
		register_version(&owner, large).unwrap();
		let kept = ModelRegistry::model_info(model).unwrap().versions.remove(0).description;
		assert_eq!(kept.accuracy, claim);
		assert_eq!(
			kept.inputs[0].tensor.scale(MAX_CHANNELS as usize + 6),
			kept.inputs[0].tensor.scale(6)
		);
		assert_eq!(kept.inputs[0].tensor.scale(6), Some(Scale { mantissa: 7, shift: 2 }));
		// Five more dimensions; an axis, a length and 255 more scales; a longer length and the claim.
		let more = 5 * 4 + (1 + 2 + 255 * 5) + (1 + MAX_CLAIM);
		let per_byte = <Runtime as pallet_model_registry::Config>::DepositPerByte::get();
		assert_eq!(held() - circuit_alone - plain, per_byte * Balance::from(more));
	});
}

#[test]
fn bad_keys_never_enter() {
	chain().execute_with(|| {
		let owner = account(1);
		let register = |key| dispatch(&owner, Call::register_circuit { key });
		let unsafe_key = Trapdoor::new(5).with_gamma_equal_to_delta().circuit();
		assert_eq!(register(unsafe_key), Err("KeyGammaEqualsDelta".into()));
		let good = Trapdoor::new(5).circuit();
		register(good.clone()).unwrap();
		assert_eq!(register(good), Err("KeyAlreadyExists".into()));
	});
}

#[test]
fn whoever_brings_a_key_first_says_nothing_for_those_who_publish_on_it() {
	chain().execute_with(|| {
		let (first, second, heir) = (account(1), account(2), account(3));
		register_circuit(&first);
		let trapdoor = Trapdoor::new(5);
		let circuit = trapdoor.circuit().hash();
		let publish = |owner: &AccountId, setup| {
			let model = ModelId::derive(owner, circuit, PARAMS);
			let possession = possession(&trapdoor, owner, model, 1, PARAMS);
			let version = ModelVersion { setup, ..version(circuit, PARAMS) };
			let owner_share = Share(0);
			dispatch(owner, Call::register { version, owner_share, possession, range: None })
				.unwrap();
			model
		};
		let claimed = |model| ModelRegistry::model_info(model).unwrap().versions.remove(0).setup;
		let claim = |level, by: &AccountId| SetupClaim { level, by: by.clone() };
		let ceremony = SetupLevel::Ceremony([7; 32]);
		let models = [publish(&first, ceremony), publish(&second, SetupLevel::SingleParty)];
		assert_eq!(claimed(models[0]), claim(ceremony, &first));
		assert_eq!(claimed(models[1]), claim(SetupLevel::SingleParty, &second));
		let info = ModelRegistry::circuit_info(circuit).unwrap();
		assert_eq!((info.registrant, info.users), (first.clone(), 2));
		// A claim stays its author's, whoever owns the model now.
		dispatch(&first, Call::transfer { model: models[0], to: heir.clone() }).unwrap();
		assert_eq!(claimed(models[0]), claim(ceremony, &first));
		let possession = possession(&trapdoor, &heir, models[0], 2, PARAMS);
		let (model, version) = (models[0], version(circuit, PARAMS));
		dispatch(&heir, Call::publish { model, version, possession, range: None }).unwrap();
		let versions = ModelRegistry::model_info(model).unwrap().versions;
		assert_eq!(versions[0].setup, claim(ceremony, &first));
		assert_eq!(versions[1].setup, claim(SetupLevel::SingleParty, &heir));
	});
}

#[test]
fn a_registrant_that_takes_its_key_away_stops_nobody_who_brings_it_again() {
	chain().execute_with(|| {
		let (griefer, owner) = (account(1), account(2));
		register_circuit(&griefer);
		let circuit = Trapdoor::new(5).circuit().hash();
		dispatch(&griefer, Call::remove_circuit { circuit }).unwrap();
		assert_eq!(register_version(&owner, |_, _, _| {}), Err("CircuitNotFound".into()));
		register_circuit(&owner);
		register_version(&owner, |_, _, _| {}).unwrap();
		let remove = Call::remove_circuit { circuit };
		assert_eq!(dispatch(&griefer, remove), Err("NotRegistrant".into()));
		// Nor can it be taken from under a version of somebody else's.
		assert_eq!(dispatch(&owner, Call::remove_circuit { circuit }), Err("CircuitInUse".into()));
	});
}

#[test]
fn no_text_of_a_version_moves_a_cursor_or_turns_the_line() {
	chain().execute_with(|| {
		let owner = account(1);
		register_circuit(&owner);
		let texts: [&[u8]; 9] = [
			b"seven\n  setup  by a ceremony",
			b"\r",
			b"\x1b[2A",
			b"\x7f",
			"\u{9b}2A".as_bytes(),
			"\u{202e}nevig".as_bytes(),
			"\u{2066}".as_bytes(),
			"\u{2028}".as_bytes(),
			&[0xff, b'7'],
		];
		type Change = fn(&mut ModelVersion, Vec<u8>);
		let places: [Change; 4] = [
			|version, text| version.outputs[0].name = text.try_into().unwrap(),
			|version, text| {
				let labels = vec![vec![b'0'].try_into().unwrap(), text.try_into().unwrap()];
				version.labels = labels.try_into().unwrap();
			},
			|version, text| version.accuracy = text.try_into().unwrap(),
			|version, text| version.content.uri = text.try_into().unwrap(),
		];
		for (place, text) in places.iter().flat_map(|place| texts.map(|text| (place, text))) {
			let refused = register_version(&owner, |version, _, _| place(version, text.to_vec()));
			assert_eq!(refused, Err("TextNotPlain".into()), "{text:x?}");
		}
		register_version(&owner, |version, _, _| {
			for place in places {
				place(version, "\u{732b}, 7\u{20ac}".into());
			}
		})
		.unwrap();
	});
}

#[test]
fn only_the_owner_changes_a_model_and_every_deposit_comes_back() {
	chain().execute_with(|| {
		let (owner, stranger) = (account(1), account(2));
		let trapdoor = Trapdoor::new(5);
		let circuit = trapdoor.circuit().hash();
		let held = || Balances::total_balance_on_hold(&owner);
		let model = register(&owner, &trapdoor, PARAMS, Share(0)).unwrap();
		let one_version = held();
		assert!(one_version > 0);

		let publish = |who: &AccountId, number| {
			let params = Scalar::from_hash([number as u8; 32]);
			let version = version(circuit, params);
			let possession = possession(&trapdoor, who, model, number, params);
			dispatch(who, Call::publish { model, version, possession, range: None })
		};
		assert_eq!(publish(&stranger, 2), Err("NotOwner".into()));
		publish(&owner, 2).unwrap();
		assert!(held() > one_version);
		for call in [
			Call::deprecate { model, version: 1 },
			Call::transfer { model, to: stranger.clone() },
			Call::set_share { model, share: Share(1) },
			Call::remove { model },
		] {
			assert_eq!(dispatch(&stranger, call), Err("NotOwner".into()));
		}
		assert_eq!(
			dispatch(&owner, Call::deprecate { model, version: 3 }),
			Err("VersionNotFound".into())
		);
		dispatch(&owner, Call::deprecate { model, version: 1 }).unwrap();
		assert_eq!(
			dispatch(&owner, Call::deprecate { model, version: 1 }),
			Err("VersionDeprecated".into())
		);
		let remove = || Call::remove { model };
		end_wait(model);
		assert_eq!(dispatch(&owner, remove()), Err("VersionActive".into()));
		dispatch(&owner, Call::deprecate { model, version: 2 }).unwrap();
		let remove_circuit = || Call::remove_circuit { circuit };
		assert_eq!(dispatch(&owner, remove_circuit()), Err("CircuitInUse".into()));
		dispatch(&owner, Call::transfer { model, to: stranger.clone() }).unwrap();
		// Whatever could have been asked before is closed by then.
		let delay = configs::RemovalDelay::get();
		assert_eq!(delay, configs::MaxHorizon::get() + configs::AnswerGrace::get().block);
		for blocks in [0, delay - 1] {
			go_to(1 + blocks);
			assert_eq!(dispatch(&stranger, remove()), Err("RemovalTooSoon".into()));
		}
		go_to(1 + delay);
		dispatch(&stranger, remove()).unwrap();
		assert_eq!(dispatch(&stranger, remove_circuit()), Err("NotRegistrant".into()));
		dispatch(&owner, remove_circuit()).unwrap();
		assert_eq!(dispatch(&owner, remove_circuit()), Err("CircuitNotFound".into()));
		assert_eq!(held(), 0, "every deposit is back with whoever paid it");
		assert_eq!(ModelRegistry::model_info(model), None);
		assert_eq!(ModelRegistry::circuit_info(circuit), None);
	});
}

#[test]
fn readers_see_models_page_by_page() {
	chain().execute_with(|| {
		let owner = account(1);
		let trapdoor = Trapdoor::new(5);
		let model = register(&owner, &trapdoor, PARAMS, Share(7)).unwrap();
		let other = register(&account(2), &Trapdoor::new(6), PARAMS, Share(0)).unwrap();
		let info = ModelRegistry::model_info(model).unwrap();
		assert_eq!((info.owner, info.owner_share), (owner, Share(7)));
		assert_eq!(info.versions.len(), 1);
		let all = ModelRegistry::model_ids(None, 10);
		assert_eq!(all.len(), 2);
		assert!(all.contains(&model) && all.contains(&other));
		assert_eq!(ModelRegistry::model_ids(Some(all[0]), 10), vec![all[1]]);
		assert_eq!(ModelRegistry::circuit_info(trapdoor.circuit().hash()).unwrap().users, 1);
	});
}
