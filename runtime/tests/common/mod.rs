//! The real runtime in memory, with its real configuration and genesis.

pub mod invariants;
pub mod ledger;
pub mod market;
pub mod verifier;

use std::{
	collections::{BTreeMap, BTreeSet},
	ops::{Deref, DerefMut},
	sync::LazyLock,
};

use codec::Encode;
use frame_support::{dispatch::RawOrigin, traits::PalletsInfoAccess, weights::Weight};
use scale_info::{TypeDef, TypeInfo};
use sp_keyring::Sr25519Keyring;
use sp_runtime::{
	generic::Era, traits::Dispatchable, ApplyExtrinsicResult, BuildStorage, DispatchError,
};
use zkml_attacks::ledger::Shape;
use zkml_primitives::*;
use zkml_runtime::*;
use zkml_trapdoor::{byte, Target, Trapdoor};

/// A chain in memory. After everything that was done on it, what must always hold is checked.
pub struct Chain(sp_io::TestExternalities);

impl Chain {
	/// Does something on the chain, and looks at what it left.
	pub fn execute_with<R>(&mut self, work: impl FnOnce() -> R) -> R {
		self.0.execute_with(|| {
			let done = work();
			invariants::check();
			done
		})
	}

	/// Does something with one pallet behind the others' backs, which leaves what never could be.
	pub fn execute_apart<R>(&mut self, work: impl FnOnce() -> R) -> R {
		self.0.execute_with(work)
	}
}

impl Deref for Chain {
	type Target = sp_io::TestExternalities;

	fn deref(&self) -> &Self::Target {
		&self.0
	}
}

impl DerefMut for Chain {
	fn deref_mut(&mut self) -> &mut Self::Target {
		&mut self.0
	}
}

/// Fresh state of the development preset, at block 1.
pub fn chain() -> Chain {
	let preset = genesis_presets::get_preset(&genesis_presets::DEVELOPMENT.into()).unwrap();
	let mut json = serde_json::to_value(RuntimeGenesisConfig::default()).unwrap();
	merge(&mut json, serde_json::from_slice(&preset).unwrap());
	let config: RuntimeGenesisConfig = serde_json::from_value(json).unwrap();
	let mut chain = Chain(sp_io::TestExternalities::new(config.build_storage().unwrap()));
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

/// Makes `number` the current block. The clock goes with the blocks, six seconds each.
pub fn go_to(number: u32) {
	System::set_block_number(number);
	pallet_timestamp::Now::<Runtime>::put(moment_of(number));
}

/// Lets the time be over that a model waits between its last deprecation and its removal, as only root could: no
/// request is open any more after it.
pub fn end_wait(model: ModelId) {
	pallet_model_registry::Models::<Runtime>::mutate(model, |details| {
		details.as_mut().expect("registered").removable_at = 0;
	});
}

/// The clock at a block, in milliseconds.
pub fn moment_of(block: u32) -> u64 {
	1_800_000_000_000 + u64::from(block) * SLOT_DURATION
}

/// What is asked for as a rule: an output in clear, by this block.
pub fn terms(price: Balance, block: u32) -> Terms<Balance> {
	Terms {
		price,
		max_owner_share: Share(Share::WHOLE),
		outputs: list([Visibility::Public]),
		deadline: Deadline { block, moment: 0 },
	}
}

/// One thing for each tensor.
pub fn list<T: std::fmt::Debug, const N: usize>(items: [T; N]) -> Tensors<T> {
	Tensors::try_from(Vec::from(items)).unwrap()
}

/// Inputs or outputs of one tensor of one byte, in clear.
pub fn one(value: u8) -> Tensors<TensorData> {
	list([byte(value)])
}

/// Inputs or outputs of one tensor that is committed to.
pub fn hidden(commitment: Scalar) -> Tensors<TensorData> {
	list([TensorData::Committed(commitment)])
}

/// The first block at which an unanswered request can be refunded.
pub fn closed_after(deadline: u32) -> u32 {
	deadline + configs::AnswerGrace::get().block + 1
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

/// Signs a call as a client would.
pub fn extrinsic(who: Sr25519Keyring, call: RuntimeCall) -> UncheckedExtrinsic {
	extrinsic_with(who, call, System::account_nonce(who.to_account_id()), 0)
}

/// Signs a call as the transaction of this number, with a tip.
pub fn extrinsic_with(
	who: Sr25519Keyring,
	call: RuntimeCall,
	nonce: Nonce,
	tip: Balance,
) -> UncheckedExtrinsic {
	let extension = zkml_runtime::extension(nonce, Era::Immortal, tip);
	let payload = SignedPayload::new(call, extension).unwrap();
	let signature = payload.using_encoded(|bytes| who.sign(bytes));
	let (call, extension, _) = payload.deconstruct();
	let (address, signature) = (Address::Id(who.to_account_id()), Signature::from(signature));
	UncheckedExtrinsic::new_signed(call, address, signature, extension)
}

/// Signs a call and applies it to the block that is being made.
pub fn apply(who: Sr25519Keyring, call: RuntimeCall) -> ApplyExtrinsicResult {
	// One block has no room for all that a test may send.
	System::set_block_consumed_resources(Weight::zero(), 0);
	Executive::apply_extrinsic(extrinsic(who, call))
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

/// The pallets of the SDK in this runtime. All others are ours, and a new one is too, until it stands here.
const SDK: [&str; 7] =
	["System", "Timestamp", "Aura", "Grandpa", "Balances", "TransactionPayment", "Sudo"];

/// Names of our pallets, as the runtime has them.
pub fn ours() -> BTreeSet<&'static str> {
	let all: BTreeSet<_> = AllPalletsWithSystem::infos().into_iter().map(|it| it.name).collect();
	assert!(SDK.iter().all(|name| all.contains(name)), "a pallet of the SDK is gone: {all:?}");
	all.into_iter().filter(|name| !SDK.contains(name)).collect()
}

/// The variants of the errors of our pallets as `Pallet.Variant`, by what a dispatch error says.
pub fn errors() -> &'static BTreeMap<(usize, u8), String> {
	static ALL: LazyLock<BTreeMap<(usize, u8), String>> = LazyLock::new(|| {
		let variants = |ty: scale_info::Type| {
			let TypeDef::Variant(these) = ty.type_def else { panic!("an error is an enum") };
			these.variants
		};
		let ours = ours();
		let pallets = variants(RuntimeError::type_info()).into_iter();
		let of = |pallet: scale_info::Variant| {
			let errors = variants(pallet.fields[0].ty.type_info()).into_iter();
			let (index, name) = (usize::from(pallet.index), pallet.name);
			errors.map(move |error| ((index, error.index), format!("{name}.{}", error.name)))
		};
		pallets.filter(|pallet| ours.contains(pallet.name)).flat_map(of).collect()
	});
	&ALL
}

/// `Pallet.Variant` for an error of ours, else what it is.
pub fn title(error: &DispatchError) -> String {
	match error {
		DispatchError::Module(error) => {
			let found = errors().get(&(usize::from(error.index), error.error[0]));
			found.cloned().unwrap_or_else(|| format!("{error:?}"))
		}
		other => format!("{other:?}"),
	}
}

/// The name of an error's variant alone. Errors in events have lost the message that has it.
pub fn name(error: &DispatchError) -> String {
	let title = title(error);
	title.split_once('.').map_or(title.clone(), |(_, name)| name.to_owned())
}

/// A tensor of `n` elements in -128 ..= 100, one byte each.
pub fn tensor(n: u32) -> TensorSpec {
	let dims = vec![n].try_into().unwrap();
	TensorSpec { dims, bits: 8, min: -128, max: 100, scales: Scales::ONE }
}

/// Scales along an axis, with these mantissas.
pub fn per_axis(axis: u8, mantissas: &[u32]) -> Scales {
	let scales: Vec<_> = mantissas.iter().map(|m| Scale { mantissa: *m, shift: 2 }).collect();
	Scales::PerAxis { axis, scales: scales.try_into().unwrap() }
}

/// So many tensors of one byte, named by a letter and their number.
pub fn described(letter: &str, count: usize) -> Tensors<ValueInfo> {
	let value = |number| ValueInfo {
		name: format!("{letter}{number}").into_bytes().try_into().unwrap(),
		tensor: tensor(1),
	};
	(0..count).map(value).collect::<Vec<_>>().try_into().unwrap()
}

/// A description with one byte in and out.
pub fn version(circuit: CircuitHash, params: Scalar) -> ModelVersion {
	ModelVersion {
		circuit,
		setup: SetupLevel::SingleParty,
		params: ParamsCommitment::Poseidon(params),
		visibility: Visibility::Private,
		inputs: described("i", 1),
		outputs: described("o", 1),
		labels: Default::default(),
		accuracy: Default::default(),
		content: Content { model: [1; 32], proving_key: [2; 32], uri: Default::default() },
	}
}

/// The same on this key, with what its [`Trapdoor::params_of`] these are.
pub fn version_on(trapdoor: &Trapdoor, params: Scalar) -> ModelVersion {
	let described = version(trapdoor.circuit().hash(), params);
	ModelVersion { params: trapdoor.params_of(params), ..described }
}

/// The same with so many inputs and outputs.
pub fn version_of(trapdoor: &Trapdoor, params: Scalar, shape: Shape) -> ModelVersion {
	let (inputs, outputs) = (described("i", shape.inputs), described("o", shape.outputs));
	ModelVersion { inputs, outputs, ..version_on(trapdoor, params) }
}

/// The proof that goes with a registration.
pub fn possession(
	trapdoor: &Trapdoor,
	owner: &AccountId,
	model: ModelId,
	number: u32,
	params: Scalar,
) -> Possession {
	possession_of(trapdoor, owner, target(model, number, params))
}

/// The same for any version.
pub fn possession_of(trapdoor: &Trapdoor, owner: &AccountId, target: Target) -> Possession {
	let action = if target.version == 1 { Action::Register } else { Action::Publish };
	let expiry = System::block_number() + 10;
	trapdoor.possession(&target, owner.clone(), action, expiry)
}

/// A version as [`version`] describes it.
pub fn target(model: ModelId, version: u32, params: Scalar) -> Target {
	target_of(model, version, params, Shape::SINGLE)
}

/// The same with so many inputs and outputs.
pub fn target_of(model: ModelId, version: u32, params: Scalar, shape: Shape) -> Target {
	let (genesis, spec) = (ModelRegistry::genesis(), tensor(1));
	let (inputs, outputs) = (vec![spec.clone(); shape.inputs], vec![spec; shape.outputs]);
	Target { genesis, model, version, params, inputs, outputs }
}

/// Registers circuit and model, with this owner's share.
pub fn register(
	owner: &AccountId,
	trapdoor: &Trapdoor,
	params: Scalar,
	owner_share: Share,
) -> Result<ModelId, String> {
	register_of(owner, trapdoor, params, owner_share, Shape::SINGLE)
}

/// The same, of so many inputs and outputs.
pub fn register_of(
	owner: &AccountId,
	trapdoor: &Trapdoor,
	params: Scalar,
	owner_share: Share,
	shape: Shape,
) -> Result<ModelId, String> {
	let key = trapdoor.circuit();
	let version = version_of(trapdoor, params, shape);
	dispatch(owner, pallet_model_registry::Call::register_circuit { key })?;
	let model = ModelId::derive(owner, version.circuit, version.params.scalar());
	let possession = possession_of(trapdoor, owner, target_of(model, 1, params, shape));
	dispatch(
		owner,
		pallet_model_registry::Call::register { version, owner_share, possession, range: None },
	)?;
	Ok(model)
}

/// An honest answer to a request, by a prover who knows the trapdoor, for its parameters if they are a point.
pub fn answer(
	trapdoor: &Trapdoor,
	request: RequestId,
	beneficiary: &AccountId,
	output: u8,
	randomness: u64,
) -> Answer<AccountId> {
	answer_with(trapdoor, request, beneficiary, &one(output), randomness)
}

/// The same with any outputs.
pub fn answer_with(
	trapdoor: &Trapdoor,
	request: RequestId,
	beneficiary: &AccountId,
	outputs: &Tensors<TensorData>,
	randomness: u64,
) -> Answer<AccountId> {
	let job = Inference::job(request, beneficiary.clone()).expect("an open request");
	let version = ModelRegistry::model_info(job.model).expect("registered").versions;
	let about = version.into_iter().find(|one| one.number == job.version).expect("published");
	let specs = |values: Tensors<ValueInfo>| values.into_iter().map(|value| value.tensor).collect();
	let target = Target {
		genesis: job.genesis,
		model: job.model,
		version: job.version,
		params: Scalar::ZERO,
		inputs: specs(about.description.inputs),
		outputs: specs(about.description.outputs),
	};
	let shown = Shown { inputs: visibilities(&job.inputs), outputs: visibilities(outputs) };
	let action = Action::Answer(request);
	let context = target.context(action, beneficiary.clone(), job.expiry, shown);
	let run = [&job.inputs[..], &outputs[..]];
	let (ctx, proof) = trapdoor.prove_with_params(&target, job.params, &context, run, randomness);
	Answer { request, beneficiary: beneficiary.clone(), outputs: outputs.clone(), ctx, proof }
}

/// The call that brings an answer, and pays for what it is asked about.
pub fn answering(answer: Answer<AccountId>) -> pallet_inference::Call<Runtime> {
	let input_bytes = asked_bytes(std::slice::from_ref(&answer));
	pallet_inference::Call::answer { answer, input_bytes }
}

/// The same for several.
pub fn answering_all(answers: Vec<Answer<AccountId>>) -> pallet_inference::Call<Runtime> {
	let input_bytes = asked_bytes(&answers);
	pallet_inference::Call::answer_batch { answers: answers.try_into().unwrap(), input_bytes }
}

/// Public bytes of the inputs of the requests that these answer.
fn asked_bytes(answers: &[Answer<AccountId>]) -> u32 {
	let inputs = |answer: &Answer<_>| {
		pallet_inference::RequestInputs::<Runtime>::get(answer.request).unwrap_or_default()
	};
	answers.iter().map(|answer| public_len(&inputs(answer))).sum()
}
