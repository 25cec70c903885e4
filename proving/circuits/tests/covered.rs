//! Every operator that is supported is in some model whose answers are known, or is named here with its test.

use std::collections::BTreeSet;

use crate::{corpus, dynamic, masks, ops_families, qdq};
use zkml_circuits::import::operators;
use zkml_onnx::{GraphProto, Message, ModelProto};

/// Operators by domain and name.
pub type Names = BTreeSet<(String, String)>;

/// Operators that are in none of the files, as no input is of their types there, and the tests that have them.
const ELSEWHERE: &[(&str, &str)] = &[("BitShift", "scatter.rs")];

fn add(graph: &GraphProto, all: &mut Names) {
	for node in &graph.node {
		let domain = if node.domain == "ai.onnx" { "" } else { node.domain.as_str() };
		all.insert((domain.into(), node.op_type.clone()));
		for attribute in &node.attribute {
			attribute.g.iter().chain(&attribute.graphs).for_each(|body| add(body, all));
		}
	}
}

/// Adds the operators of a file.
pub fn operators_of(model: &[u8], all: &mut Names) {
	let model = ModelProto::decode(model).unwrap();
	model.graph.iter().for_each(|graph| add(graph, all));
}

/// Compared are the cases of `ops_families.rs`, the quantised models of `qdq.rs` and `dynamic.rs`, the masks of `masks.rs`, and the models of
/// floats of the graph's own tests.
#[test]
fn every_operator_is_in_a_model_whose_answers_are_known() {
	let mut known = Names::new();
	let floats = corpus::corpus().into_iter().filter(|case| !case.answers.is_empty());
	let files = ops_families::files().into_iter();
	let files = files.chain(qdq::files()).chain(dynamic::files()).chain(masks::files());
	files.chain(floats.map(|case| case.model)).for_each(|file| operators_of(&file, &mut known));
	let listed = operators().map(|operator| (operator.domain.into(), operator.name.into()));
	let missing: Vec<(String, String)> = listed.filter(|name| !known.contains(name)).collect();
	// Who is in a file by now need not be named.
	let named = ELSEWHERE.iter().map(|(name, _)| (String::new(), (*name).to_owned()));
	assert_eq!(missing, named.collect::<Vec<_>>());
}
