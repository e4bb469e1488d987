import { statSync } from 'node:fs'
import { AuditError } from '@slm-audit/core'
import { loadOptional } from './load-optional.ts'

/** Whether `--file` names a log on a PostgreSQL server. */
export function isLogAddress(file: string): boolean {
  return /^postgres(ql)?:\/\//i.test(file)
}

/**
 * Whether `--file` names a log in files: a directory, or a file that `export --format jsonl` wrote, by its name, which
 * says how it is compressed and encrypted as well.
 */
export function isLogInFiles(file: string): boolean {
  if (isLogAddress(file)) return false
  const isNamed = /\.jsonl(\.gz|\.zst)?(\.age)?$/.test(file)
  return isNamed || statSync(file, { throwIfNoEntry: false })?.isDirectory() === true
}

/** The package that reads logs on PostgreSQL servers. Rejects with AuditError `bad_option` where it is not installed. */
export function loadPostgres() {
  const load = () => import('@slm-audit/postgres')
  return loadOptional('a log at postgres://…', '@slm-audit/postgres', load)
}

/** Whether `--file` names an archive in object storage. */
export function isArchiveAddress(file: string): boolean {
  return /^s3:\/\//i.test(file)
}

/** The package that reads and writes archives. Rejects with AuditError `bad_option` where it is not installed. */
export function loadS3() {
  const load = () => import('@slm-audit/s3')
  return loadOptional('an archive at s3://…', '@slm-audit/s3', load)
}

/**
 * Where the archive of an address `s3://bucket/prefix` is; the region, the credentials and another endpoint are what the
 * environment of the AWS SDK says. Throws AuditError `bad_option`.
 */
export function archivePlace(address: string): {
  readonly bucket: string
  readonly prefix: string
} {
  const [, bucket, prefix = ''] = /^s3:\/\/([^/?#]+)(?:\/(.*))?$/i.exec(address) ?? []
  if (bucket !== undefined) return { bucket, prefix }
  throw new AuditError('bad_option', `${address} names no bucket; write s3://bucket/prefix`)
}
