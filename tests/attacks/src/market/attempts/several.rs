//! Attacks on requests to a model of three inputs, of which the requester keeps one to itself, and two
//! outputs.

use super::*;
use Visibility::{Private, Public};

/// The input that is private.
const PRIVATE: usize = 1;

fn inputs() -> Vec<TensorData> {
	vec![byte(INPUT), TensorData::Committed(Scalar::from_hash([0x71; 32])), byte(INPUT + 1)]
}

/// Two outputs that differ, of which those are hidden that are to be.
fn outputs(shown: [Visibility; 2]) -> Vec<TensorData> {
	let one = |(number, seen): (u8, Visibility)| match seen {
		Public => byte(OUTPUT + number),
		Private => TensorData::Committed(Scalar::from_hash([0x72 + number; 32])),
	};
	(0..).zip(shown).map(one).collect()
}

/// The prover shows the outputs otherwise than was asked: hides the one that is to be seen, or tells the
/// one that is to be kept.
pub(crate) fn hidden_one_of_two<L: Ledger, M: Market>(scene: &mut Scene<'_, L, M>) {
	let all = [[Public, Public], [Public, Private], [Private, Public], [Private, Private]];
	for asked in all {
		let terms = Terms { outputs: seen(asked), ..scene.terms() };
		let request = scene.ask_about(&inputs(), terms);
		for shown in all.into_iter().filter(|shown| *shown != asked) {
			let answer = scene.prove(request, PROVER, &outputs(shown));
			let what = format!("T10 {asked:?} asked and {shown:?} shown");
			scene.refused(&what, "OutputVisibility", |scene| {
				scene.ledger.answer(PROVER, answer.clone())
			});
			// Shown as asked, with a proof that it is shown otherwise.
			let forged = Answer { outputs: list(&outputs(asked)), ..answer };
			scene.refused(&format!("{what}, in the proof"), "ContextMismatch", |scene| {
				scene.ledger.answer(PROVER, forged)
			});
		}
		let answer = scene.prove(request, PROVER, &outputs(asked));
		scene.answered("T10 shown as asked", answer);
	}
	for (what, terms) in [
		("T10 one output asked for", seen([Public])),
		("T10 three outputs asked for", seen([Public; 3])),
		("T10 no output asked for", seen([])),
	] {
		let (model, terms) = (scene.model, Terms { outputs: terms, ..scene.terms() });
		scene.refused(what, "OutputCount", |scene| {
			scene.market.ask(REQUESTER, model, 1, &inputs(), terms)
		});
	}
}

/// Outputs in each other's place, one left out or too many; a proof for inputs in each other's place.
pub(crate) fn swapped_or_left_out<L: Ledger, M: Market>(scene: &mut Scene<'_, L, M>) {
	let shown = [Public, Public];
	let terms = Terms { outputs: seen(shown), ..scene.terms() };
	let request = scene.ask_about(&inputs(), terms.clone());
	let honest = scene.prove(request, PROVER, &outputs(shown));
	let mut swapped = honest.clone();
	swapped.outputs[..].swap(0, 1);
	scene.refused("T10 the outputs swapped", "ProofInvalid", |scene| {
		scene.ledger.answer(PROVER, swapped)
	});
	let [first, second] = [0, 1].map(|at| honest.outputs[at].clone());
	for (what, outputs) in [
		("T10 an output left out", vec![first.clone()]),
		("T10 no output", vec![]),
		("T10 an output twice", vec![first.clone(), second, first]),
	] {
		let answer = Answer { outputs: list(&outputs), ..honest.clone() };
		scene.refused(what, "OutputCount", |scene| scene.ledger.answer(PROVER, answer));
	}
	// The same bytes, asked about in another order, or with the private one elsewhere.
	for order in [[2, PRIVATE, 0], [PRIVATE, 0, 2]] {
		let moved = order.map(|at| inputs()[at].clone());
		let other = scene.ask_about(&moved, terms.clone());
		let answer = scene.prove(other, PROVER, &outputs(shown));
		let of_other = Answer { request, ctx: honest.ctx, ..answer.clone() };
		scene.refused("T10 the answer for inputs in another order", "ProofInvalid", |scene| {
			scene.ledger.answer(PROVER, of_other)
		});
		scene.answered("T10 that of the order asked for", answer);
	}
	for (what, inputs) in [
		("T10 an input left out", inputs()[1..].to_vec()),
		("T10 an input too many", [&inputs()[..], &[byte(INPUT)]].concat()),
		("T10 no input", vec![]),
	] {
		let (model, terms) = (scene.model, terms.clone());
		scene.refused(what, "InputCount", |scene| {
			scene.market.ask(REQUESTER, model, 1, &inputs, terms)
		});
	}
	scene.answered("T10 the honest one", honest);
}
