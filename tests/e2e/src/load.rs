//! Load: transactions signed here and proofs made up with a trapdoor key, as many as wanted.

use codec::{Decode, Encode};
use frame_system::{EventRecord, Phase};
use serde_json::{json, Value};
use sp_core::{crypto::Pair as _, sr25519};
use sp_keyring::Sr25519Keyring;
use sp_runtime::{generic::Era, DispatchError};
use zkml_primitives::{
	visibilities, Action, Answer, Content, ModelId, ModelVersion, Request, RequestId, Scalar,
	Scales, SetupLevel, Share, Shown, Submission, TensorData, TensorSpec, Tensors, ValueInfo,
	Visibility,
};
use zkml_runtime::{
	AccountId, Address, Balance, Hash, Nonce, Runtime, RuntimeCall, RuntimeEvent, Signature,
	SignedPayload, UncheckedExtrinsic, VERSION,
};
use zkml_trapdoor::{byte, Target, Trapdoor};

use crate::{wait_for, Node, PATIENCE};

/// An account that sends transactions, one after the other.
pub struct Sender {
	pair: sr25519::Pair,
	nonce: u32,
	genesis: Hash,
}

impl Sender {
	/// An account of the node's chain, with the nonce that the node knows.
	pub fn new(node: &Node, key: Sr25519Keyring) -> Self {
		Self::of(node, key.pair())
	}

	/// The account of a secret such as `//Alice//1`.
	pub fn derived(node: &Node, secret: &str) -> Self {
		Self::of(node, sr25519::Pair::from_string(secret, None).expect("a secret of the tests"))
	}

	fn of(node: &Node, pair: sr25519::Pair) -> Self {
		let account = json!([AccountId::from(pair.public()).to_string()]);
		let ask = || node.rpc("system_accountNextIndex", account.clone())?.as_u64();
		let nonce = wait_for("a nonce", PATIENCE, ask) as u32;
		Self { pair, nonce, genesis: genesis(node).into() }
	}

	/// The account.
	pub fn account(&self) -> AccountId {
		self.pair.public().into()
	}

	/// The next transaction, signed, in hex.
	pub fn sign(&mut self, call: impl Into<RuntimeCall>) -> String {
		self.sign_with_tip(call, 0)
	}

	/// The next transaction with something for the block's author.
	pub fn sign_with_tip(&mut self, call: impl Into<RuntimeCall>, tip: Balance) -> String {
		let signed = self.sign_at(self.nonce, call, tip);
		self.nonce += 1;
		signed
	}

	/// The last transaction once more, with another tip: a pool that has it takes this in its place if the
	/// tip is higher.
	pub fn sign_again(&self, call: impl Into<RuntimeCall>, tip: Balance) -> String {
		self.sign_at(self.nonce - 1, call, tip)
	}

	fn sign_at(&self, nonce: u32, call: impl Into<RuntimeCall>, tip: Balance) -> String {
		let extension = zkml_runtime::extension(nonce, Era::Immortal, tip);
		let (spec, version) = (VERSION.spec_version, VERSION.transaction_version);
		let payment = ((), (), ());
		let implicit = ((), (), spec, version, self.genesis, self.genesis, payment, ());
		let payload = SignedPayload::from_raw(call.into(), extension, implicit);
		let signature = Signature::from(payload.using_encoded(|bytes| self.pair.sign(bytes)));
		let (call, extension, _) = payload.deconstruct();
		let address = Address::Id(self.account());
		let signed = UncheckedExtrinsic::new_signed(call, address, signature, extension);
		hex(&signed.encode())
	}

	/// Signs and hands in; what the pool says.
	pub fn send(&mut self, node: &Node, call: impl Into<RuntimeCall>) -> Result<String, String> {
		submit(node, &self.sign(call))
	}

	/// Hands in and waits until it is in a block.
	pub fn include(&mut self, node: &Node, call: impl Into<RuntimeCall>) {
		self.send(node, call).expect("the pool takes what is in order");
		self.wait(node);
	}

	/// Hands in and waits; the block that has it, and what became of it there.
	pub fn outcome(&mut self, node: &Node, call: impl Into<RuntimeCall>) -> Outcome {
		let start = wait_for("a block", PATIENCE, || node.best());
		let signed = self.sign(call);
		submit(node, &signed).expect("the pool takes what is in order");
		outcome_of(node, &signed, start)
	}

	/// Waits until all that was signed is in blocks.
	pub fn wait(&self, node: &Node) {
		wait_for("the block", PATIENCE, || {
			(account(node, &self.account(), None)?.nonce >= self.nonce).then_some(())
		});
	}
}

/// What became of a transaction.
#[derive(Debug)]
pub struct Outcome {
	/// The number of its block.
	pub block: u64,
	/// How the call ended.
	pub result: Result<(), DispatchError>,
	/// What it did, as events of the chain.
	pub events: Vec<RuntimeEvent>,
}

/// What becomes of a transaction that was handed in when this block was the best.
pub fn outcome_of(node: &Node, signed: &str, start: u64) -> Outcome {
	let mut next = start;
	wait_for("the block", PATIENCE, || loop {
		let best = node.best()?;
		if next > best {
			return None;
		}
		let hash = hash_of(node, next);
		let block = node.rpc("chain_getBlock", json!([hash]))?;
		let all = block["block"]["extrinsics"].as_array()?;
		if let Some(index) = all.iter().position(|one| one.as_str() == Some(signed)) {
			let phase = Phase::ApplyExtrinsic(index as u32);
			let events = events_at(node, &hash)?.into_iter().filter(|one| one.phase == phase);
			let events: Vec<_> = events.map(|one| one.event).collect();
			let failed = events.iter().find_map(|event| match event {
				RuntimeEvent::System(frame_system::Event::ExtrinsicFailed {
					dispatch_error,
					..
				}) => Some(*dispatch_error),
				_ => None,
			});
			return Some(Outcome { block: next, result: failed.map_or(Ok(()), Err), events });
		}
		next += 1;
	})
}

fn events_at(node: &Node, block: &str) -> Option<Vec<EventRecord<RuntimeEvent, Hash>>> {
	let key = frame_support::storage::storage_prefix(b"System", b"Events");
	let stored = bytes(&node.rpc("state_getStorage", json!([hex(&key), block]))?)?;
	Decode::decode(&mut &stored[..]).ok()
}

/// An account as the chain has it.
pub type Account = frame_system::AccountInfo<Nonce, pallet_balances::AccountData<Balance>>;

/// What is stored of an account, at a block or at the best one.
pub fn account(node: &Node, account: &AccountId, block: Option<&str>) -> Option<Account> {
	Account::decode(&mut &account_at(node, account, block)?[..]).ok()
}

/// All that an account has, free and held, at the best block.
pub fn balance(node: &Node, of: &AccountId) -> Balance {
	let data = wait_for("an account", PATIENCE, || account(node, of, None)).data;
	data.free + data.reserved
}

/// What is stored of an account: nonce, references, balances. At a block, or at the best one.
pub fn account_at(node: &Node, account: &AccountId, block: Option<&str>) -> Option<Vec<u8>> {
	let key = frame_system::Account::<Runtime>::hashed_key_for(account);
	bytes(&node.rpc("state_getStorage", json!([hex(&key), block]))?)
}

/// The hash of a block of this number.
pub fn hash_of(node: &Node, number: u64) -> String {
	let ask = || Some(node.rpc("chain_getBlockHash", json!([number]))?.as_str()?.to_owned());
	wait_for("a block's hash", PATIENCE, ask)
}

/// What the pool says of a transaction that it has: of one handed in once, too, if a block that was made meanwhile
/// took it over before the pool was done with it.
const ALREADY_IMPORTED: i64 = 1013;

/// Hands a signed transaction to the node's pool; its hash.
pub fn submit(node: &Node, transaction: &str) -> Result<String, String> {
	let answer = node.ask("author_submitExtrinsic", json!([transaction]));
	let answer = answer.ok_or("the node does not answer")?;
	match answer["result"].as_str() {
		Some(hash) => Ok(hash.to_owned()),
		None if answer["error"]["code"].as_i64() == Some(ALREADY_IMPORTED) => {
			let encoded = bytes(&json!(transaction)).ok_or("expected a transaction in hex")?;
			Ok(hex(&zkml_primitives::blake2_256(&encoded)))
		}
		None => Err(answer["error"].to_string()),
	}
}

/// Transactions in one request to the node, in characters of hex: requests are bounded.
const REQUEST: usize = 8 << 20;

/// Hands in many, some hundred in each request, in order; what the pool says of each.
pub fn submit_all(node: &Node, transactions: &[String]) -> Vec<Result<String, String>> {
	let mut said = Vec::new();
	let mut rest = transactions;
	while !rest.is_empty() {
		let mut length = 0;
		let fits = |one: &&String| {
			length += one.len();
			length <= REQUEST
		};
		let now = rest.iter().take(500).take_while(fits).count().max(1);
		let (these, later) = rest.split_at(now);
		said.extend(submit_together(node, these));
		rest = later;
	}
	said
}

fn submit_together(node: &Node, transactions: &[String]) -> Vec<Result<String, String>> {
	let calls =
		transactions.iter().enumerate().map(|(id, one)| ("author_submitExtrinsic", id, one));
	let calls: Vec<Value> = calls
		.map(
			|(method, id, one)| json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": [one] }),
		)
		.collect();
	let answers = node.post(&Value::from(calls));
	let answers = answers.as_ref().and_then(Value::as_array);
	let silent = || Err("the node does not answer".to_owned());
	let mut said: Vec<_> = transactions.iter().map(|_| silent()).collect();
	for answer in answers.into_iter().flatten() {
		let place = answer["id"].as_u64().and_then(|id| said.get_mut(id as usize));
		if let Some(place) = place {
			let hash = answer["result"].as_str().map(str::to_owned);
			*place = hash.ok_or_else(|| answer["error"].to_string());
		}
	}
	said
}

/// An open request, with its inputs.
pub fn request_at(node: &Node, request: RequestId) -> Option<Request<AccountId, Balance>> {
	let asked = json!(["InferenceApi_request", hex(&request.encode())]);
	let answer = bytes(&node.rpc("state_call", asked)?)?;
	Option::<Request<AccountId, Balance>>::decode(&mut &answer[..]).ok().flatten()
}

/// Hash of block 0.
pub fn genesis(node: &Node) -> [u8; 32] {
	let ask = || bytes(&node.rpc("chain_getBlockHash", json!([0]))?)?.try_into().ok();
	wait_for("the genesis hash", PATIENCE, ask)
}

/// Bytes as JSON-RPC spells them.
pub fn hex(bytes: &[u8]) -> String {
	let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
	format!("0x{digits}")
}

/// And back.
pub fn bytes(value: &Value) -> Option<Vec<u8>> {
	let digits = value.as_str()?.strip_prefix("0x")?.as_bytes();
	let pair = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
	digits.chunks(2).map(pair).collect()
}

/// A tensor of bytes.
pub fn tensor(bytes: u32) -> TensorSpec {
	let dims = vec![bytes].try_into().expect("one dimension");
	TensorSpec { dims, bits: 8, min: -128, max: 127, scales: Scales::ONE }
}

/// One output, in clear.
pub fn shown() -> Tensors<Visibility> {
	vec![Visibility::Public].try_into().expect("one output")
}

/// The only input, or the only output.
fn value(name: &str, tensor: TensorSpec) -> Tensors<ValueInfo> {
	let name = name.as_bytes().to_vec().try_into().expect("a short name");
	vec![ValueInfo { name, tensor }].try_into().expect("one")
}

/// A model on a trapdoor key with a commit round.
pub struct TrapdoorModel {
	/// Its key, with the secret.
	pub trapdoor: Trapdoor,
	/// What proofs are about.
	pub target: Target,
}

impl TrapdoorModel {
	/// Registers circuit and model, of so many bytes in and one out, whose owner takes nothing.
	pub fn register(node: &Node, owner: &mut Sender, trapdoor: Trapdoor, input: u32) -> Self {
		let key = trapdoor.circuit();
		owner.include(node, pallet_model_registry::Call::register_circuit { key });
		Self::register_version(node, owner, trapdoor, input, Share(0), |_| ())
			.expect("the model is in order")
	}

	/// Registers a model on a registered circuit, with the owner's share and whatever is changed in its description.
	///
	/// # Errors
	/// What the chain says of the model.
	pub fn register_version(
		node: &Node,
		owner: &mut Sender,
		trapdoor: Trapdoor,
		input: u32,
		owner_share: Share,
		change: impl FnOnce(&mut ModelVersion),
	) -> Result<Self, DispatchError> {
		let circuit = trapdoor.circuit().hash();
		let (params, expiry) = (Scalar::from_hash([3; 32]), u32::MAX);
		let committed = trapdoor.params_of(params);
		let model = ModelId::derive(&owner.account(), circuit, committed.scalar());
		let (input, output) = (tensor(input), tensor(1));
		let target = Target {
			genesis: genesis(node),
			model,
			version: 1,
			params,
			inputs: vec![input.clone()],
			outputs: vec![output.clone()],
		};
		let mut version = ModelVersion {
			circuit,
			setup: SetupLevel::SingleParty,
			params: committed,
			visibility: Visibility::Private,
			inputs: value("x", input),
			outputs: value("y", output),
			labels: Default::default(),
			accuracy: Default::default(),
			content: Content { model: [1; 32], proving_key: [2; 32], uri: Default::default() },
		};
		change(&mut version);
		let possession = trapdoor.possession(&target, owner.account(), Action::Register, expiry);
		let call =
			pallet_model_registry::Call::register { version, owner_share, possession, range: None };
		owner.outcome(node, call).result.map(|()| Self { trapdoor, target })
	}

	/// An answer whose proof holds, with the output in clear or behind a commitment that nobody opens.
	pub fn answer(
		&self,
		node: &Node,
		request: RequestId,
		beneficiary: &AccountId,
		output: Visibility,
	) -> Answer<AccountId> {
		let stored = request_at(node, request).expect("the request is open");
		let hidden = Scalar::from_hash([9; 32]);
		let output = match output {
			Visibility::Public => byte(131),
			Visibility::Private => TensorData::Committed(hidden),
		};
		let outputs: Tensors<_> = vec![output].try_into().expect("one output");
		let shown = Shown { inputs: visibilities(&stored.inputs), outputs: visibilities(&outputs) };
		let (action, by) = (Action::Answer(request), beneficiary.clone());
		let context = self.target.context(action, by, stored.expiry, shown);
		let run = [&stored.inputs[..], &outputs[..]];
		let (ctx, proof) = self.trapdoor.prove_inference(&self.target, &context, run, 7);
		Answer { request, beneficiary: beneficiary.clone(), outputs, ctx, proof }
	}

	/// A submission that nobody made before, if nobody used the nonce.
	pub fn submission(&self, by: &AccountId, nonce: u64, expiry: u32) -> Submission<AccountId> {
		let mut input = vec![0; self.target.inputs[0].len() as usize];
		for (to, from) in input.iter_mut().zip(nonce.to_le_bytes()) {
			*to = from;
		}
		let input = TensorData::Public(input.try_into().expect("the registry has looked at it"));
		let run: [&[_]; 2] = [&[input], &[byte(nonce as u8)]];
		self.trapdoor.submission(&self.target, by.clone(), nonce, expiry, run)
	}
}

/// A block as its producer sees it.
pub struct Block {
	/// Its number.
	pub number: u64,
	/// Its hash.
	pub hash: String,
	/// Records that it added.
	pub records: usize,
}

/// Hands in transactions as fast as the pool takes them, right after a new block, and looks at all
/// blocks until the chain has so many records more.
pub fn run(node: &Node, transactions: &[String], records: usize) -> Vec<Block> {
	let before = wait_for("a block", PATIENCE, || node.best());
	let start = wait_for("the next block", PATIENCE, || node.best().filter(|now| *now > before));
	for transaction in transactions {
		submit(node, transaction).expect("the pool takes what is in order");
	}
	let (mut blocks, mut number) = (Vec::new(), start);
	let first = records_at(node, &hash_of(node, start));
	let mut count = first;
	while count < first + records {
		number += 1;
		wait_for("the next block", PATIENCE, || node.best().filter(|now| *now >= number));
		let hash = hash_of(node, number);
		let now = records_at(node, &hash);
		blocks.push(Block { number, hash, records: now - count });
		count = now;
	}
	blocks
}

/// How many records the chain has at a block.
pub fn records_at(node: &Node, block: &str) -> usize {
	keys_at(node, &frame_support::storage::storage_prefix(b"Inference", b"Records"), block)
}

/// How many keys with this prefix the chain has at a block.
pub fn keys_at(node: &Node, prefix: &[u8], block: &str) -> usize {
	let (mut count, mut start) = (0, Value::Null);
	loop {
		let page = json!([hex(prefix), 1000, start, block]);
		let keys = wait_for("keys", PATIENCE, || node.rpc("state_getKeysPaged", page.clone()));
		let keys = keys.as_array().expect("a list of keys");
		let Some(last) = keys.last() else { return count };
		count += keys.len();
		start = last.clone();
	}
}
