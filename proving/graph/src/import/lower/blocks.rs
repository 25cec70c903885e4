//! Blocks of an image as channels, and back.

use super::{
	moves::{rearrange, Arrangement},
	shape::transposed,
	signature::{needed, word, Attribute, Form, Operator, Version, INPUT, OUTPUT},
	Inputs, Lowering,
};
use crate::import::{node::Node, ImportError};

const BLOCK: Attribute = needed("blocksize", Form::Int);

pub const OPERATORS: &[Operator] = &[
	Operator::new(
		"DepthToSpace",
		|l, n, i| rearrange(l, n, i, depth_to_space),
		&[
			Version::new(&[1], &[BLOCK], INPUT, OUTPUT),
			Version::new(&[11, 13, 28], &[BLOCK, word("mode", "DCR")], INPUT, OUTPUT),
		],
	),
	Operator::new(
		"SpaceToDepth",
		|l, n, i| rearrange(l, n, i, space_to_depth),
		&[
			Version::new(&[1, 13], &[BLOCK], INPUT, OUTPUT),
			Version::new(&[28], &[BLOCK, word("mode", "DCR")], INPUT, OUTPUT),
		],
	),
];

/// Batch, channels, height and width, and the side of a block.
fn blocks(node: &Node, inputs: &Inputs) -> Result<([usize; 4], usize), ImportError> {
	let block = usize::try_from(node.int("blocksize", 0)).unwrap_or(0);
	let dims = inputs.operand(node, 0)?.dims();
	match <[usize; 4]>::try_from(dims) {
		Ok(dims) if (1..1 << 16).contains(&block) => Ok((dims, block)),
		_ => Err(node.error("blocks of 4 dimensions", format!("{dims:?} by {block}"))),
	}
}

fn space_to_depth(
	_: &Lowering,
	node: &Node,
	inputs: &Inputs,
) -> Result<Vec<Arrangement>, ImportError> {
	let ([batch, channels, height, width], block) = blocks(node, inputs)?;
	if !height.is_multiple_of(block) || !width.is_multiple_of(block) {
		let got = format!("{height} times {width}");
		return Err(node.error(format!("height and width of blocks of {block}"), got));
	}
	let (rows, columns) = (height / block, width / block);
	let from = [batch, channels, rows, block, columns, block];
	let to = vec![batch, channels * block * block, rows, columns];
	let order = match node.text("mode", "DCR").as_str() {
		"DCR" => [0, 3, 5, 1, 2, 4],
		"CRD" => [0, 1, 3, 5, 2, 4],
		other => return Err(node.error("attribute mode DCR or CRD", other)),
	};
	Ok(vec![Arrangement::new(to, transposed(&from, &order).1)])
}

fn depth_to_space(
	_: &Lowering,
	node: &Node,
	inputs: &Inputs,
) -> Result<Vec<Arrangement>, ImportError> {
	let ([batch, channels, height, width], block) = blocks(node, inputs)?;
	if !channels.is_multiple_of(block * block) {
		let expected = format!("channels for blocks of {block} times {block}");
		return Err(node.error(expected, channels.to_string()));
	}
	let depth = channels / (block * block);
	let to = vec![batch, depth, height * block, width * block];
	let (from, order) = match node.text("mode", "DCR").as_str() {
		"DCR" => ([batch, block, block, depth, height, width], [0, 3, 4, 1, 5, 2]),
		"CRD" => ([batch, depth, block, block, height, width], [0, 1, 4, 2, 5, 3]),
		other => return Err(node.error("attribute mode DCR or CRD", other)),
	};
	Ok(vec![Arrangement::new(to, transposed(&from, &order).1)])
}
