//! `TreeEnsemble`, which took the place of the ensembles of classifiers and regressors: leaves are listed apart
//! from nodes, and a node may ask for equality or membership of a set.

use zkml_onnx::TensorProto;

use super::{
	learn::{self, Learnt, DOMAIN},
	signature::{free, int, needed, Attribute, Form, Operator, Version, X, Y},
	tree_bits::{Bit, Bits},
	trees::{self, Branch, Forest, HITS, MISSING},
	Inputs, Lowered, Lowering,
};
use crate::import::{node::Node, source::Tensor, ImportError, Threshold};

const ATTRIBUTES: &[Attribute] = &[
	int("aggregate_function", 1),
	needed("leaf_targetids", Form::Ints),
	needed("leaf_weights", Form::Tensor),
	free("membership_values", Form::Tensor),
	free("n_targets", Form::Int),
	needed("nodes_falseleafs", Form::Ints),
	needed("nodes_falsenodeids", Form::Ints),
	needed("nodes_featureids", Form::Ints),
	free("nodes_hitrates", Form::Tensor).idle(HITS),
	free("nodes_missing_value_tracks_true", Form::Ints).idle(MISSING),
	needed("nodes_modes", Form::Tensor),
	needed("nodes_splits", Form::Tensor),
	needed("nodes_trueleafs", Form::Ints),
	needed("nodes_truenodeids", Form::Ints),
	int("post_transform", 0),
	needed("tree_roots", Form::Ints),
];
const TRANSFORMS: [&str; 5] = ["NONE", "SOFTMAX", "LOGISTIC", "SOFTMAX_ZERO", "PROBIT"];

pub const OPERATORS: &[Operator] =
	&[Operator::new("TreeEnsemble", ensemble, &[Version::new(&[5], ATTRIBUTES, X, Y)]).of(DOMAIN)];

/// A tensor of an attribute.
fn tensor<'a>(node: &Node<'a>, name: &str) -> Option<&'a TensorProto> {
	node.attribute(name).and_then(|attribute| attribute.t.as_ref())
}

/// Its numbers, of which none has lost digits.
fn numbers(node: &Node, name: &str) -> Result<Vec<f32>, ImportError> {
	match tensor(node, name) {
		Some(proto) => node.exact_numbers(name, proto),
		None => Ok(Vec::new()),
	}
}

/// The nodes as they are listed.
struct Listed<'a> {
	modes: Vec<i64>,
	splits: Vec<f32>,
	features: &'a [i64],
	/// For a node that is left by 1 and by 0: the number of the next one, and whether that is a leaf.
	next: [(&'a [i64], &'a [i64]); 2],
	/// The sets, and for each node the number of its own if it has one.
	sets: Vec<Vec<f32>>,
	set_of: Vec<usize>,
	leaves: usize,
}

impl<'a> Listed<'a> {
	fn read(node: &Node<'a>, leaves: usize) -> Result<Self, ImportError> {
		let modes = match tensor(node, "nodes_modes") {
			Some(proto) => Tensor::read(proto)?.integers().unwrap_or_default().to_vec(),
			None => Vec::new(),
		};
		let count = modes.len();
		let list = |name: &str| trees::list(node, name, count);
		let splits = numbers(node, "nodes_splits")?;
		if splits.len() != count || count == 0 {
			let expected = format!("nodes_splits and nodes_modes of one length, got {count} modes");
			return Err(node.error(expected, format!("{} splits", splits.len())));
		}
		let members = match tensor(node, "membership_values") {
			// What is not a number ends a set.
			Some(proto) => node.exact_numbers("membership_values", proto)?,
			None => Vec::new(),
		};
		let mut sets: Vec<_> = members.split(|x| x.is_nan()).map(<[f32]>::to_vec).collect();
		// Behind the last end there is nothing.
		sets.pop().filter(Vec::is_empty).ok_or_else(|| {
			node.error("membership_values that end with NaN", "numbers behind the last")
		})?;
		let before = |count: &mut usize, mode: &i64| {
			let own = *count;
			*count += usize::from(*mode == 6);
			Some(own)
		};
		let set_of: Vec<usize> = modes.iter().scan(0, before).collect();
		let wanted = modes.iter().filter(|mode| **mode == 6).count();
		if sets.len() != wanted {
			let got = format!("{} sets for {wanted} nodes", sets.len());
			return Err(node.error("a set in membership_values for each BRANCH_MEMBER", got));
		}
		Ok(Self {
			splits,
			features: list("nodes_featureids")?,
			next: [
				(list("nodes_truenodeids")?, list("nodes_trueleafs")?),
				(list("nodes_falsenodeids")?, list("nodes_falseleafs")?),
			],
			modes,
			sets,
			set_of,
			leaves,
		})
	}

	/// What a node asks, and whether 1 leads to its second branch rather than to its first.
	fn question(&self, node: &Node, place: usize) -> Result<(Bit, bool), ImportError> {
		let at = self.splits[place];
		let above = |met| Ok(Bit::Above(Threshold { at, met }));
		let (bit, turned): (Result<Bit, ImportError>, _) = match self.modes[place] {
			0 => (above(false), true),
			1 => (above(true), true),
			2 => (above(true), false),
			3 => (above(false), false),
			4 => (Ok(Bit::Member(vec![at])), false),
			5 => (Ok(Bit::Member(vec![at])), true),
			6 => {
				let mut members = self.sets[self.set_of[place]].clone();
				members.sort_by(f32::total_cmp);
				members.dedup_by(|a, b| a == b);
				(Ok(Bit::Member(members)), false)
			}
			other => (Err(node.error("nodes_modes of 0 to 6", other.to_string())), false),
		};
		let bit = bit?;
		let numbers: &[f32] = match &bit {
			Bit::Above(threshold) => std::slice::from_ref(&threshold.at),
			Bit::Member(members) if members.is_empty() => {
				return Err(node.error("sets of at least one member", "an empty one"));
			}
			Bit::Member(members) => members,
		};
		match numbers.iter().find(|number| !number.is_finite()) {
			Some(bad) => Err(node.error("finite splits and members", bad.to_string())),
			None => Ok((bit, turned)),
		}
	}

	/// Where a node leads, by 1 or by 0: a leaf, or a node.
	fn next(&self, node: &Node, place: usize, side: usize) -> Result<(usize, bool), ImportError> {
		let (numbers, leaves) = self.next[side];
		let (number, leaf) = (numbers[place], leaves[place] != 0);
		let limit = if leaf { self.leaves } else { self.modes.len() };
		match usize::try_from(number).ok().filter(|number| *number < limit) {
			Some(number) => Ok((number, leaf)),
			None => Err(node.error(format!("a number below {limit}"), number.to_string())),
		}
	}
}

/// The trees, and for each of their nodes the leaf that it is, if it is one.
fn forest(
	node: &Node,
	listed: &Listed,
	features: usize,
) -> Result<(Forest, Vec<Option<usize>>), ImportError> {
	let mut forest = Forest { nodes: Vec::new(), roots: Vec::new(), bits: Bits::default() };
	let mut leaf_of = Vec::new();
	let mut met = vec![false; listed.modes.len()];
	for root in trees::tree_roots(node, listed.modes.len())? {
		forest.roots.push(forest.nodes.len());
		let both = [listed.next(node, root, 0)?, listed.next(node, root, 1)?];
		// A tree that is a leaf alone leads there either way.
		let start = if both[0] == both[1] && both[0].1 { both[0] } else { (root, false) };
		let mut open = vec![(start, None::<(usize, usize)>)];
		while let Some(((number, leaf), parent)) = open.pop() {
			let own = forest.nodes.len();
			if let Some((parent, side)) = parent {
				if let Branch::Test { children, .. } = &mut forest.nodes[parent] {
					children[side] = own;
				}
			}
			leaf_of.push(leaf.then_some(number));
			if leaf {
				forest.nodes.push(Branch::Leaf);
				continue;
			}
			if std::mem::replace(&mut met[number], true) {
				return Err(node.error("trees", "a node with two parents"));
			}
			let feature = usize::try_from(listed.features[number]).ok().filter(|f| *f < features);
			let feature = feature.ok_or_else(|| {
				let got = listed.features[number].to_string();
				node.error(format!("one of {features} features"), got)
			})?;
			let (bit, turned) = listed.question(node, number)?;
			let bit = forest.bits.add(feature, bit);
			forest.nodes.push(Branch::Test { bit, children: [own, own] });
			for side in 0..2 {
				// By 1 on the true side, unless the question is the opposite one.
				let child = usize::from((side == 0) != turned);
				open.push((listed.next(node, number, side)?, Some((own, child))));
			}
		}
	}
	Ok((forest, leaf_of))
}

/// `TreeEnsemble`.
fn ensemble(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let x = learn::features(lowering, node, inputs)?;
	let weights = match tensor(node, "leaf_weights") {
		Some(proto) => Tensor::read(proto)?.floats().unwrap_or_default(),
		None => Vec::new(),
	};
	let targets = trees::list(node, "leaf_targetids", weights.len())?;
	let outputs = trees::targets(node)?;
	let listed = Listed::read(node, weights.len())?;
	let (forest, leaf_of) = forest(node, &listed, x.len())?;
	let factor = match node.int("aggregate_function", 1) {
		0 => 1.0 / forest.roots.len() as f32,
		1 => 1.0,
		other => {
			let expected = "aggregate_function 0 (AVERAGE) or 1 (SUM)";
			return Err(node.error(expected, format!("{other} (2 is MIN, 3 is MAX)")));
		}
	};
	let number = node.int("post_transform", 0);
	let transform = usize::try_from(number).ok().and_then(|number| TRANSFORMS.get(number));
	let transform =
		transform.ok_or_else(|| node.error("post_transform of 0 to 4", number.to_string()))?;
	if *transform == "SOFTMAX" {
		let expected = "post_transform 0 (Sigmoid or Softmax can be a node behind it)";
		let got = "1, of which ONNX says SOFTMAX and ONNX Runtime computes LOGISTIC";
		return Err(node.error(expected, got));
	}
	let mut all = Vec::with_capacity(leaf_of.len());
	for (place, leaf) in leaf_of.iter().enumerate() {
		let Some(leaf) = leaf else { continue };
		let target = usize::try_from(targets[*leaf]).ok().filter(|target| *target < outputs);
		let target = target.ok_or_else(|| {
			let got = targets[*leaf].to_string();
			node.error(format!("leaf_targetids below {outputs}, which n_targets says"), got)
		})?;
		all.push((target, place, weights[*leaf] * factor));
	}
	let value = trees::weighed(lowering, node, x.value, &forest, (&all, vec![0.0; outputs]))?;
	let scores = (value, outputs);
	Ok(vec![learn::transformed(lowering, node, Learnt::Regressor, scores, transform)?])
}
