//! What the processor offers, and what of it is used.

#[cfg(target_arch = "x86_64")]
use std::sync::OnceLock;

#[cfg(target_arch = "x86_64")]
use fearless_simd::{Avx512, Level};

/// The variable that has everything done as on a processor of which nothing is known, if it is set
/// and not empty: to measure that, or to compare. It is read once.
pub const PORTABLE: &str = "ZKML_PORTABLE";

/// That the processor has AVX-512 with IFMA, and is to use it.
#[cfg(target_arch = "x86_64")]
pub(crate) fn avx512() -> Option<Avx512> {
	static FOUND: OnceLock<Option<Avx512>> = OnceLock::new();
	*FOUND.get_or_init(|| {
		let portable = std::env::var_os(PORTABLE).is_some_and(|value| !value.is_empty());
		if portable {
			return None;
		}
		Level::new().as_avx512()
	})
}

/// Names what sums and transforms are done with here.
pub fn name() -> &'static str {
	#[cfg(target_arch = "x86_64")]
	if avx512().is_some() {
		return "AVX-512 IFMA";
	}
	"portable"
}
