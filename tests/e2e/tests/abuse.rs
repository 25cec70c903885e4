//! Floods of the pool: what is invalid, replayed, too large, unpaid, of root's class, long, or many must not
//! keep an honest proof out, and what gets a place in a block pays for it.

use std::fs;

use frame_support::dispatch::DispatchClass;
use serde_json::json;
use sp_keyring::Sr25519Keyring as Key;
use zkml_e2e::{load::*, wait_for, Folder, Node, PATIENCE};
use zkml_primitives::Submission;
use zkml_runtime::{
	configs::RuntimeBlockLength, AccountId, Balance, Runtime, RuntimeCall, EXISTENTIAL_DEPOSIT,
	MILLI, UNIT,
};
use zkml_trapdoor::Trapdoor;

const EXPIRY: u32 = 50_000;
/// Proofs that do not hold, and as many replays.
const BAD: usize = 500;
/// Transactions longer than a block may be.
const LARGE: usize = 20;
/// Calls that only root may make, of four megabytes.
const ROOT: usize = 12;
/// Transactions of an account that cannot pay for them.
const UNPAID: usize = 960;
/// Transactions that each take all bytes of a block that signed ones may have.
const LONG: usize = 4;
/// Transactions that the node's pool holds: a quarter of what it does as a rule, so that a busy machine can fill
/// it within the blocks that long ones shut.
const POOL: &str = "2048";
/// Small transactions with a tip: more than the pool holds.
const SMALL: usize = 10_000;
/// Accounts that send them.
const SENDERS: usize = 40;
/// Blocks later than with an empty pool, at most.
const DELAY: u64 = 2;
/// What a block shut for everybody else cost when bytes were free and calls of root were let in.
const COST_BEFORE: Balance = UNIT / 2_000;
/// What it must cost.
const LEAST_COST: Balance = 1_000 * COST_BEFORE;

/// Resident memory of the node, in kilobytes.
fn memory(node: &Node) -> u64 {
	let status = fs::read_to_string(format!("/proc/{}/status", node.id())).expect("it runs");
	let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("a field of status");
	let number = line.split_whitespace().nth(1).expect("a number");
	number.parse().expect("a number")
}

fn submit_call(submission: Submission<AccountId>) -> pallet_inference::Call<Runtime> {
	pallet_inference::Call::submit { submission }
}

fn remark(len: usize) -> frame_system::Call<Runtime> {
	frame_system::Call::remark { remark: vec![7; len] }
}

fn best(node: &Node) -> u64 {
	wait_for("a block", PATIENCE, || node.best())
}

/// Waits until the pool is empty.
fn drain(node: &Node) {
	wait_for("the end of the flood", PATIENCE, || {
		let pending = node.rpc("author_pendingExtrinsics", json!([]))?;
		pending.as_array()?.is_empty().then_some(())
	});
}

/// How a proof got into a block.
#[derive(Debug)]
struct Way {
	blocks: u64,
	tip: Balance,
}

/// Somebody who wants a proof on record, and pays for it what it takes.
struct Honest<'a> {
	node: &'a Node,
	model: &'a TrapdoorModel,
	sender: Sender,
	nonce: u64,
}

impl Honest<'_> {
	/// Sends a proof as clients do: first without a tip, with one when the pool has no room or a block came
	/// without it.
	fn deliver(&mut self) -> Way {
		self.nonce += 1;
		let node = self.node;
		let account_id = self.sender.account();
		let call = submit_call(self.model.submission(&account_id, self.nonce, EXPIRY));
		let start = best(node);
		let records = records_at(node, &hash_of(node, start));
		let nonce = account(node, &account_id, None).expect("it is funded").nonce;
		let first = self.sender.sign(call.clone());
		let mut tip = 0;
		let mut refused = submit(node, &first).err();
		let mut seen = start;
		let included = wait_for("the honest proof", PATIENCE, || {
			let now = best(node);
			let found = (seen + 1..=now).find(|number| {
				let then = account(node, &account_id, Some(&hash_of(node, *number)));
				then.is_some_and(|account| account.nonce > nonce)
			});
			if found.is_none() && (refused.is_some() || tip == 0 && now > start) {
				// Ten times what it pays for its bytes and its weight.
				tip = if tip == 0 { 100 * MILLI } else { 2 * tip };
				refused = submit(node, &self.sender.sign_again(call.clone(), tip)).err();
			}
			seen = now;
			found
		});
		let after = records_at(node, &hash_of(node, included));
		assert_eq!(after, records + 1, "the honest proof is on record, and no other");
		Way { blocks: included - start, tip }
	}
}

/// One flood's transactions, by kind, and who pays for them.
struct Flood {
	name: &'static str,
	kinds: Vec<(&'static str, Vec<String>)>,
	payers: Vec<AccountId>,
}

/// What came of it.
struct Outcome {
	/// How many of each kind the pool took.
	taken: Vec<usize>,
	way: Way,
	/// Paid by the flooders for each block from the first to that which emptied the pool.
	cost: Balance,
}

impl Flood {
	/// Sends all, with an honest proof behind it.
	fn run(self, honest: &mut Honest) -> Outcome {
		let node = honest.node;
		let wealth = || self.payers.iter().map(|payer| balance(node, payer)).sum::<Balance>();
		let (before, start) = (wealth(), best(node));
		let mut taken = Vec::new();
		for (_, transactions) in &self.kinds {
			taken.push(submit_all(node, transactions).iter().filter(|said| said.is_ok()).count());
		}
		let way = honest.deliver();
		drain(node);
		let blocks = Balance::from(best(node) - start).max(1);
		let cost = (before - wealth()) / blocks;
		println!(
			"{}: the honest proof took {} blocks and a tip of {}",
			self.name, way.blocks, way.tip
		);
		for ((kind, all), taken) in self.kinds.iter().zip(&taken) {
			println!("  {kind}: {taken} of {} got into the pool", all.len());
		}
		println!(
			"  cost: {} thousandths of a token for each of {blocks} blocks, {} times what it was",
			cost / MILLI,
			cost / COST_BEFORE
		);
		Outcome { taken, way, cost }
	}
}

/// Whoever floods.
struct Flooders<'a> {
	node: &'a Node,
	model: &'a TrapdoorModel,
	rich: Vec<Sender>,
	many: Vec<Sender>,
	poor: Sender,
	replayed: Submission<AccountId>,
	nonce: u64,
}

impl Flooders<'_> {
	fn payers(&self) -> Vec<AccountId> {
		self.rich.iter().chain(&self.many).chain([&self.poor]).map(Sender::account).collect()
	}

	/// What is no good: proofs that do not hold, replays, what is longer than a block, what is not paid for,
	/// and calls of root.
	fn garbage(&mut self) -> Flood {
		let (mut invalid, mut replays) = (Vec::new(), Vec::new());
		for n in 0..BAD {
			let sender = &mut self.rich[n % 4];
			self.nonce += 1;
			let mut bad = self.model.submission(&sender.account(), self.nonce, EXPIRY);
			bad.proof.c = bad.proof.a;
			invalid.push(sender.sign(submit_call(bad)));
			replays.push(sender.sign(submit_call(self.replayed.clone())));
		}
		// They take no number: nothing of theirs is taken.
		let large = Sender::new(self.node, Key::One).sign(remark(4 << 20));
		let unpaid = (0..UNPAID)
			.map(|_| {
				self.nonce += 1;
				let made = self.model.submission(&self.poor.account(), self.nonce, EXPIRY);
				self.poor.sign(submit_call(made))
			})
			.collect();
		let items = vec![(b"flood".to_vec(), vec![7; 4_100_000])];
		let set: RuntimeCall = frame_system::Call::set_storage { items }.into();
		let sudo = pallet_sudo::Call::sudo { call: Box::new(set.clone()) };
		let weight = Default::default();
		let unchecked =
			pallet_sudo::Call::sudo_unchecked_weight { call: Box::new(set.clone()), weight };
		let root: Vec<String> = [set, sudo.into(), unchecked.into()]
			.map(|call: RuntimeCall| Sender::new(self.node, Key::One).sign(call))
			.into();
		let cycled = |all: Vec<String>, n: usize| all.into_iter().cycle().take(n).collect();
		Flood {
			name: "garbage",
			kinds: vec![
				("proofs that do not hold", invalid),
				("replays", replays),
				("longer than a block", cycled(vec![large], LARGE)),
				("not paid for", unpaid),
				("calls of root", cycled(root, ROOT)),
			],
			payers: self.payers(),
		}
	}

	/// Some that each fill all bytes of a block and tip to be first; behind them more than the pool holds, each of
	/// more worth to an author than an honest proof without a tip.
	fn bytes_and_evictions(&mut self) -> Flood {
		let all = *RuntimeBlockLength::get().max.get(DispatchClass::Normal) as usize;
		let long = (0..LONG).map(|n| {
			// Signature, address and the rest take the little that is left.
			self.rich[n % 4].sign_with_tip(remark(all - 250), 10 * MILLI)
		});
		let long = long.collect();
		let small = (0..SMALL)
			.map(|n| self.many[n % SENDERS].sign_with_tip(remark(0), MILLI / 1_000))
			.collect();
		Flood {
			name: "bytes and evictions",
			kinds: vec![("all bytes of a block", long), ("small with a tip", small)],
			payers: self.payers(),
		}
	}

	/// More than the pool holds from one account, of which it can pay for a few, each with a high tip.
	fn beyond_means(&mut self, sender: &mut Sender) -> Flood {
		let small = (0..SMALL / 4).map(|_| sender.sign_with_tip(remark(0), 100 * MILLI)).collect();
		Flood {
			name: "beyond means",
			kinds: vec![("with a tip that is paid but for a few", small)],
			payers: vec![sender.account()],
		}
	}
}

#[test]
fn fifteen_thousand_hostile_transactions_delay_an_honest_proof_by_two_blocks_and_pay_for_it() {
	let folder = Folder::alone("abuse");
	let pool = ["--pool-limit", POOL];
	let args = ["--dev", "--tmp", "--port", "0", "--no-prover"];
	let node = Node::spawn(&folder, &[&args[..], &pool].concat());
	let mut owner = Sender::new(&node, Key::Bob);
	let model = TrapdoorModel::register(&node, &mut owner, Trapdoor::with_rounds(1, 1), 64);
	let rich = [Key::Charlie, Key::Dave, Key::Eve, Key::Ferdie].map(|key| Sender::new(&node, key));
	let many = (0..SENDERS).map(|n| Sender::derived(&node, &format!("//Flooder//{n}"))).collect();
	// Lives, and cannot pay for a submission.
	let poor = Sender::derived(&node, "//Poor");
	let mut few = Sender::derived(&node, "//Few");
	let mut fund = |who: &Sender, value| {
		let dest = who.account().into();
		let call = pallet_balances::Call::<Runtime>::transfer_allow_death { dest, value };
		owner.send(&node, call).expect("the pool takes what is in order");
	};
	let many: Vec<Sender> = many;
	many.iter().for_each(|sender| fund(sender, 10 * UNIT));
	fund(&poor, EXISTENTIAL_DEPOSIT + EXISTENTIAL_DEPOSIT / 2);
	fund(&few, UNIT);
	owner.wait(&node);
	let sender = Sender::new(&node, Key::Alice);
	let mut honest = Honest { node: &node, model: &model, sender, nonce: 1_000_000 };
	let usual = honest.deliver();
	println!("empty pool: {} blocks", usual.blocks);
	assert_eq!(usual.tip, 0, "nobody tips who need not");
	let replayed = model.submission(&honest.sender.account(), honest.nonce, EXPIRY);
	let mut flooders =
		Flooders { node: &node, model: &model, rich: rich.into(), many, poor, replayed, nonce: 0 };

	let mut resident = Vec::new();
	let mut run = |flood: Flood| {
		let outcome = flood.run(&mut honest);
		let (blocks, most) = (outcome.way.blocks, usual.blocks + DELAY);
		assert!(blocks <= most, "expected {most} blocks at most, got {blocks}");
		resident.push(memory(&node));
		outcome
	};
	let flood = run(flooders.bytes_and_evictions());
	assert_eq!(flood.taken[0], LONG, "who pays for a block's bytes may have them");
	assert!(flood.taken[1] < SMALL, "the pool was not full, so nobody was driven out");
	assert!(flood.cost >= LEAST_COST, "a block costs {}", flood.cost);
	let beyond = run(flooders.beyond_means(&mut few));
	assert!(beyond.taken[0] <= 10, "what cannot be paid for is not kept: {:?}", beyond.taken);
	for _ in 0..2 {
		let garbage = run(flooders.garbage());
		// What does not pay, does not fit or is root's is not even kept. What the rest costs depends on
		// how much of it comes before the honest proof, none if need be: it shuts no block.
		assert_eq!(garbage.taken, [BAD, BAD, 0, 0, 0]);
	}
	println!("resident after each flood: {resident:?} kB");
	// The first ones fill caches and the allocator's pools.
	assert!(resident[3] < resident[2] + resident[2] / 5, "memory grows: {resident:?} kB");
}
