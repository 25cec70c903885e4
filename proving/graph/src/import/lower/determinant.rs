//! Determinants, written out.

use super::{
	compose::{shaped, Compose, Made},
	signature::{Operator, Version, X, Y},
	Inputs, Lowered, Lowering, Operand, Variable,
};
use crate::import::node::Node;

pub const OPERATORS: &[Operator] =
	&[Operator::new("Det", determinant, &[Version::new(&[11, 22], &[], X, Y)])];

/// `Det` of matrices of up to 3 rows.
fn determinant(lowering: &mut Lowering, node: &Node, inputs: &Inputs) -> Lowered {
	let x = inputs.number(lowering, node, 0)?;
	let rank = x.dims.len();
	let size = match x.dims.as_slice() {
		[.., rows, columns] if rows == columns && (1..=3).contains(rows) => *rows,
		_ => return Err(node.error("matrices of 1 to 3 rows", format!("{:?}", x.dims))),
	};
	let outer = x.dims[..rank - 2].to_vec();
	let flat = shaped(&x, vec![x.len() / size / size, size * size]);
	let compose = &mut Compose { lowering, node };
	let column = |compose: &mut Compose, place: usize| compose.part(&flat, 1, place, 1);
	let minor = |compose: &mut Compose, [a, b, c, d]: [usize; 4]| -> Made {
		let (a, d) = (column(compose, a)?, column(compose, d)?);
		let (b, c) = (column(compose, b)?, column(compose, c)?);
		let (first, second) = (compose.product(&a, &d)?, compose.product(&b, &c)?);
		compose.sum((1.0, &first), (-1.0, &second))
	};
	let made = match size {
		1 => flat.clone(),
		2 => minor(compose, [0, 1, 2, 3])?,
		_ => {
			let mut sum: Option<Variable> = None;
			let parts = [(1.0, 0, [4, 5, 7, 8]), (-1.0, 1, [3, 5, 6, 8]), (1.0, 2, [3, 4, 6, 7])];
			for (sign, place, of) in parts {
				let (first, minor) = (column(compose, place)?, minor(compose, of)?);
				let part = compose.product(&first, &minor)?;
				sum = Some(match sum {
					Some(sum) => compose.sum((1.0, &sum), (sign, &part))?,
					None => part,
				});
			}
			sum.ok_or_else(|| node.error("a matrix", "none"))?
		}
	};
	Ok(vec![Operand::Variable(shaped(&made, outer))])
}
