//! Floods of the pool: what is invalid, replayed, too large or unpaid must not keep an honest proof out.

use std::fs;

use sp_keyring::Sr25519Keyring as Key;
use sp_runtime::traits::StaticLookup;
use zkml_e2e::{load::*, wait_for, Folder, Node, PATIENCE};
use zkml_primitives::Submission;
use zkml_runtime::{AccountId, Runtime};
use zkml_trapdoor::Trapdoor;

const EXPIRY: u32 = 50_000;
/// Of each kind, four kinds.
const EACH: usize = 500;

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

/// What the flooders send in one flood; nonces begin at this one.
struct Flood<'a> {
	node: &'a Node,
	model: &'a TrapdoorModel,
	nonce: u64,
	large: Vec<String>,
}

impl Flood<'_> {
	/// Four kinds of garbage, in turns. Returns how many the pool took of each.
	fn send(
		&mut self,
		paying: &mut [Sender],
		poor: &mut Sender,
		replayed: &Submission<AccountId>,
	) -> [usize; 4] {
		let mut taken = [0; 4];
		for n in 0..EACH {
			let sender = &mut paying[n % 4];
			let account = sender.account();
			self.nonce += 1;
			let mut invalid = self.model.submission(&account, self.nonce, EXPIRY);
			invalid.proof.c = invalid.proof.a;
			taken[0] += usize::from(sender.send(self.node, submit_call(invalid)).is_ok());
			taken[1] += usize::from(sender.send(self.node, submit_call(replayed.clone())).is_ok());
			// Longer than a block may be; signed and paid for by somebody else.
			let large = &self.large[n % self.large.len()];
			taken[2] += usize::from(submit(self.node, large).is_ok());
			let unpaid = self.model.submission(&poor.account(), self.nonce, EXPIRY);
			taken[3] += usize::from(poor.send(self.node, submit_call(unpaid)).is_ok());
		}
		taken
	}
}

#[test]
fn two_thousand_bad_transactions_delay_an_honest_proof_by_less_than_three_blocks() {
	let folder = Folder::new("abuse");
	let node = Node::spawn(&folder, &["--dev", "--tmp", "--port", "0", "--no-prover"]);
	let mut owner = Sender::new(&node, Key::Bob);
	let model = TrapdoorModel::register(&node, &mut owner, Trapdoor::with_rounds(1, 1), 64);
	let mut paying: Vec<Sender> =
		[Key::Charlie, Key::Dave, Key::Eve, Key::Ferdie].map(|key| Sender::new(&node, key)).into();
	// Lives, and can pay for nothing.
	let mut poor = Sender::new(&node, Key::Two);
	let everything = <Runtime as frame_system::Config>::Lookup::unlookup(owner.account());
	poor.include(&node, pallet_balances::Call::transfer_all { dest: everything, keep_alive: true });
	let mut honest = Sender::new(&node, Key::Alice);
	let replayed = model.submission(&honest.account(), 1_000_000, EXPIRY);
	honest.include(&node, submit_call(replayed.clone()));

	// Longer than all that signed transactions may take of a block.
	let remark = |n: u8| frame_system::Call::<Runtime>::remark { remark: vec![n; 4 << 20] };
	let large = (0..4).map(|n| Sender::new(&node, Key::One).sign(remark(n))).collect();
	let mut flood = Flood { node: &node, model: &model, nonce: 0, large };
	let mut resident = Vec::new();
	for round in 0..2u64 {
		let taken = flood.send(&mut paying, &mut poor, &replayed);
		// What does not pay or does not fit is not even kept.
		assert_eq!(taken, [EACH, EACH, 0, 0]);
		let sent = wait_for("a block", PATIENCE, || node.best());
		let good = model.submission(&honest.account(), 2_000_000 + round, EXPIRY);
		let before =
			wait_for("records", PATIENCE, || Some(records_at(&node, &hash_of(&node, sent))));
		honest.send(&node, submit_call(good)).expect("the pool takes what is in order");
		let included = wait_for("the honest proof", PATIENCE, || {
			let best = node.best()?;
			(sent + 1..=best).find(|number| records_at(&node, &hash_of(&node, *number)) > before)
		});
		println!("flood {round}: sent at block {sent}, on record in block {included}");
		assert!(
			included - sent <= 3,
			"expected a delay of less than three blocks, got {sent} to {included}"
		);
		// Until the pool is empty.
		wait_for("the end of the flood", PATIENCE, || {
			let pending = node.rpc("author_pendingExtrinsics", serde_json::json!([]))?;
			pending.as_array()?.is_empty().then_some(())
		});
		resident.push(memory(&node));
	}
	println!("resident after each flood: {resident:?} kB");
	assert!(resident[1] < resident[0] + resident[0] / 4, "memory grows: {resident:?} kB");
}
