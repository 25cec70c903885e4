//! The real runtime in memory, with its real configuration and genesis.
#![allow(dead_code)] // each test binary uses its own part

use std::collections::BTreeMap;

use codec::Encode;
use frame_support::{dispatch::RawOrigin, traits::Hooks, weights::Weight};
use sp_keyring::Sr25519Keyring;
use sp_runtime::{
	generic::Era, traits::Dispatchable, ApplyExtrinsicResult, BuildStorage, DispatchError,
};
use zkml_attacks::ledger::{byte_digest, Ledger};
use zkml_host::Groth16;
use zkml_primitives::*;
use zkml_runtime::*;
use zkml_trapdoor::Trapdoor;

/// Fresh state of the development preset, at block 1.
pub fn chain() -> sp_io::TestExternalities {
	let preset = genesis_presets::get_preset(&genesis_presets::DEVELOPMENT.into()).unwrap();
	let mut json = serde_json::to_value(RuntimeGenesisConfig::default()).unwrap();
	merge(&mut json, serde_json::from_slice(&preset).unwrap());
	let config: RuntimeGenesisConfig = serde_json::from_value(json).unwrap();
	let mut chain = sp_io::TestExternalities::new(config.build_storage().unwrap());
	chain.execute_with(|| go_to(1));
	chain
}

fn merge(to: &mut serde_json::Value, from: serde_json::Value) {
	match (to, from) {
		(serde_json::Value::Object(to), serde_json::Value::Object(from)) => {
			for (key, value) in from {
				merge(to.entry(key).or_insert(serde_json::Value::Null), value);
			}
		}
		(to, from) => *to = from,
	}
}

/// Makes `number` the current block.
pub fn go_to(number: u32) {
	System::set_block_number(number);
	Inference::on_initialize(number);
}

/// One of the funded accounts of the preset.
pub fn account(number: u8) -> AccountId {
	Sr25519Keyring::well_known().nth(usize::from(number)).unwrap().to_account_id()
}

/// Dispatches a signed call in its own storage layer, as a block would.
pub fn dispatch(who: &AccountId, call: impl Into<RuntimeCall>) -> Result<(), String> {
	let origin = RuntimeOrigin::from(RawOrigin::Signed(who.clone()));
	frame_support::storage::with_storage_layer(|| {
		call.into().dispatch(origin).map(|_| ()).map_err(|error| error.error)
	})
	.map_err(|error| name(&error))
}

/// Signs a call as a client would and applies it to the block that is being made.
pub fn apply(who: Sr25519Keyring, call: RuntimeCall) -> ApplyExtrinsicResult {
	// One block has no room for all that a test may send.
	System::set_block_consumed_resources(Weight::zero(), 0);
	let extension: TxExtension = (
		frame_system::AuthorizeCall::new(),
		frame_system::CheckNonZeroSender::new(),
		frame_system::CheckSpecVersion::new(),
		frame_system::CheckTxVersion::new(),
		frame_system::CheckGenesis::new(),
		frame_system::CheckEra::from(Era::Immortal),
		frame_system::CheckNonce::from(System::account_nonce(who.to_account_id())),
		frame_system::CheckWeight::new(),
		pallet_transaction_payment::ChargeTransactionPayment::from(0),
		frame_system::WeightReclaim::new(),
	);
	let payload = SignedPayload::new(call, extension).unwrap();
	let signature = payload.using_encoded(|bytes| who.sign(bytes));
	let (call, extension, _) = payload.deconstruct();
	let (address, signature) = (Address::Id(who.to_account_id()), Signature::from(signature));
	let extrinsic = UncheckedExtrinsic::new_signed(call, address, signature, extension);
	Executive::apply_extrinsic(extrinsic)
}

/// Everything stored.
pub fn storage() -> BTreeMap<Vec<u8>, Vec<u8>> {
	let mut all = BTreeMap::new();
	let mut key = Vec::new();
	while let Some(next) = sp_io::storage::next_key(&key) {
		all.insert(next.clone(), sp_io::storage::get(&next).unwrap_or_default().to_vec());
		key = next;
	}
	all
}

/// The keys under which the two differ.
pub fn changed(
	before: &BTreeMap<Vec<u8>, Vec<u8>>,
	after: &BTreeMap<Vec<u8>, Vec<u8>>,
) -> Vec<Vec<u8>> {
	let keys = before.keys().chain(after.keys().filter(|key| !before.contains_key(*key)));
	keys.filter(|key| before.get(*key) != after.get(*key)).cloned().collect()
}

/// Whether a key is the block's own bookkeeping: numbers, weights, events; never an account.
pub fn is_bookkeeping(key: &[u8]) -> bool {
	let pallet = |name: &[u8]| key.starts_with(&sp_io::hashing::twox_128(name));
	let account = key.get(16..32) == Some(&sp_io::hashing::twox_128(b"Account")[..]);
	key == b":extrinsic_index" || pallet(b"System") && !account || pallet(b"TransactionPayment")
}

/// The name of an error's variant.
pub fn name(error: &DispatchError) -> String {
	match error {
		DispatchError::Module(error) => error.message.unwrap_or("no message").to_owned(),
		other => format!("{other:?}"),
	}
}

/// A tensor of `n` elements in -128 ..= 100, one byte each.
pub fn tensor(n: u32) -> TensorSpec {
	let dims = vec![n].try_into().unwrap();
	TensorSpec { dims, bits: 8, min: -128, max: 100, scale: Scale::ONE }
}

/// A description with one byte in and out.
pub fn version(circuit: CircuitHash, params: Scalar) -> ModelVersion {
	ModelVersion {
		circuit,
		params: ParamsCommitment::Poseidon(params),
		visibility: Visibility::Private,
		input: tensor(1),
		output: tensor(1),
		labels: Default::default(),
		content: Content { model: [1; 32], proving_key: [2; 32], uri: Default::default() },
	}
}

/// The proof that goes with a registration.
pub fn possession(
	trapdoor: &Trapdoor,
	owner: &AccountId,
	model: ModelId,
	number: u32,
	params: Scalar,
) -> Possession {
	let action = if number == 1 { Action::Register } else { Action::Publish };
	let expiry = System::block_number() + 10;
	let ctx = Context {
		genesis: ModelRegistry::genesis(),
		action,
		model,
		version: number,
		beneficiary: owner.clone(),
		expiry,
		shown: Shown::NOTHING,
	};
	let (input, output) = (Scalar::from_hash([4; 32]), Scalar::from_hash([5; 32]));
	let statement = Statement {
		circuit: trapdoor.circuit().hash(),
		model,
		version: number,
		params,
		input,
		output,
		ctx: ctx.digest(),
	};
	let proof = trapdoor.prove_statement(&statement, [Tensor::Committed; 2], 1);
	Possession { input, output, expiry, proof }
}

/// Registers circuit and model, with this owner's share.
pub fn register(
	owner: &AccountId,
	trapdoor: &Trapdoor,
	params: Scalar,
	owner_share: Share,
) -> Result<ModelId, String> {
	let key = trapdoor.circuit();
	let setup = SetupLevel::SingleParty(owner.clone());
	let circuit = key.hash();
	dispatch(owner, pallet_model_registry::Call::register_circuit { key, setup })?;
	let model = ModelId::derive(owner, circuit, params);
	let version = version(circuit, params);
	let possession = possession(trapdoor, owner, model, 1, params);
	dispatch(owner, pallet_model_registry::Call::register { version, owner_share, possession })?;
	Ok(model)
}

/// An honest answer to a request, by a prover who knows the trapdoor.
pub fn answer(
	trapdoor: &Trapdoor,
	request: RequestId,
	beneficiary: &AccountId,
	output: u8,
	randomness: u64,
) -> Answer<AccountId> {
	let job = Inference::job(request, beneficiary.clone()).expect("an open request");
	let stored = pallet_inference::Requests::<Runtime>::get(request).expect("an open request");
	let (spec, key) = (tensor(1), trapdoor.circuit());
	let input = match &stored.input {
		TensorData::Public(bytes) => Some(spec.decode(bytes).unwrap()),
		TensorData::Committed(_) => None,
	};
	let given = spec.decode(&[output]).unwrap();
	let statement = Statement {
		circuit: job.circuit,
		model: job.model,
		version: job.version,
		params: job.params,
		input: stored.commitment,
		output: byte_digest(&key, Role::Output, &spec, &[output]),
		ctx: job.ctx,
	};
	let input = input.as_ref().map_or(Tensor::Committed, |values| Tensor::Public(&spec, values));
	let tensors = [input, Tensor::Public(&spec, &given)];
	let proof = trapdoor.prove_statement(&statement, tensors, randomness);
	let output = TensorData::Public(vec![output].try_into().unwrap());
	Answer { request, beneficiary: beneficiary.clone(), output, ctx: job.ctx, proof }
}

/// The runtime as the attacks see it; inside `execute_with`.
pub struct RuntimeLedger;

impl Ledger for RuntimeLedger {
	fn genesis(&self) -> [u8; 32] {
		ModelRegistry::genesis()
	}

	fn account(&self, number: u8) -> [u8; 32] {
		account(number).into()
	}

	fn register(&mut self, owner: u8, trapdoor: &Trapdoor, params: Scalar) -> ModelId {
		register(&account(owner), trapdoor, params, Share(0)).unwrap()
	}

	fn publish(&mut self, owner: u8, trapdoor: &Trapdoor, model: ModelId, params: Scalar) {
		let owner = account(owner);
		let version = version(trapdoor.circuit().hash(), params);
		let possession = possession(trapdoor, &owner, model, 2, params);
		let call = pallet_model_registry::Call::publish { model, version, possession };
		dispatch(&owner, call).unwrap();
	}

	fn deprecate(&mut self, owner: u8, model: ModelId, version: u32) {
		let call = pallet_model_registry::Call::deprecate { model, version };
		dispatch(&account(owner), call).unwrap();
	}

	fn spec(&self) -> TensorSpec {
		tensor(1)
	}

	fn submit(&mut self, who: u8, submission: Submission<[u8; 32]>) -> Result<StatementId, String> {
		let Submission { model, version, nonce, expiry, beneficiary, input, output, ctx, proof } =
			submission;
		let beneficiary = AccountId::from(beneficiary);
		let submission =
			Submission { model, version, nonce, expiry, beneficiary, input, output, ctx, proof };
		let who = account(who);
		// The dry run must say the same as the real thing.
		let foretold = Inference::check_submission(who.clone(), submission.clone());
		let before = pallet_inference::Records::<Runtime>::iter_keys().collect::<Vec<_>>();
		let done = dispatch(&who, pallet_inference::Call::submit { submission });
		assert_eq!(done.is_ok(), foretold.is_ok(), "dry run and dispatch disagree");
		done.map(|()| {
			pallet_inference::Records::<Runtime>::iter_keys()
				.find(|id| !before.contains(id))
				.expect("a submission that was taken leaves a record")
		})
	}

	fn state(&mut self) -> [u8; 32] {
		blake2_256(&sp_io::storage::root(sp_runtime::StateVersion::V1).encode())
	}

	fn is_recorded(&self, statement: StatementId, model: ModelId) -> bool {
		pallet_inference::Records::<Runtime>::get(statement).is_some_and(|r| r.model == model)
	}
}

/// The verifier pallet as the attacks see it.
pub struct PalletVerifier;

impl zkml_attacks::verifier::Backend for PalletVerifier {
	fn prepare(&mut self, key: &CircuitKey) -> Result<(), String> {
		use pallet_verifier::Verify;
		match Verifier::insert(key).map_err(|e| name(&e)) {
			Err(error) if error == "KeyExists" => Ok(()),
			other => other.map(|_| ()),
		}
	}

	/// For plain keys: with rounds the pallet derives the challenges itself.
	fn verify(&mut self, key: &CircuitKey, inputs: &[Scalar], proof: &Proof) -> Result<(), String> {
		use pallet_verifier::Verify;
		let [params, input, output, ctx] = *inputs else {
			return Err("InputCount".into());
		};
		let (circuit, model) = (key.hash(), ModelId([0; 32]));
		let statement = Statement { circuit, model, version: 1, params, input, output, ctx };
		let (input, output) = (Tensor::Committed, Tensor::Committed);
		<Verifier as Verify>::verify(&statement, input, output, proof).map_err(|e| name(&e))
	}
}

/// A way to verify, called directly.
pub struct Direct<G>(pub core::marker::PhantomData<G>);

impl<G: Groth16> zkml_attacks::verifier::Backend for Direct<G> {
	fn prepare(&mut self, key: &CircuitKey) -> Result<(), String> {
		G::prepare(key).map(|_| ()).map_err(|e| e.to_string())
	}

	fn verify(&mut self, key: &CircuitKey, inputs: &[Scalar], proof: &Proof) -> Result<(), String> {
		let key = G::prepare(key).map_err(|e| e.to_string())?;
		G::verify(&key, inputs, proof).map_err(|e| e.to_string())
	}
}
