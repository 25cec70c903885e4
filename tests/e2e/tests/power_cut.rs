//! A validator that is killed while it imports a full block.

use std::{
	thread::sleep,
	time::{Duration, Instant},
};

use serde_json::json;
use sp_keyring::Sr25519Keyring as Key;
use zkml_e2e::{load::*, *};
use zkml_trapdoor::Trapdoor;

const BATCH: usize = 64;
const EXPIRY: u32 = 50_000;

/// What a node has in its database of a block: the number of records, and the accounts.
fn state(node: &Node, block: &str) -> (usize, Vec<Option<Vec<u8>>>) {
	let accounts = [Key::Alice, Key::Bob, Key::Charlie];
	let stored = accounts.map(|key| account_at(node, &key.to_account_id(), Some(block)));
	(records_at(node, block), stored.into())
}

/// Waits for the block after this one, and says its number at once.
fn next_block(node: &Node, before: u64) -> u64 {
	let start = Instant::now();
	loop {
		if let Some(number) = node.best().filter(|number| *number > before) {
			return number;
		}
		assert!(start.elapsed() < PATIENCE, "waited {PATIENCE:?} for a block");
		sleep(Duration::from_millis(5));
	}
}

/// The slot of a block, which says whose turn it was: Aura's first log.
fn slot(node: &Node, number: u64) -> u64 {
	let header = node.rpc("chain_getHeader", json!([hash_of(node, number)])).expect("a header");
	let log = bytes(&header["digest"]["logs"][0]).expect("a log");
	// Its kind, `aura`, the length, the number.
	assert_eq!(&log[..6], b"\x06aura\x20");
	u64::from_le_bytes(log[6..].try_into().expect("eight bytes"))
}

#[test]
fn a_validator_killed_while_it_imports_a_full_block_catches_up_and_agrees() {
	let folder = Folder::alone("power-cut");
	export_local_spec(&folder);
	let node_key = format!("{:064x}", 1);
	let (port, other) = (free_port().to_string(), free_port().to_string());
	let alice = ["--chain", "local.raw.json", "--tmp", "--alice", "--no-prover"];
	let alice = [&alice[..], &["--port", &port, "--node-key", &node_key]].concat();
	let alice = Node::spawn(&folder, &alice);
	let boot = format!("/ip4/127.0.0.1/tcp/{port}/p2p/{PEER}");
	let base = folder.path("bob");
	let bob = ["--chain", "local.raw.json", "--base-path", &base, "--bob", "--no-prover"];
	let network = ["--port", &other, "--bootnodes", &boot, "--unsafe-force-node-key-generation"];
	let bob_args = [&bob[..], &network].concat();
	let bob = Node::spawn(&folder, &bob_args);
	wait_for("both to finalise", PATIENCE, || {
		(alice.finalized()? > 0 && bob.finalized()? > 0).then_some(())
	});

	let mut owner = Sender::new(&alice, Key::Charlie);
	let model = TrapdoorModel::register(&alice, &mut owner, Trapdoor::with_rounds(1, 1), 64);
	let account = owner.account();
	let mut nonce = 0;
	// Nearly as many as one block holds: alone, Alice makes no further ones.
	let full: Vec<String> = (0..12)
		.map(|_| {
			let mut next = || {
				nonce += 1;
				model.submission(&account, nonce, EXPIRY)
			};
			let submissions: Vec<_> = (0..BATCH).map(|_| next()).collect();
			let submissions = submissions.try_into().expect("no more than fit a batch");
			owner.sign(pallet_inference::Call::submit_batch { submissions })
		})
		.collect();
	let mut before = wait_for("a block", PATIENCE, || alice.best());
	// The next block is Alice's when this one was Bob's: they take turns.
	while slot(&alice, before).is_multiple_of(2) {
		before = next_block(&alice, before);
	}
	for transaction in &full {
		submit(&alice, transaction).expect("the pool takes what is in order");
	}
	// Alice makes the full block, Bob is at its import.
	let number = next_block(&alice, before);
	let reached = bob.best();
	bob.kill();
	let added = records_at(&alice, &hash_of(&alice, number));
	assert!(added >= full.len() * BATCH, "expected a full block, got one with {added} records");
	assert_eq!(reached, Some(number - 1), "Bob had it already");
	println!(
		"Bob was killed at block {reached:?}, Alice having block {number} with {added} records"
	);
	let all = full.len() * BATCH;
	let done = wait_for("all records", PATIENCE, || {
		let best = alice.best()?;
		(records_at(&alice, &hash_of(&alice, best)) == all).then_some(best)
	});
	let bob = Node::spawn(&folder, &bob_args);
	// Final needs both of them, so it is what they agree on.
	let common = wait_for("both to finalise what came in the meantime", 2 * PATIENCE, || {
		let common = alice.finalized()?.min(bob.finalized()?);
		(common >= done).then_some(common)
	});
	let at = hash_of(&alice, common);
	assert_eq!(hash_of(&bob, common), at);
	assert_eq!(state(&alice, &at), state(&bob, &at));
	let (records, accounts) = state(&bob, &at);
	assert_eq!(records, all);
	assert!(accounts.iter().all(Option::is_some));
	println!("block {common}: {all} records on both");
}
