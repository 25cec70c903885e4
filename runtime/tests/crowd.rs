//! What a look at the chain costs may not grow with the number of open requests.
//!
//! Cost is the size of the part of the state that is read, which no machine changes; the times are printed
//! beside it. What grows a little is the depth of the trie.

use std::time::Instant;

use crate::common::{chain, *};
use codec::Encode;
use frame_support::traits::OnIdle;
use pallet_inference::{Call, NextRequest};
use zkml_primitives::*;
use zkml_runtime::*;
use zkml_runtime_api::runtime_decl_for_inference_api::InferenceApi;
use zkml_trapdoor::Trapdoor;

const PARAMS: Scalar = Scalar([0x11; 32]);
/// Many requests.
const CROWD: u32 = 100_000;
/// Last block for an answer to most requests, and to the one that nobody answers.
const FAR: u32 = 5_000;
const NEAR: u32 = 20;

fn ask(model: ModelId, deadline: u32) -> RequestId {
	let request = NextRequest::<Runtime>::get();
	let (inputs, terms) = (one(7), terms(UNIT, deadline));
	dispatch(&account(2), Call::request { model, version: 1, inputs, terms }).unwrap();
	request
}

/// What is read by each look, in bytes of state, with so many requests open.
fn looks(open: u32) -> Vec<(&'static str, usize)> {
	let mut chain = chain();
	let trapdoor = Trapdoor::with_rounds(5, 1);
	let (model, late) = chain.execute_with(|| {
		let model = register(&account(1), &trapdoor, PARAMS, Share(0)).unwrap();
		let late = ask(model, NEAR);
		for _ in 1..open {
			ask(model, FAR);
		}
		// They came in blocks of their own.
		System::reset_events();
		(model, late)
	});
	chain.commit_all().unwrap();
	let work = chain
		.execute_with(|| pallet_inference::Requests::<Runtime>::get(late).expect("open").work());
	let calls: [(&str, Box<dyn Fn()>); 8] = [
		("activity", does(<Runtime as InferenceApi<Block, AccountId, Balance, _, _, _>>::activity)),
		("a page of requests", does(|| Inference::open_requests(None, 100))),
		("a page of a prover's queue", does(move || Inference::queue(&work, None, 100))),
		("a job", does(move || Inference::job(late, account(3)))),
		("a request", does(move || ask(model, FAR))),
		(
			"an answer",
			does(move || {
				let answer = answer(&trapdoor, late, &account(3), 131, 3);
				dispatch(&account(3), answering(answer)).unwrap();
			}),
		),
		("an idle block", does(|| Inference::on_idle(1, idle()))),
		(
			"an idle block that returns one",
			does(move || {
				go_to(closed_after(NEAR) + 10);
				Inference::on_idle(System::block_number(), idle());
				assert!(pallet_inference::Requests::<Runtime>::get(late).is_none());
			}),
		),
	];
	let mut sizes = Vec::new();
	for (what, call) in calls {
		let start = Instant::now();
		let ((), proof) = chain.execute_and_prove(&*call);
		let took = start.elapsed();
		let size = proof.encoded_size();
		println!("{open:>6} open, {what:<31} {size:>8} bytes of state, {took:>10.1?}");
		sizes.push((what, size));
		// The next one begins with what was committed.
		chain.reset_overlay();
	}
	sizes
}

/// A look, whatever it sees.
fn does<R>(look: impl Fn() -> R + 'static) -> Box<dyn Fn()> {
	Box::new(move || {
		let _ = look();
	})
}

fn idle() -> frame_support::weights::Weight {
	<Runtime as frame_system::Config>::BlockWeights::get().max_block
}

#[test]
fn no_look_at_the_chain_reads_more_when_a_crowd_is_waiting() {
	looks(100);
	for ((what, some), (_, many)) in looks(10_000).into_iter().zip(looks(CROWD)) {
		// Of a deeper trie a node or two more are read for each item.
		assert!(many <= 2 * some, "{what}: {some} bytes with 10,000 open, {many} with {CROWD}");
	}
}
