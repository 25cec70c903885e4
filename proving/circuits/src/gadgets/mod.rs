//! The parts that circuits are made of, a file each.
//!
//! A gadget has two halves that allocate the same wires in the same order: one that constrains, run
//! at setup, and one that pushes values, run at proving time. Each file states the gadget's
//! relation, its cost and why it is sound; `tests/gadgets.rs` tries to cheat each in every way, and
//! deletes each group of constraints to see that a cheat then succeeds.

pub mod argmax;
pub mod binding;
pub mod commitment;
pub mod dense;
pub mod lookup;
pub mod max;
pub mod parameters;
pub mod poseidon;
pub mod range;
pub mod rescale;
pub mod step;
pub mod table;
mod witness;

pub use witness::Witness;
