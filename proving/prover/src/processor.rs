//! What the processor offers, and what of it is used.

#[cfg(target_arch = "x86_64")]
use fearless_simd::{Avx2, Avx512, Level};

/// The variable that keeps sums and transforms from all that the processor offers, to measure what
/// others have: `none` for what any processor does, `avx2` for AVX2 and FMA at most. It is read once.
pub const VARIABLE: &str = "ZKML_VECTORS";

#[cfg(target_arch = "x86_64")]
#[derive(Clone, Copy)]
enum Vectors {
	None,
	Avx2(Avx2),
	Avx512(Avx512),
}

#[cfg(target_arch = "x86_64")]
fn vectors() -> Vectors {
	static FOUND: std::sync::OnceLock<Vectors> = std::sync::OnceLock::new();
	*FOUND.get_or_init(|| {
		let allowed = std::env::var_os(VARIABLE).unwrap_or_default();
		let level = Level::new();
		match (level.as_avx512(), level.as_avx2()) {
			_ if allowed == "none" => Vectors::None,
			(Some(token), _) if allowed != "avx2" => Vectors::Avx512(token),
			(_, Some(token)) => Vectors::Avx2(token),
			_ => Vectors::None,
		}
	})
}

/// That the processor has AVX-512 with IFMA, and is to use it.
#[cfg(target_arch = "x86_64")]
pub(crate) fn avx512() -> Option<Avx512> {
	match vectors() {
		Vectors::Avx512(token) => Some(token),
		Vectors::Avx2(_) | Vectors::None => None,
	}
}

/// That it has AVX2 with FMA, and is to use them.
#[cfg(target_arch = "x86_64")]
pub(crate) fn avx2() -> Option<Avx2> {
	match vectors() {
		Vectors::Avx2(token) => Some(token),
		Vectors::Avx512(_) | Vectors::None => None,
	}
}

/// Names what sums and transforms are done with here.
pub fn name() -> &'static str {
	#[cfg(target_arch = "x86_64")]
	match vectors() {
		Vectors::Avx512(_) => return "AVX-512 IFMA",
		Vectors::Avx2(_) => return "AVX2",
		Vectors::None => {}
	}
	"portable"
}
