//! What the registry says about a model.

use alloc::vec::Vec;

use bounded_collections::{BoundedVec, ConstU32};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

use crate::{
	tagged_hash, CircuitHash, CircuitKey, ModelId, ParamsKind, Proof, Scalar, Tensors, ValueInfo,
	G1,
};

/// Who sees a value in clear.
#[derive(
	Clone,
	Copy,
	Debug,
	Decode,
	DecodeWithMemTracking,
	Encode,
	Eq,
	MaxEncodedLen,
	PartialEq,
	TypeInfo,
)]
pub enum Visibility {
	/// Everybody; the commitment has salt zero.
	#[codec(index = 0)]
	Public,
	/// The prover alone; the commitment is salted.
	#[codec(index = 1)]
	Private,
}

/// Who could forge a proof. Whoever ran a circuit's setup alone can prove anything under its key. This
/// is somebody's word, see [`SetupClaim`]: the chain cannot know who ran a setup.
#[derive(
	Clone,
	Copy,
	Debug,
	Decode,
	DecodeWithMemTracking,
	Encode,
	Eq,
	MaxEncodedLen,
	PartialEq,
	TypeInfo,
)]
pub enum SetupLevel {
	/// Whoever makes the claim ran the setup alone, or trusts who did: one party can forge every
	/// output.
	#[codec(index = 0)]
	SingleParty,
	/// Several parties; the hash of the transcript that anybody can check.
	#[codec(index = 1)]
	Ceremony([u8; 32]),
}

/// What somebody says about the setup of a key. It holds for what its author publishes or registers, and
/// says nothing about what others do with the same key.
#[derive(
	Clone,
	Copy,
	Debug,
	Decode,
	DecodeWithMemTracking,
	Encode,
	Eq,
	MaxEncodedLen,
	PartialEq,
	TypeInfo,
)]
pub struct SetupClaim<AccountId> {
	/// How the setup was run, as the author says.
	pub level: SetupLevel,
	/// The author: whoever published the version or registered the program.
	pub by: AccountId,
}

/// A commitment to a version's parameters.
#[derive(
	Clone,
	Copy,
	Debug,
	Decode,
	DecodeWithMemTracking,
	Encode,
	Eq,
	MaxEncodedLen,
	PartialEq,
	TypeInfo,
)]
pub enum ParamsCommitment {
	/// A salted Poseidon hash, which each inference opens: [`crate::commit_parameters`].
	#[codec(index = 0)]
	Poseidon(Scalar),
	/// A point under a [`crate::CommittedKey`], with a salt of its own for each version.
	#[codec(index = 1)]
	Point(G1),
}

impl ParamsCommitment {
	/// How it enters a proof.
	pub fn kind(&self) -> ParamsKind {
		match self {
			Self::Poseidon(_) => ParamsKind::Input,
			Self::Point(_) => ParamsKind::Point,
		}
	}

	/// What stands for the parameters in a statement: the commitment itself, or of a point
	/// `blake2_256("zkml/params/v1" || point)` with the top byte zeroed.
	pub fn scalar(&self) -> Scalar {
		match self {
			Self::Poseidon(scalar) => *scalar,
			Self::Point(point) => Scalar::from_hash(tagged_hash(b"zkml/params/v1", point)),
		}
	}

	/// The point, if it is one.
	pub fn point(&self) -> Option<G1> {
		match self {
			Self::Poseidon(_) => None,
			Self::Point(point) => Some(*point),
		}
	}
}

/// Whether the parameters behind a commitment are known to be what a model has: integers within their
/// widths.
#[derive(
	Clone,
	Copy,
	Debug,
	Decode,
	DecodeWithMemTracking,
	Encode,
	Eq,
	MaxEncodedLen,
	PartialEq,
	TypeInfo,
)]
pub enum ParamsRange {
	/// They are: each inference proves it, or the circuit has them in it, or a
	/// [`crate::RangeProof`] came with the version.
	#[codec(index = 0)]
	Proved,
	/// Nothing says so. All inferences of the version are of the same parameters, and give one output
	/// for an input or none, but that need not be what layers with weights of so many bits give:
	/// parameters may be any numbers of the field, and whoever chose them may have chosen inputs for
	/// which no proof exists.
	#[codec(index = 1)]
	NotProved,
}

/// The owner's part of each price, in millionths.
#[derive(
	Clone,
	Copy,
	Debug,
	Decode,
	DecodeWithMemTracking,
	Encode,
	Eq,
	MaxEncodedLen,
	PartialEq,
	TypeInfo,
)]
pub struct Share(pub u32);

impl Share {
	/// The whole, in millionths.
	pub const WHOLE: u32 = 1_000_000;
}

/// The name of one class of a classifier: [a plain line](crate::is_plain_line).
pub type Label = BoundedVec<u8, ConstU32<32>>;

/// Most bytes of an accuracy claim.
pub const MAX_CLAIM: u32 = 160;

/// How close a version comes to the model it was made from, in the owner's words:
/// [a plain line](crate::is_plain_line). Nothing proves it.
pub type AccuracyClaim = BoundedVec<u8, ConstU32<MAX_CLAIM>>;

/// Where the files of a version are, and how to tell that they are the right ones.
#[derive(
	Clone, Debug, Decode, DecodeWithMemTracking, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo,
)]
pub struct Content {
	/// BLAKE2b-256 of the compiled model (public) or of its description (private).
	pub model: [u8; 32],
	/// BLAKE2b-256 of the proving key.
	pub proving_key: [u8; 32],
	/// Where to fetch them, [a plain line](crate::is_plain_line); may be empty.
	pub uri: BoundedVec<u8, ConstU32<256>>,
}

/// Whether new work is taken.
#[derive(
	Clone,
	Copy,
	Debug,
	Decode,
	DecodeWithMemTracking,
	Encode,
	Eq,
	MaxEncodedLen,
	PartialEq,
	TypeInfo,
)]
pub enum Status {
	/// Requests and submissions are welcome.
	#[codec(index = 0)]
	Active,
	/// No new requests or submissions; requests opened before may still be answered.
	#[codec(index = 1)]
	Deprecated,
}

/// One version of a model: everything a user or prover must know about it.
#[derive(
	Clone, Debug, Decode, DecodeWithMemTracking, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo,
)]
pub struct ModelVersion {
	/// The circuit that proves it.
	pub circuit: CircuitHash,
	/// How the setup of the circuit's key was run, as the publisher says.
	pub setup: SetupLevel,
	/// The commitment to its parameters.
	pub params: ParamsCommitment,
	/// Whether the parameters are public.
	pub visibility: Visibility,
	/// Name, shape, width, range and scales of each input.
	pub inputs: Tensors<ValueInfo>,
	/// Name, shape, width, range and scales of each output.
	pub outputs: Tensors<ValueInfo>,
	/// Names of classes, if an output is a class index: of the first such. May be empty.
	pub labels: BoundedVec<Label, ConstU32<64>>,
	/// What the owner claims of its accuracy; may be empty.
	pub accuracy: AccuracyClaim,
	/// Where its files are and their hashes.
	pub content: Content,
}

impl ModelVersion {
	/// The version's name by content: `blake2_256("zkml/version/v4" || SCALE(self))`.
	pub fn hash(&self) -> [u8; 32] {
		tagged_hash(b"zkml/version/v4", self)
	}
}

/// A proof that whoever registers a version can prove with it: any inference, with a context that
/// names the registrant. Without it a commitment copied from the pool could be registered by anyone.
#[derive(
	Clone, Debug, Decode, DecodeWithMemTracking, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo,
)]
pub struct Possession {
	/// Commitment to each input of that inference.
	pub inputs: Tensors<Scalar>,
	/// Commitment to each output.
	pub outputs: Tensors<Scalar>,
	/// Last block at which it is accepted.
	pub expiry: u32,
	/// A proof of that inference in such a context.
	pub proof: Proof,
}

/// What the registry stores for a deposit.
#[allow(clippy::large_enum_variant)] // few at a time, on their way to the runtime
#[derive(Clone, Debug, Decode, DecodeWithMemTracking, Encode, Eq, PartialEq, TypeInfo)]
pub enum RegistryItem {
	/// A circuit, with its verifying key.
	#[codec(index = 0)]
	Circuit(CircuitKey),
	/// A model, beside its versions.
	#[codec(index = 1)]
	Model,
	/// A version of a model.
	#[codec(index = 2)]
	Version(ModelVersion),
}

/// A circuit as a reader of the chain sees it.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq, TypeInfo)]
pub struct CircuitInfo<AccountId> {
	/// The verifying key that proofs are checked with.
	pub key: CircuitKey,
	/// Who brought it, and may remove it when no version uses it.
	pub registrant: AccountId,
	/// Number of versions that use it; it can be removed at zero.
	pub users: u32,
}

/// A version as a reader of the chain sees it.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq, TypeInfo)]
pub struct VersionInfo<AccountId> {
	/// Its number, from 1.
	pub number: u32,
	/// Everything that was published of it.
	pub description: ModelVersion,
	/// Whether new work is taken.
	pub status: Status,
	/// Who could forge its proofs, as whoever published it says.
	pub setup: SetupClaim<AccountId>,
	/// Whether its parameters are known to be within their widths.
	pub params_range: ParamsRange,
}

/// A model as a reader of the chain sees it.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq, TypeInfo)]
pub struct Model<AccountId> {
	/// The id that its registration gave it.
	pub id: ModelId,
	/// Who may publish, deprecate and transfer, and who gets the owner's share.
	pub owner: AccountId,
	/// The owner's part of each price.
	pub owner_share: Share,
	/// All versions in order.
	pub versions: Vec<VersionInfo<AccountId>>,
}
