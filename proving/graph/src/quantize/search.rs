//! More bits for the nodes that lose most, until a model is close enough.

use super::Quantized;
use crate::{
	error::CompileError,
	options::{CompileOptions, Widths},
	report::Report,
};

/// Attempts at most that give more bits to single nodes; after these all nodes get more.
const SINGLE: usize = 6;
/// Share of the largest loss with which a node is one of those that lose most.
const LOSES: f64 = 0.5;
/// If so many lose most, all get more bits.
const MANY: usize = 8;

/// Makes a model with the widths that are asked for, and with wider ones while its error is larger than
/// allowed: at most [`SINGLE`] times for the nodes that lose most, then for all as far as there are
/// wider ones. Each is an attempt of its own, of about the same time.
pub(super) fn search(
	options: &CompileOptions,
	names: &[String],
	attempt: impl Fn(&CompileOptions) -> Result<Quantized, CompileError>,
) -> Result<Quantized, CompileError> {
	let mut tried = options.clone();
	let mut closest: Option<CompileError> = None;
	let mut least = f64::INFINITY;
	for round in 0.. {
		let error = match attempt(&tried) {
			Ok(mut made) => {
				let wider = |name: &&String| tried.widths(name) != options.widths(name);
				let each = names.iter().filter(wider);
				made.report.widths = each.map(|name| (name.clone(), tried.widths(name))).collect();
				return Ok(made);
			}
			Err(error) => error,
		};
		let CompileError::Inaccurate { report, .. } = &error else {
			// There is no room for so many bits.
			return Err(closest.unwrap_or(error));
		};
		let more = options.search
			&& match round < SINGLE {
				true => widen_losers(&mut tried, report) || widen_all(&mut tried),
				false => widen_all(&mut tried),
			};
		// Not below what is allowed there may be the labels alone.
		if report.max_error < least || closest.is_none() {
			least = report.max_error;
			closest = Some(error);
		}
		if !more {
			break;
		}
	}
	Err(closest.unwrap_or_else(|| CompileError::Option {
		option: "widths",
		expected: "an attempt".into(),
		got: "none".into(),
	}))
}

/// More bits for the nodes that lose most; whether there are few of them, and any to be had.
fn widen_losers(options: &mut CompileOptions, report: &Report) -> bool {
	let most = report.nodes.iter().map(|node| node.added).fold(0.0, f64::max);
	let losers = || report.nodes.iter().filter(|node| node.added >= most * LOSES);
	if losers().count() >= MANY {
		return false;
	}
	let mut any = false;
	for loss in losers() {
		let own = options.widths(&loss.node);
		if own.wider() != own {
			options.node_widths.insert(loss.node.clone(), own.wider());
			any = true;
		}
	}
	any
}

/// More bits for all nodes; whether there are any to be had.
fn widen_all(options: &mut CompileOptions) -> bool {
	let each = options.node_widths.values_mut().chain([&mut options.widths]);
	let widen = |widths: &mut Widths| {
		let wider = widths.wider();
		std::mem::replace(widths, wider) != wider
	};
	each.map(widen).fold(false, |any, one| any | one)
}
