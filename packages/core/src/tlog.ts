export { fromBase64, toBase64 } from './base/base64.ts'
export { type Hash, sha256 } from './base/sha256.ts'
export { type Checkpoint, formatCheckpoint, parseCheckpoint } from './tlog/checkpoint.ts'
export { verifySignature } from './tlog/ed25519.ts'
export { decodeBundle, encodeBundle } from './tlog/entry-bundle.ts'
export { Frontier, type OnComplete } from './tlog/frontier.ts'
export { GrowingTree, type TileStore } from './tlog/growing-tree.ts'
export {
  COSIGNATURE_V1,
  checkKeyName,
  ED25519,
  formatVerifierKey,
  keyIdOf,
  parseVerifierKey,
  type VerifierKey,
  verifierKey
} from './tlog/key.ts'
export { KnownNodes } from './tlog/known-nodes.ts'
export {
  formatNote,
  formatSignature,
  type Note,
  type NoteSignature,
  parseNote,
  parseSignature
} from './tlog/note.ts'
export {
  checkConsistency,
  consistencyProof,
  inclusionProof,
  rootFromInclusion,
  type TreeHead
} from './tlog/proof.ts'
export {
  type Custody,
  checkSignature,
  cosign,
  cosignedAt,
  type SignatureState,
  type Signer,
  signNote
} from './tlog/signer.ts'
export {
  bundlePath,
  groupsOf,
  hashReader,
  type ReadTile,
  TILE_HEIGHT,
  TILE_WIDTH,
  type Tile,
  type TileOfTree,
  tilePath,
  tilesOf
} from './tlog/tiles.ts'
export {
  checkTlogProof,
  formatTlogProof,
  type ProofVerdict,
  parseTlogProof,
  type TlogProof
} from './tlog/tlog-proof.ts'
export {
  completeSubtrees,
  emptyRoot,
  HASH_BYTES,
  leafHash,
  nodeHash,
  type ReadHash,
  rootOf,
  type Subtree,
  sameBytes
} from './tlog/tree.ts'
export {
  checkTrustPolicy,
  parseTrustPolicy,
  type Quorum,
  type TrustPolicy,
  type TrustVerdict,
  type Witness
} from './tlog/trust-policy.ts'
export { createWitness, type WitnessOptions, type WitnessStore } from './tlog/witness.ts'
