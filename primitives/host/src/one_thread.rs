//! Where host functions compute.
//!
//! arkworks' `parallel` feature comes in by unification with the prover, and would spread a pairing
//! over all cores. Weights must not depend on how many there are, so all work runs in a pool of
//! one thread per caller.

use std::{cell::OnceCell, thread};

use rayon::{ThreadPool, ThreadPoolBuilder};

thread_local! {
	static POOL: OnceCell<Option<ThreadPool>> = const { OnceCell::new() };
}

/// Runs `work` without parallelism.
pub fn run<R: Send>(work: impl FnOnce() -> R + Send) -> R {
	POOL.with(|pool| {
		let pool = pool.get_or_init(|| {
			ThreadPoolBuilder::new()
				.num_threads(1)
				.thread_name(|_| format!("zkml-verify-{:?}", thread::current().id()))
				.build()
				.ok()
		});
		match pool {
			Some(pool) => pool.install(work),
			// No thread to be had: the caller's own is slower to share, never wrong.
			None => work(),
		}
	})
}
