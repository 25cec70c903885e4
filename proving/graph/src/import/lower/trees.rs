//! Ensembles of decision trees.
//!
//! Every test `x > threshold` is a bit. What flows into the root is 1; of what flows into a node the
//! bit sends all to one child, the rest to the other: one product for each node, whole levels of all
//! trees at once. A leaf that is reached has 1, all others 0, and the result is a matrix of the
//! leaves' weights times these.
//!
//! Comparisons are between 32-bit floats, as the file has them.

use std::collections::BTreeMap;

use super::{
	classes::Classes,
	learn::{self, Learnt, Pair, DOMAIN, TRANSFORM, YZ},
	signature::{free, word, Attribute, Form, Operator, Version, X, Y},
	tree_bits::{Bit, Bits},
	Inputs, Lowered, Lowering, Operand,
};
use crate::import::{
	node::Node,
	source::{Tensor, Values, LIMIT},
	FloatMatMul, FloatOp, ImportError, Threshold,
};

/// Why nothing is made of the nodes' hit rates.
pub(super) const HITS: &str = "it says how often a node was met in training";
/// Why nothing is made of the side that missing values take.
pub(super) const MISSING: &str = "no value of an input is missing";

const CLASSIFIER_1: &[Attribute] = &[
	free("base_values", Form::Floats),
	free("class_ids", Form::Ints),
	free("class_nodeids", Form::Ints),
	free("class_treeids", Form::Ints),
	free("class_weights", Form::Floats),
	free("classlabels_int64s", Form::Ints),
	free("classlabels_strings", Form::Strings),
	free("nodes_falsenodeids", Form::Ints),
	free("nodes_featureids", Form::Ints),
	free("nodes_hitrates", Form::Floats).idle(HITS),
	free("nodes_missing_value_tracks_true", Form::Ints).idle(MISSING),
	free("nodes_modes", Form::Strings),
	free("nodes_nodeids", Form::Ints),
	free("nodes_treeids", Form::Ints),
	free("nodes_truenodeids", Form::Ints),
	free("nodes_values", Form::Floats),
	TRANSFORM,
];
const CLASSIFIER_3: &[Attribute] = &[
	free("base_values", Form::Floats),
	free("base_values_as_tensor", Form::Tensor),
	free("class_ids", Form::Ints),
	free("class_nodeids", Form::Ints),
	free("class_treeids", Form::Ints),
	free("class_weights", Form::Floats),
	free("class_weights_as_tensor", Form::Tensor),
	free("classlabels_int64s", Form::Ints),
	free("classlabels_strings", Form::Strings),
	free("nodes_falsenodeids", Form::Ints),
	free("nodes_featureids", Form::Ints),
	free("nodes_hitrates", Form::Floats).idle(HITS),
	free("nodes_hitrates_as_tensor", Form::Tensor).idle(HITS),
	free("nodes_missing_value_tracks_true", Form::Ints).idle(MISSING),
	free("nodes_modes", Form::Strings),
	free("nodes_nodeids", Form::Ints),
	free("nodes_treeids", Form::Ints),
	free("nodes_truenodeids", Form::Ints),
	free("nodes_values", Form::Floats),
	free("nodes_values_as_tensor", Form::Tensor),
	TRANSFORM,
];
const REGRESSOR_1: &[Attribute] = &[
	word("aggregate_function", "SUM"),
	free("base_values", Form::Floats),
	free("n_targets", Form::Int),
	free("nodes_falsenodeids", Form::Ints),
	free("nodes_featureids", Form::Ints),
	free("nodes_hitrates", Form::Floats).idle(HITS),
	free("nodes_missing_value_tracks_true", Form::Ints).idle(MISSING),
	free("nodes_modes", Form::Strings),
	free("nodes_nodeids", Form::Ints),
	free("nodes_treeids", Form::Ints),
	free("nodes_truenodeids", Form::Ints),
	free("nodes_values", Form::Floats),
	TRANSFORM,
	free("target_ids", Form::Ints),
	free("target_nodeids", Form::Ints),
	free("target_treeids", Form::Ints),
	free("target_weights", Form::Floats),
];
const REGRESSOR_3: &[Attribute] = &[
	word("aggregate_function", "SUM"),
	free("base_values", Form::Floats),
	free("base_values_as_tensor", Form::Tensor),
	free("n_targets", Form::Int),
	free("nodes_falsenodeids", Form::Ints),
	free("nodes_featureids", Form::Ints),
	free("nodes_hitrates", Form::Floats).idle(HITS),
	free("nodes_hitrates_as_tensor", Form::Tensor).idle(HITS),
	free("nodes_missing_value_tracks_true", Form::Ints).idle(MISSING),
	free("nodes_modes", Form::Strings),
	free("nodes_nodeids", Form::Ints),
	free("nodes_treeids", Form::Ints),
	free("nodes_truenodeids", Form::Ints),
	free("nodes_values", Form::Floats),
	free("nodes_values_as_tensor", Form::Tensor),
	TRANSFORM,
	free("target_ids", Form::Ints),
	free("target_nodeids", Form::Ints),
	free("target_treeids", Form::Ints),
	free("target_weights", Form::Floats),
	free("target_weights_as_tensor", Form::Tensor),
];

pub const OPERATORS: &[Operator] = &[
	Operator::new(
		"TreeEnsembleClassifier",
		classifier,
		&[Version::new(&[1], CLASSIFIER_1, X, YZ), Version::new(&[3, 5], CLASSIFIER_3, X, YZ)],
	)
	.of(DOMAIN),
	Operator::new(
		"TreeEnsembleRegressor",
		regressor,
		&[Version::new(&[1], REGRESSOR_1, X, Y), Version::new(&[3, 5], REGRESSOR_3, X, Y)],
	)
	.of(DOMAIN),
];

/// What weights are of.
const LEAVES: &str = "weights of leaves, for outputs that are there";

/// A node of a tree.
pub(super) enum Branch {
	Leaf,
	/// Number of the bit, and the nodes for 0 and 1.
	Test {
		bit: usize,
		children: [usize; 2],
	},
}

/// A forest as the file lists it.
pub(super) struct Forest {
	pub nodes: Vec<Branch>,
	pub roots: Vec<usize>,
	pub bits: Bits,
}

/// An attribute of integers with that many of them.
pub(super) fn list<'a>(node: &Node<'a>, name: &str, len: usize) -> Result<&'a [i64], ImportError> {
	let values = node.ints(name).unwrap_or_default();
	match values.len() == len {
		true => Ok(values),
		false => Err(node.error(format!("{len} numbers in {name}"), values.len().to_string())),
	}
}

impl Forest {
	/// With the nodes by numbers of tree and node.
	fn read(
		node: &Node,
		features: usize,
	) -> Result<(Self, BTreeMap<(i64, i64), usize>), ImportError> {
		let modes = node.texts("nodes_modes");
		let count = modes.len();
		let trees = list(node, "nodes_treeids", count)?;
		let own = list(node, "nodes_nodeids", count)?;
		let inputs = list(node, "nodes_featureids", count)?;
		let [yes, no] = ["nodes_truenodeids", "nodes_falsenodeids"].map(|n| list(node, n, count));
		let (yes, no) = (yes?, no?);
		let values = node.exact("nodes_values")?;
		if values.len() != count || count == 0 {
			return Err(node.error(format!("{count} nodes_values"), values.len().to_string()));
		}
		let places: BTreeMap<_, _> = (0..count).map(|i| ((trees[i], own[i]), i)).collect();
		if places.len() != count {
			return Err(node.error("nodes of different numbers", "one twice"));
		}
		let mut bits = Bits::default();
		let mut is_child = vec![false; count];
		let mut nodes = Vec::new();
		for i in 0..count {
			let (threshold, above) = match modes[i].as_str() {
				"LEAF" => {
					nodes.push(Branch::Leaf);
					continue;
				}
				"BRANCH_LEQ" => (Threshold { at: values[i], met: false }, no[i]),
				"BRANCH_LT" => (Threshold { at: values[i], met: true }, no[i]),
				"BRANCH_GT" => (Threshold { at: values[i], met: false }, yes[i]),
				"BRANCH_GTE" => (Threshold { at: values[i], met: true }, yes[i]),
				other => return Err(node.error("LEAF, BRANCH_LEQ, _LT, _GT or _GTE", other)),
			};
			let below = if above == no[i] { yes[i] } else { no[i] };
			let child = |number: i64| {
				let place = places.get(&(trees[i], number)).copied();
				place.ok_or_else(|| node.error("children that are there", format!("node {number}")))
			};
			let children = [child(below)?, child(above)?];
			for child in children {
				if std::mem::replace(&mut is_child[child], true) {
					return Err(node.error("trees", "a node with two parents"));
				}
			}
			let feature = usize::try_from(inputs[i]).ok().filter(|f| *f < features);
			let feature = feature.ok_or_else(|| {
				node.error(format!("one of {features} features"), inputs[i].to_string())
			})?;
			// Above what is not below infinity there is nothing, as above the largest number.
			let threshold = match threshold {
				Threshold { at: f32::INFINITY, met: true } => Threshold::over(f32::MAX),
				other => other,
			};
			if !threshold.at.is_finite() {
				return Err(node.error("finite thresholds", threshold.at.to_string()));
			}
			let bit = bits.add(feature, Bit::Above(threshold));
			nodes.push(Branch::Test { bit, children });
		}
		// A circle of nodes has no root, and is never met.
		let roots = (0..count).filter(|i| !is_child[*i]).collect();
		Ok((Self { nodes, roots, bits }, places))
	}
}

/// Where what flows into a node is: 1 at a root, else an element of a value.
type Flow = Option<(usize, usize)>;

/// Picks elements of several values.
fn pick(
	lowering: &mut Lowering,
	node: &Node,
	from: &[(usize, usize)],
) -> Result<usize, ImportError> {
	let mut values: Vec<usize> = from.iter().map(|(value, _)| *value).collect();
	values.sort_unstable();
	values.dedup();
	let places: BTreeMap<_, _> = values.iter().zip(0u32..).collect();
	// Elements are within `u32`.
	let picks: Vec<_> = from.iter().map(|(v, i)| Some((places[v], *i as u32))).collect();
	lowering.push(node, &values, picks.len(), FloatOp::Gather(picks))
}

/// What flows into each leaf.
fn leaves(
	lowering: &mut Lowering,
	node: &Node,
	x: usize,
	forest: &Forest,
) -> Result<BTreeMap<usize, Flow>, ImportError> {
	let mut leaves = BTreeMap::new();
	let mut level: Vec<(usize, Flow)> = forest.roots.iter().map(|root| (*root, None)).collect();
	let mut bits = None;
	while !level.is_empty() {
		let mut tests = Vec::new();
		for (place, flow) in level {
			match forest.nodes[place] {
				Branch::Leaf => {
					leaves.insert(place, flow);
				}
				Branch::Test { bit, children } => tests.push((bit, children, flow)),
			}
		}
		if tests.is_empty() {
			break;
		}
		let all = match bits {
			Some(bits) => bits,
			None => forest.bits.lower(lowering, node, x)?,
		};
		bits = Some(all);
		let len = tests.len();
		let own: Vec<_> = tests.iter().map(|(bit, ..)| Some(*bit)).collect();
		let own = lowering.gather(node, all, own)?;
		// All of a level are roots, or none.
		let flows: Option<Vec<_>> = tests.iter().map(|(.., flow)| *flow).collect();
		let (above, below) = match flows {
			None => (own, lowering.affine(node, own, -1.0, vec![1.0])?),
			Some(flows) => {
				let flow = pick(lowering, node, &flows)?;
				let above = lowering.push(node, &[flow, own], len, FloatOp::Mul)?;
				let rest = FloatOp::Sum { factors: vec![1.0, -1.0], offset: vec![0.0] };
				(above, lowering.push(node, &[flow, above], len, rest)?)
			}
		};
		level = Vec::with_capacity(2 * len);
		for (i, (_, children, _)) in tests.into_iter().enumerate() {
			level.push((children[0], Some((below, i))));
			level.push((children[1], Some((above, i))));
		}
	}
	Ok(leaves)
}

/// The sums of leaves' weights: for each of `outputs` numbers, or for one if all weights are of one.
fn sums(
	lowering: &mut Lowering,
	node: &Node,
	inputs: &Inputs,
	learnt: Learnt,
	outputs: usize,
) -> Result<(usize, usize), ImportError> {
	// What names of attributes begin with.
	let prefix = match learnt {
		Learnt::Classifier => "class",
		Learnt::Regressor => "target",
	};
	let x = learn::features(lowering, node, inputs)?;
	let (forest, places) = Forest::read(node, x.len())?;
	let weights = node.floats(&format!("{prefix}_weights"))?;
	let get = |name: &str| list(node, &format!("{prefix}_{name}"), weights.len());
	let (trees, own, numbers) = (get("treeids")?, get("nodeids")?, get("ids")?);
	let aggregate = node.text("aggregate_function", "SUM");
	let factor = match aggregate.as_str() {
		"SUM" => 1.0,
		"AVERAGE" => 1.0 / forest.roots.len() as f32,
		other => return Err(node.error("aggregate SUM or AVERAGE", other)),
	};
	let single =
		learnt == Learnt::Classifier && outputs == 2 && numbers.windows(2).all(|n| n[0] == n[1]);
	let rows = if single { 1 } else { outputs };
	let base = node.floats("base_values")?;
	if single && numbers.first() == Some(&1) && !base.is_empty() {
		// onnxruntime leaves one or the other out.
		let expected = "no base values, or weights for class 0 alone";
		return Err(node.error(expected, "base values, and weights for class 1 alone"));
	}
	let bias = match base.as_slice() {
		[] => vec![0.0; rows],
		base if base.len() == rows => base.to_vec(),
		[a, b] if single && a == b => vec![*a],
		base => return Err(node.error(format!("{rows} base values"), base.len().to_string())),
	};
	let mut all = Vec::with_capacity(weights.len());
	for (i, weight) in weights.iter().enumerate() {
		let row = if single { Some(0) } else { usize::try_from(numbers[i]).ok() };
		let place = places.get(&(trees[i], own[i])).copied();
		let (Some(row), Some(place)) = (row.filter(|row| *row < rows), place) else {
			let got = format!("node {} of tree {} for {}", own[i], trees[i], numbers[i]);
			return Err(node.error(LEAVES, got));
		};
		all.push((row, place, weight * factor));
	}
	Ok((weighed(lowering, node, x.value, &forest, (&all, bias))?, rows))
}

/// The sums of weights of leaves that are reached, each with its row and its node, on top of `bias`, which has a
/// number for each row.
pub(super) fn weighed(
	lowering: &mut Lowering,
	node: &Node,
	x: usize,
	forest: &Forest,
	(weights, mut bias): (&[(usize, usize, f32)], Vec<f32>),
) -> Result<usize, ImportError> {
	let rows = bias.len();
	let flows = leaves(lowering, node, x, forest)?;
	let (mut columns, mut from) = (BTreeMap::new(), Vec::new());
	for (place, flow) in &flows {
		if let Some(flow) = flow {
			columns.insert(*place, from.len());
			from.push(*flow);
		}
	}
	lowering.count(node, &[rows, from.len().max(1)])?;
	let mut matrix = vec![0.0; rows * from.len()];
	for (row, place, weight) in weights {
		match (columns.get(place), flows.contains_key(place)) {
			(Some(column), _) => matrix[row * from.len() + column] += weight,
			(None, true) => bias[*row] += weight,
			(None, false) => return Err(node.error(LEAVES, format!("one of node {place}"))),
		}
	}
	if from.is_empty() {
		// Leaves alone: the same for all inputs.
		let sums = Tensor::new(node.name, vec![rows], Values::Float(bias));
		return Ok(lowering.materialise(node, &sums)?.value);
	}
	let reached = pick(lowering, node, &from)?;
	let dense = FloatMatMul {
		rows: 1,
		groups: 1,
		inputs: from.len(),
		outputs: rows,
		weights: matrix,
		bias,
		units: None,
		tensors: ["weights", "base values"].map(|part| format!("{part} of {}", node.name)),
		windows: None,
	};
	lowering.push(node, &[reached], rows, FloatOp::MatMul(dense))
}

/// The nodes that trees begin at.
pub(super) fn tree_roots(node: &Node, count: usize) -> Result<Vec<usize>, ImportError> {
	let roots = node.ints("tree_roots").unwrap_or_default();
	let place = |root: &i64| {
		let place = usize::try_from(*root).ok().filter(|place| *place < count);
		place.ok_or_else(|| node.error(format!("tree_roots below {count}"), root.to_string()))
	};
	match roots.is_empty() {
		true => Err(node.error("tree_roots", "none")),
		false => roots.iter().map(place).collect(),
	}
}

/// How many numbers a node says that it gives.
pub(super) fn targets(node: &Node) -> Result<usize, ImportError> {
	let given = node.int("n_targets", 1);
	let targets = usize::try_from(given).ok().filter(|targets| (1..=LIMIT).contains(targets));
	targets.ok_or_else(|| node.error(format!("n_targets from 1 to {LIMIT}"), given.to_string()))
}

/// `TreeEnsembleRegressor`: sums of what the leaves weigh, one for each target.
pub fn regressor(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let scores = sums(lowering, node, inputs, Learnt::Regressor, targets(node)?)?;
	let transform = node.text(TRANSFORM.name, "NONE");
	Ok(vec![learn::transformed(lowering, node, Learnt::Regressor, scores, &transform)?])
}

/// Refuses trees whose label is another one elsewhere: ONNX does not say it, and only what all agree on
/// is proved. Of two classes with weights for both onnxruntime takes the second whenever its score is
/// above 0, others the larger score; a class that has no weight onnxruntime never takes, others if its
/// score of 0 is the largest.
fn check_classes(node: &Node, classes: usize, len: usize) -> Result<(), ImportError> {
	if classes == 2 && len == 2 {
		let got = "for both of two";
		return Err(node.error("weights for one class, or for more than two", got));
	}
	let base = node.floats("base_values")?;
	let numbers = node.ints("class_ids").unwrap_or_default();
	let missing = (0..len as i64).find(|class| !numbers.contains(class));
	match missing.filter(|_| len > 1 && base.is_empty()) {
		Some(class) => Err(node.error("weights for all classes", format!("none for {class}"))),
		None => Ok(()),
	}
}

/// `TreeEnsembleClassifier`: the label, and the scores if they are needed. By onnxruntime's rule a
/// single score of two classes is for the second: it is taken above one half if no weight is
/// negative, else above 0; `base_values` count as scores, not as weights.
pub fn classifier(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let names = Classes::read(node)?;
	let classes = names.len();
	// It changes the scores alone, never the label.
	let transform = node.text(TRANSFORM.name, "NONE");
	let (value, len) = sums(lowering, node, inputs, Learnt::Classifier, classes)?;
	let threshold = (len == 1 && classes == 2).then(|| {
		let against = node.floats("class_weights").is_ok_and(|w| w.iter().any(|w| *w < 0.0));
		if against {
			0.0
		} else {
			0.5
		}
	});
	check_classes(node, classes, len)?;
	let mut results: Vec<Operand> = vec![learn::label(lowering, node, value, threshold, &names)?];
	if node.wanted.get(1) == Some(&true) {
		results.push(match threshold {
			Some(threshold) => {
				let first = node.ints("class_ids").and_then(|ids| ids.first().copied());
				let pair = match (first, threshold > 0.0) {
					(Some(1), _) => Pair::Above,
					(_, true) => Pair::Share,
					(_, false) => Pair::Sides,
				};
				learn::pair(lowering, node, value, pair, &transform)?
			}
			None => {
				let scores = (value, len);
				learn::transformed(lowering, node, Learnt::Classifier, scores, &transform)?
			}
		});
	}
	Ok(results)
}
