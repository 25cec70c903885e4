#!/usr/bin/env bash
# Builds what a release gives away into out/release-VERSION: node, command, runtime, and SHA256SUMS of all of it.
# RELEASING.md says what comes before and after.
#
#   ./scripts/release.sh [--untagged] [--dry-run]
#
#   --untagged  build a commit that is not the release's tag, to try this out
#   --dry-run   look at clone, tag and numbers, say what would be built, and build nothing
#
# The profile `production` (Cargo.toml) has a folder of its own, so that nothing built for tests is taken; and the two
# packages are built without the others, so that what only tests need has no say in their features.
untagged=false dry=false
for option in "$@"; do
	case $option in
	--untagged) untagged=true ;;
	--dry-run) dry=true ;;
	-h | --help)
		sed -n '2,8s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
		exit
		;;
	*)
		echo "error: expected --untagged, --dry-run or --help, got $option" >&2
		exit 2
		;;
	esac
done
. "$(dirname "${BASH_SOURCE[0]}")/bootstrap.sh"

# The one value that a pattern finds in a file; nothing else may match it.
value() {
	local found
	found=$(sed -n "$1" "$2")
	[ -n "$found" ] && [ "$(wc -l <<<"$found")" = 1 ] || die "expected one value in $2 by $1, got: ${found:-none}"
	echo "$found"
}
version=$(value '/^\[workspace.package\]/,/^$/s/^version = "\(.*\)"/\1/p' Cargo.toml)
spec=$(value 's/^\tspec_version: \([0-9]*\),/\1/p' runtime/src/lib.rs)
transaction=$(value 's/^\ttransaction_version: \([0-9]*\),/\1/p' runtime/src/lib.rs)

client=$(node -p 'require("./clients/js/package.json").version')
[ "$client" = "$version" ] || die "expected version $version in clients/js/package.json, got $client"
[ -z "$(git status --porcelain)" ] || die "expected a clean clone, got changes: see git status"
if ! $untagged; then
	# A commit may have several.
	tags=$(git tag --points-at HEAD)
	grep -qxF "v$version" <<<"$tags" || die "expected the tag v$version at this commit, got ${tags:-none}"
	grep -q "^## $version - " CHANGELOG.md || die "expected '## $version - DATE' in CHANGELOG.md, got none"
fi

# What the shell has set for other builds: no runtime, that of another profile, another machine's instructions, a folder of another name.
unset SKIP_WASM_BUILD FORCE_WASM_BUILD SUBSTRATE_RUNTIME_TARGET "${!WASM_@}" "${!CARGO_PROFILE_@}"
unset RUSTFLAGS "${!CARGO_BUILD_@}" "${!CARGO_ENCODED_@}" "${!CARGO_TARGET_X86_64_@}" "${!CARGO_TARGET_AARCH64_@}"

if $dry; then
	echo "would build version $version, spec_version $spec, transaction_version $transaction into out/release-$version"
	exit
fi
own_sources
cargo build --profile production --locked -p zkml-node -p zkml-cli

built="$CARGO_TARGET_DIR/production"
out="out/release-$version"
rm -rf "$out"
mkdir -p "$out"
cp "$built/zkml-node" "$built/zkml" LICENSE CHANGELOG.md "$out"
cp "$built/wbuild/zkml-runtime/zkml_runtime.compact.compressed.wasm" "$out/zkml-runtime-$spec.wasm"
for program in zkml-node zkml; do
	said=$("$out/$program" --version)
	case $said in
	*" $version"*) ;;
	*) die "expected $program of version $version, got $said" ;;
	esac
done
cat >"$out/BUILD" <<END
version              $version
commit               $(git rev-parse HEAD)
spec_version         $spec
transaction_version  $transaction
runtime, BLAKE2b-256 0x$(b2sum -l 256 "$out/zkml-runtime-$spec.wasm" | cut -d ' ' -f 1)
compiler             $(rustc --version)
C library            $(getconf GNU_LIBC_VERSION), or newer where it runs
host                 $(rustc -vV | sed -n 's/^host: //p')
END
(cd "$out" && sha256sum -- BUILD CHANGELOG.md LICENSE zkml zkml-node "zkml-runtime-$spec.wasm" >SHA256SUMS)
echo
cat "$out/BUILD" "$out/SHA256SUMS"
