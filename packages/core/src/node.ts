export {
  createDraftFile,
  type DraftFile,
  makeFolder,
  writeAll,
  writeWholeFile
} from './node/draft-file.ts'
export { fileAnchor } from './node/file-anchor.ts'
export { fileDigest } from './node/file-digest.ts'
export { nodePlatform } from './node/node-platform.ts'
export {
  newPrivateKey,
  nodeSha256,
  privateKeySigner,
  readKeyFile,
  writeKeyFile
} from './node/signer.ts'
