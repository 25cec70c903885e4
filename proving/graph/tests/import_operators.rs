//! Every operator of ONNX files, in random shapes, against what ONNX Runtime computes.

use std::collections::BTreeMap;

use crate::corpus;

/// Families of models, and how many each has.
const FAMILIES: [(&str, usize); 19] = [
	("arithmetic_of_variables", 48),
	("arithmetic_with_constants_of_any_shape", 48),
	("bounds_and_slopes", 6),
	("convolutions", 48),
	("functions_of_one_number", 21),
	("functions_written_as_several_nodes", 4),
	("gemm", 48),
	("models", 1),
	("moves_of_elements", 14),
	("normalisation_after_a_layer_alone_or_with_others_that_see_it", 48),
	("pads", 48),
	("perceptrons", 4),
	("pools", 48),
	("products_of_matrices", 48),
	("reductions", 48),
	("rewrites", 13),
	("shapes_computed_in_the_graph", 2),
	("slices", 48),
	("transpositions", 48),
];

#[test]
fn every_model_computes_what_onnx_runtime_computes() {
	let cases = corpus::corpus();
	let mut families = BTreeMap::new();
	for case in &cases {
		*families.entry(case.family.as_str()).or_insert(0) += 1;
	}
	assert_eq!(families.into_iter().collect::<Vec<_>>(), FAMILIES);
	// Slices may have no element, and some do.
	let mut empty = cases.iter().filter(|case| case.answers.is_empty()).peekable();
	assert!(empty.peek().is_some());
	assert!(empty.all(|case| case.family == "slices"));
	let wrong = cases.iter().filter_map(|case| {
		let words = case.wrong()?;
		Some(format!("{} {}: {words}", case.family, case.name))
	});
	let wrong: Vec<_> = wrong.collect();
	assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}
