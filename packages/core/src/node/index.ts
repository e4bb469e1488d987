export {
  createDraftFile,
  type DraftFile,
  makeFolder,
  writeAll,
  writeWholeFile
} from './draft-file.ts'
export { fileAnchor } from './file-anchor.ts'
export { fileDigest } from './file-digest.ts'
export { nodePlatform } from './node-platform.ts'
export {
  newPrivateKey,
  nodeSha256,
  privateKeySigner,
  readKeyFile,
  writeKeyFile
} from './signer.ts'
