export { fromBase64, toBase64 } from '../base/base64.ts'
export { type Hash, sha256 } from '../base/sha256.ts'
export { type Checkpoint, formatCheckpoint, parseCheckpoint } from './checkpoint.ts'
export { verifySignature } from './ed25519.ts'
export { decodeBundle, encodeBundle } from './entry-bundle.ts'
export { Frontier, type OnComplete } from './frontier.ts'
export { GrowingTree, type TileStore } from './growing-tree.ts'
export {
  COSIGNATURE_V1,
  checkKeyName,
  ED25519,
  formatVerifierKey,
  keyIdOf,
  parseVerifierKey,
  type VerifierKey,
  verifierKey
} from './key.ts'
export {
  formatNote,
  formatSignature,
  type Note,
  type NoteSignature,
  parseNote,
  parseSignature
} from './note.ts'
export {
  checkPolicy,
  type Policy,
  type PolicyVerdict,
  parsePolicy,
  type Quorum,
  type Witness
} from './policy.ts'
export {
  checkConsistency,
  consistencyProof,
  inclusionProof,
  rootFromInclusion,
  type TreeHead
} from './proof.ts'
export {
  checkSignature,
  cosign,
  cosignedAt,
  type SignatureState,
  type Signer,
  signNote
} from './signer.ts'
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
} from './tiles.ts'
export {
  checkTlogProof,
  formatTlogProof,
  type ProofVerdict,
  parseTlogProof,
  type TlogProof
} from './tlog-proof.ts'
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
} from './tree.ts'
export { createWitness, type WitnessOptions, type WitnessStore } from './witness.ts'
