//! What a single development validator includes in one block of six seconds, by batches and by single
//! submissions: prints JSON. Proofs are made up with a trapdoor key; to the chain they are as good as
//! others, and cost as much.

use std::{fs, time::Instant};

use codec::{Compact, Decode, Encode};
use frame_support::{dispatch::PerDispatchClass, weights::Weight};
use serde_json::{json, Value};
use sp_core::{crypto::Pair as _, sr25519};
use sp_keyring::Sr25519Keyring as Key;
use zkml_e2e::{load::*, wait_for, Folder, Node, PATIENCE};
use zkml_groth16::{verify_batch, BatchItem};
use zkml_primitives::Scalar;
use zkml_runtime::{AccountId, Header, Runtime, UncheckedExtrinsic};
use zkml_trapdoor::Trapdoor;

/// Proofs in a batch.
const BATCH: usize = 64;
/// Bytes of the input: the digits model's.
const INPUT: u32 = 64;
/// More than fit a block.
const BATCHED: usize = 80 * BATCH;
const SINGLE: usize = 1_600;
const EXPIRY: u32 = 50_000;

fn main() {
	let folder = Folder::new("chain-bench");
	let node = Node::spawn(&folder, &["--dev", "--tmp", "--port", "0", "--no-prover"]);
	let mut owner = Sender::new(&node, Key::Bob);
	let model = TrapdoorModel::register(&node, &mut owner, Trapdoor::with_rounds(1, 1), INPUT);

	let mut senders: Vec<Sender> = [Key::Charlie, Key::Dave, Key::Eve, Key::Ferdie]
		.map(|key| Sender::new(&node, key))
		.into_iter()
		.collect();
	let mut nonce = 0;
	let mut next = |by: &AccountId| {
		nonce += 1;
		model.submission(by, nonce, EXPIRY)
	};
	eprintln!("making up {} proofs", BATCHED + SINGLE);
	let batches: Vec<String> = (0..BATCHED / BATCH)
		.map(|n| {
			let sender = &mut senders[n % 4];
			let account = sender.account();
			let submissions: Vec<_> = (0..BATCH).map(|_| next(&account)).collect();
			let submissions = submissions.try_into().expect("no more than fit a batch");
			sender.sign(pallet_inference::Call::submit_batch { submissions })
		})
		.collect();
	let singles: Vec<String> = (0..SINGLE)
		.map(|n| {
			let sender = &mut senders[n % 4];
			let submission = next(&sender.account());
			sender.sign(pallet_inference::Call::submit { submission })
		})
		.collect();

	eprintln!("sending batches");
	let blocks = run(&node, &batches, BATCHED);
	let full = blocks.iter().max_by_key(|block| block.records).expect("blocks");
	let lag = finality_lag(&node, full.number);
	let batched = about(&node, full);
	eprintln!("sending single submissions");
	let single_blocks = run(&node, &singles, SINGLE);
	let full_of_singles = single_blocks.iter().max_by_key(|block| block.records).expect("blocks");
	let single = about(&node, full_of_singles);

	let report = json!({
		"batched_per_block": full.records,
		"single_per_block": full_of_singles.records,
		"block_seconds": 6,
		"weight_share": batched["weight_share"],
		"finality_lag_blocks": lag,
		"block_hash": full.hash,
		"batch": BATCH,
		"batched": batched,
		"single": single,
		"time_of_batched": shares(&node, full, &model, batched["build_ms"].as_f64()),
	});
	println!("{}", serde_json::to_string_pretty(&report).expect("numbers and names"));
}

/// What the node says of a block that it made.
fn about(node: &Node, block: &Block) -> Value {
	let key = frame_support::storage::storage_prefix(b"System", b"BlockWeight");
	let ask = || bytes(&node.rpc("state_getStorage", json!([hex(&key), block.hash]))?);
	let stored = wait_for("the weight of a block", PATIENCE, ask);
	let used: PerDispatchClass<Weight> = Decode::decode(&mut &stored[..]).expect("a weight");
	let limits = <Runtime as frame_system::Config>::BlockWeights::get();
	let class = frame_support::dispatch::DispatchClass::Normal;
	let room = limits.get(class).max_total.expect("the class is bounded").ref_time();
	let used = used.get(class).ref_time();
	// The node writes: `Prepared block for proposing at 5 (812 ms)`.
	let log = fs::read_to_string(&node.log).expect("the node's log");
	let line = format!("Prepared block for proposing at {} (", block.number);
	let build_ms = log.split_once(&line).and_then(|(_, rest)| rest.split_once(" ms"));
	let build_ms = build_ms.and_then(|(number, _)| number.parse::<u64>().ok());
	json!({
		"records": block.records,
		"block": block.number,
		"block_hash": block.hash,
		"weight_ms": used as f64 / 1e9,
		"weight_share": used as f64 / room as f64,
		"build_ms": build_ms,
		"import_ms": import_ms(node, block),
	})
}

/// How long the runtime takes to run a block again on the state before it, as every node does that imports it: the
/// least of three times.
fn import_ms(node: &Node, block: &Block) -> f64 {
	let made = wait_for("a block", PATIENCE, || node.rpc("chain_getBlock", json!([block.hash])));
	let made = &made["block"];
	let mut header: Header = serde_json::from_value(made["header"].clone()).expect("a header");
	// Its author's seal is no part of what runs.
	header.digest.pop().expect("a seal");
	let body: Vec<Vec<u8>> =
		made["extrinsics"].as_array().expect("a list").iter().filter_map(bytes).collect();
	let mut encoded = header.encode();
	Compact(body.len() as u32).encode_to(&mut encoded);
	encoded.extend(body.concat());
	let question = json!(["Core_execute_block", hex(&encoded), made["header"]["parentHash"]]);
	let times = (0..3).map(|_| {
		let start = Instant::now();
		node.rpc("state_call", question.clone()).expect("the block holds");
		start.elapsed().as_secs_f64() * 1e3
	});
	times.fold(f64::INFINITY, f64::min)
}

/// How many blocks there are behind a block when it becomes final.
fn finality_lag(node: &Node, number: u64) -> u64 {
	wait_for("finality", PATIENCE, || node.finalized().filter(|last| *last >= number));
	node.best().unwrap_or(number).saturating_sub(number)
}

/// Where the time of a block goes: its parts done again here, in one thread, and what is left of the
/// time that the node took.
fn shares(node: &Node, block: &Block, model: &TrapdoorModel, build_ms: Option<f64>) -> Value {
	let body = wait_for("a block", PATIENCE, || node.rpc("chain_getBlock", json!([block.hash])));
	let extrinsics = body["block"]["extrinsics"].as_array().expect("a list");
	let encoded: Vec<Vec<u8>> = extrinsics.iter().filter_map(bytes).collect();
	let clock = |work: &mut dyn FnMut()| {
		let start = Instant::now();
		work();
		start.elapsed().as_secs_f64() * 1e3
	};
	let mut decoded: Vec<UncheckedExtrinsic> = Vec::new();
	let decoding = clock(&mut || {
		let read =
			|bytes: &Vec<u8>| UncheckedExtrinsic::decode(&mut &bytes[..]).expect("a block's own");
		decoded = encoded.iter().map(read).collect();
	});
	let (pair, message) = (sr25519::Pair::from_seed(&[1; 32]), [7; 32]);
	let signature = pair.sign(&message);
	let signatures = clock(&mut || {
		for _ in &decoded {
			assert!(sr25519::Pair::verify(&signature, message, &pair.public()));
		}
	});
	// As many batches of as many proofs, of the same key.
	let key = zkml_groth16::prepare(&model.trapdoor.circuit()).expect("a good key");
	let items: Vec<BatchItem> = (0..BATCH as u64)
		.map(|n| {
			let inputs = vec![Scalar::from_hash([n as u8; 32]); 5];
			BatchItem { key: 0, proof: model.trapdoor.prove(&inputs, n), inputs }
		})
		.collect();
	let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a thread");
	let pairing = clock(&mut || {
		for _ in 0..block.records / BATCH {
			let batch = pool.install(|| verify_batch(std::slice::from_ref(&key), &items));
			assert_eq!(batch.singly, 0);
		}
	});
	let rest = build_ms.map(|all| (all - decoding - signatures - pairing).max(0.0));
	json!({
		"pairing_ms": pairing,
		"decoding_ms": decoding,
		"signature_ms": signatures,
		"storage_and_rest_ms": rest,
	})
}
