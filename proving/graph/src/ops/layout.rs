//! Products of a matrix with many rows, told apart as coefficients of polynomials.

use super::MatMul;

/// How the sums of products of one group of a [`MatMul`] are coefficients of a sum of products of
/// polynomials.
///
/// With `X = sum x z^a` over a channel's inputs and `P = sum w z^b` over its weights, for one output of the
/// group, the coefficient of `z^outputs[t]` in the sum of all channels' `X P` is row `t` of that output
/// without its bias: `sum_k w_k x_(t,k)`. All exponents are powers of the variable `z`. The other
/// coefficients are sums of products, too, that mean nothing.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Layout {
	/// The pairs of polynomials, at least one element in each.
	pub channels: Vec<Channel>,
	/// For each row the exponent of its coefficient. No two rows have the same.
	pub outputs: Vec<u32>,
	/// How many coefficients the sum has: one more than the highest exponent in it and in
	/// [`Self::outputs`].
	pub coefficients: u32,
}

/// Two polynomials whose product is a term of the sum.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Channel {
	/// Where in the operation's whole input an element is, of the places where it is one of those that it
	/// is at, and its exponent; by ascending exponent, from 0 up. What is always 0 need not be there.
	pub inputs: Vec<(u32, u32)>,
	/// Which of an output's weights it is, from 0 up, and its exponent; by ascending exponent. What meets
	/// nothing but 0 is not there.
	pub weights: Vec<(u32, u32)>,
}

impl Layout {
	pub(super) fn new(channels: Vec<Channel>, outputs: Vec<u32>) -> Self {
		let highest = |all: &[(u32, u32)]| all.last().map_or(0, |(_, exponent)| *exponent);
		let product = |channel: &Channel| highest(&channel.inputs) + highest(&channel.weights);
		let products = channels.iter().map(product);
		let coefficients = products.chain(outputs.iter().copied()).max().map_or(0, |top| top + 1);
		Self { channels, outputs, coefficients }
	}

	/// Rank-1 constraints that it takes to evaluate all polynomials of a group at one point, if the
	/// outputs fall into so many groups that share products: by Horner's rule one for each input of a
	/// channel but the last, once; and for each group of outputs one for each weight of a channel, the
	/// product with the inputs' value among them, one for each coefficient but the last, and one that says
	/// that both sides are equal.
	pub fn cost(&self, groups_of_outputs: usize) -> usize {
		let inputs: usize = self.channels.iter().map(|c| c.inputs.len().saturating_sub(1)).sum();
		let weights: usize = self.channels.iter().map(|channel| channel.weights.len()).sum();
		inputs + groups_of_outputs * (weights + self.coefficients as usize)
	}
}

impl MatMul {
	/// The operation as polynomials whatever its input is, for one of the groups: rows are powers, and a
	/// channel has one weight. With one row it is the plain sum of products.
	///
	/// # Panics
	///
	/// If there is no such group.
	pub fn sequence(&self, group: u32) -> Layout {
		assert!(group < self.groups, "group {group} of {}", self.groups);
		let inputs = self.inputs() as u32;
		let place = |row: u32| (row * self.groups + group) * inputs;
		let channel = |k: u32| Channel {
			inputs: (0..self.rows).map(|row| (place(row) + k, row)).collect(),
			weights: vec![(k, 0)],
		};
		Layout::new((0..inputs).map(channel).collect(), (0..self.rows).collect())
	}
}
