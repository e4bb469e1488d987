export type {
  ConnectionOptions,
  PlaceOptions,
  PoolLike,
  PostgresEncryption
} from './connection/connection-options.ts'
export { isAddress } from './connection/connection-options.ts'
export { type CopyOptions, copyIntoPostgres } from './copy-into.ts'
export { type ExpireOptions, type ExpireReport, expireContents } from './expire.ts'
export { keyFileOf, type PostgresJournalOptions, postgresJournal } from './journal.ts'
export { openPostgresAdmin, type PostgresAdmin } from './open-admin.ts'
export { openPostgresLog, type PostgresLog, type PostgresLogOptions } from './open-log.ts'
export { openPostgresReader, type PostgresReaderOptions } from './open-reader.ts'
export { reindexPostgres } from './reindex.ts'
export { rolesSql } from './roles.ts'
export {
  type RotationOptions,
  rotatePostgresKeyFile,
  rotatePostgresKeys
} from './rotate-contents.ts'
export { rotatePostgresSigningKey, rotatePostgresSigningKeyFile } from './rotate-key.ts'
export type { StoredCheckpoint } from './store/stored-checkpoints.ts'
export { unlockPostgres } from './unlock.ts'
