//! The parts that circuits are made of, a file each.
//!
//! A gadget is described once, for both [back ends](Backend): that of the constraints and that of the
//! witness. Each file states the gadget's relation, its cost and why it is sound; `tests/gadgets.rs`
//! tries to cheat each in every way, and deletes each group of constraints to see that a cheat then
//! succeeds.

pub mod arg_max;
mod backend;
pub mod binding;
pub mod claim;
pub mod commitment;
mod constraints;
pub mod div;
pub mod greater;
pub mod logup;
pub mod lookup;
pub mod matmul;
pub mod normalize;
pub mod packing;
pub mod parameters;
pub mod pick;
pub mod polynomial;
pub mod poseidon;
pub mod product;
pub mod range;
pub mod reduce_max;
pub mod requantize;
pub mod sort;
pub mod split;
pub mod sqrt;
mod witness;
pub mod words;

pub use backend::{Backend, FieldElement, Group, Integer, Note, Reader};
pub use constraints::{Constraints, Mark, Nobody, Ranges};
pub use witness::{Values, Witness};
