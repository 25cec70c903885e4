//! A validator that is killed while it imports a full block.

use std::process::Command;

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

#[test]
fn a_validator_killed_while_it_imports_a_full_block_catches_up_and_agrees() {
	let folder = Folder::new("power-cut");
	let exported: Said = Command::new(program("zkml-node"))
		.args(["export-chain-spec", "--chain", "local", "--raw", "--output", "local.raw.json"])
		.current_dir(&folder.0)
		.output()
		.expect("the node starts")
		.into();
	assert_eq!(exported.code, 0, "{exported:?}");
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
	let before = wait_for("a block", PATIENCE, || alice.best());
	let mut nonce = 0;
	let full: Vec<String> = (0..24)
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
	for transaction in &full {
		submit(&alice, transaction).expect("the pool takes what is in order");
	}
	// The first block with records that Alice has and Bob does not yet: he is at it.
	let mut looked_at = before;
	let (number, killed_at) = wait_for("a full block", PATIENCE, || {
		let best = alice.best()?;
		while looked_at < best {
			looked_at += 1;
			if records_at(&alice, &hash_of(&alice, looked_at)) >= 12 * BATCH {
				return Some((looked_at, bob.best()));
			}
		}
		None
	});
	bob.kill();
	println!("Bob was killed at block {killed_at:?}, Alice having the full block {number}");
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
