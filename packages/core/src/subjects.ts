export { OVERHEAD_BYTES } from './journal/seal.ts'
export { checkedProvider } from './node/subjects/checked-provider.ts'
export {
  type Opened,
  openBytes,
  type Place,
  sealBytes
} from './node/subjects/content-cipher.ts'
export { ContentKeys, type Found, type PlaceInLog } from './node/subjects/content-keys.ts'
export {
  type ContentsEncryption,
  type ContentsSettings,
  contentsSettings,
  DEFAULTS,
  type KeyCache,
  type KeyPeriod,
  type SubjectName
} from './node/subjects/contents-options.ts'
export {
  contentsProviderAt,
  type UsedProvider,
  unlockContentsAt,
  useContentsKeys
} from './node/subjects/contents-provider.ts'
export { checkValueOf, dataKeyOf, unwrappedKeyOf } from './node/subjects/data-key.ts'
export { addWrappingKey } from './node/subjects/key-file-rotation.ts'
export {
  askForKeys,
  type ContentsInThread,
  contentsInThread,
  openProtecting,
  type ProtectedLog,
  protectingBy,
  subjectKeysBeside
} from './node/subjects/open-protecting.ts'
export { type NamedRow, Pseudonyms } from './node/subjects/pseudonyms.ts'
export {
  KeyOutOfUse,
  type PartCipher,
  type RecordCipher,
  recordCipher
} from './node/subjects/record-cipher.ts'
export {
  hasOtherKeys,
  type RewrappedKey,
  type RewrappedStore,
  type RotationReport,
  rewrapKeys
} from './node/subjects/rewrap-keys.ts'
export { type RowSubject, rowSubject } from './node/subjects/row-subject.ts'
export { type Protecting, SealedAppends, type StoreBatch } from './node/subjects/sealed-appends.ts'
export { digestOf, subjectName } from './node/subjects/subject-digest.ts'
export {
  type BatchKeys,
  type DataKey,
  SubjectKeys,
  type SubjectKeysSettings,
  type SubjectRow
} from './node/subjects/subject-keys.ts'
export {
  digestOfScope,
  digestOfUser,
  secretOfSubjects,
  withPseudonyms
} from './node/subjects/subject-scope.ts'
export type {
  KeyLookup,
  NamedUser,
  NewKey,
  StoredKey,
  SubjectStore
} from './node/subjects/subject-store.ts'
export {
  DestroyedKeys,
  tellDestroyed,
  type UntoldKey,
  type UntoldKeys
} from './node/subjects/tell-destroyed.ts'
export { withinDeadline } from './node/subjects/within-deadline.ts'
export { wrapKey } from './node/subjects/wrap-key.ts'
