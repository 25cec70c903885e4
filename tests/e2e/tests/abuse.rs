//! Floods of the pool: what is invalid, replayed, too large or unpaid must not keep an honest proof out.

use std::fs;

use sp_keyring::Sr25519Keyring as Key;
use zkml_e2e::{load::*, wait_for, Folder, Node, PATIENCE};
use zkml_primitives::Submission;
use zkml_runtime::{AccountId, Runtime, EXISTENTIAL_DEPOSIT};
use zkml_trapdoor::Trapdoor;

const EXPIRY: u32 = 50_000;
/// Proofs that do not hold, and as many replays.
const BAD: usize = 500;
/// Transactions longer than a block may be.
const LARGE: usize = 40;
/// Transactions of an account that cannot pay for them.
const UNPAID: usize = 960;

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
	/// Four kinds of garbage, signed and ready.
	fn make(
		&mut self,
		paying: &mut [Sender],
		poor: &mut Sender,
		replayed: &Submission<AccountId>,
	) -> [Vec<String>; 4] {
		let mut next = || {
			self.nonce += 1;
			self.nonce
		};
		let (mut invalid, mut replays) = (Vec::new(), Vec::new());
		for n in 0..BAD {
			let sender = &mut paying[n % 4];
			let mut bad = self.model.submission(&sender.account(), next(), EXPIRY);
			bad.proof.c = bad.proof.a;
			invalid.push(sender.sign(submit_call(bad)));
			replays.push(sender.sign(submit_call(replayed.clone())));
		}
		let large = self.large.iter().cycle().take(LARGE).cloned().collect();
		let unpaid = (0..UNPAID)
			.map(|_| poor.sign(submit_call(self.model.submission(&poor.account(), next(), EXPIRY))))
			.collect();
		[invalid, replays, large, unpaid]
	}

	/// Sends all at once, the kinds mixed. Returns how many of each kind the pool took.
	fn send(&self, garbage: &[Vec<String>; 4]) -> [usize; 4] {
		let mut taken = [0; 4];
		for n in 0..garbage.iter().map(Vec::len).max().unwrap_or(0) {
			for (kind, taken) in garbage.iter().zip(&mut taken) {
				let accepted = kind.get(n).is_some_and(|one| submit(self.node, one).is_ok());
				*taken += usize::from(accepted);
			}
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
	// Lives, and cannot pay for a submission.
	let mut poor = Sender::new(&node, Key::Two);
	let (dest, value) = (poor.account().into(), EXISTENTIAL_DEPOSIT + EXISTENTIAL_DEPOSIT / 2);
	owner.include(&node, pallet_balances::Call::transfer_allow_death { dest, value });
	let mut honest = Sender::new(&node, Key::Alice);
	let replayed = model.submission(&honest.account(), 1_000_000, EXPIRY);
	honest.include(&node, submit_call(replayed.clone()));

	// Longer than all that signed transactions may take of a block.
	let remark = |n: u8| frame_system::Call::<Runtime>::remark { remark: vec![n; 4 << 20] };
	let large = (0..4).map(|n| Sender::new(&node, Key::One).sign(remark(n))).collect();
	let mut flood = Flood { node: &node, model: &model, nonce: 0, large };
	let mut resident = Vec::new();
	for round in 0..3u64 {
		let garbage = flood.make(&mut paying, &mut poor, &replayed);
		let good = model.submission(&honest.account(), 2_000_000 + round, EXPIRY);
		let taken = flood.send(&garbage);
		// What does not pay or does not fit is not even kept.
		assert_eq!(taken, [BAD, BAD, 0, 0]);
		let sent = wait_for("a block", PATIENCE, || node.best());
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
	// The first fills caches and the allocator's pools.
	assert!(resident[2] < resident[1] + resident[1] / 5, "memory grows: {resident:?} kB");
}
