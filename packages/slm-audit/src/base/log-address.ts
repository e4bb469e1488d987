import { statSync } from 'node:fs'
import { isThisMachine } from '@slm-audit/core/exporter'
import { AuditError } from '@slm-audit/core/reader'
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
  if (isServerAddress(file)) return false
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

/** Whether `--file` names the copy of a log on a ClickHouse server. */
function isCopyAddress(file: string): boolean {
  return /^clickhouse:\/\//i.test(file)
}

/** Throws AuditError `bad_option` where `--file` names a copy, which is listed and counted but is no log. */
export function refuseCopy(file: string): void {
  if (!isCopyAddress(file)) return
  throw new AuditError(
    'bad_option',
    'this works on a log, and --file names a copy in ClickHouse; name the log that it is a copy of'
  )
}

/** Whether `--file` names something on a server, and no file. */
export function isServerAddress(file: string): boolean {
  return isLogAddress(file) || isCopyAddress(file)
}

/** Whether `--file` names a database in a file, which can be written beside its application. */
export function isDatabase(file: string): boolean {
  return !isServerAddress(file) && !isArchiveAddress(file) && !isLogInFiles(file)
}

/** An address as it may be shown and logged: without the password that it may hold. */
export function shownAddress(address: string): string {
  if (!isServerAddress(address)) return address
  // A password that is not escaped may be what makes it none; of one that is named nobody can tell where it ends.
  if (!URL.canParse(address)) {
    return address.replace(/^([^:]+:\/\/)(.*password.*|.*(?=@))/is, '$1…')
  }
  const url = new URL(address)
  if (url.password !== '') url.password = '…'
  for (const name of [...url.searchParams.keys()]) {
    if (/password/i.test(name)) url.searchParams.set(name, '…')
  }
  return unescaped(url.href)
}

function unescaped(href: string): string {
  try {
    return decodeURI(href)
  } catch {
    // A percent sign may stand for itself.
    return href
  }
}

/**
 * The place that `clickhouse://host:8443/database?table=name` names; by https, but on this machine. Who asks is in the
 * variables of ClickHouse's own client. Throws AuditError `bad_option` for an address that is none.
 */
export function copyPlace(address: string) {
  const https = address.replace(/^clickhouse:/i, 'https:')
  if (!URL.canParse(https)) {
    const message = `${address} is no address; a copy is at clickhouse://host:8443/database?table=slm_audit`
    throw new AuditError('bad_option', message)
  }
  const { hostname, host, pathname, searchParams, username, password } = new URL(https)
  if (username !== '' || password !== '') {
    const message =
      'the address holds a user or a password; give them by CLICKHOUSE_USER and CLICKHOUSE_PASSWORD'
    throw new AuditError('bad_option', message)
  }
  const { CLICKHOUSE_USER: user, CLICKHOUSE_PASSWORD: secret } = process.env
  const database = decodeURIComponent(pathname.slice(1))
  const table = searchParams.get('table')
  return {
    url: `${isThisMachine(hostname) ? 'http' : 'https'}://${host}`,
    ...(database !== '' && { database }),
    ...(table !== null && { table }),
    ...(user !== undefined && { username: user }),
    ...(secret !== undefined && { password: secret })
  }
}

/** The package that reads copies in ClickHouse. Rejects with AuditError `bad_option` where it is not installed. */
export function loadClickHouse() {
  const load = () => import('@slm-audit/clickhouse')
  return loadOptional('a copy at clickhouse://…', '@slm-audit/clickhouse', load)
}
