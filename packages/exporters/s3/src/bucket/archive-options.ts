import type { S3Client } from '@aws-sdk/client-s3'
import {
  AuditError,
  checkTls,
  readWebAddress,
  refusePlain,
  refuseUnknown,
  type TlsOptions
} from '@slm-audit/core/exporter'

/** Where an archive is: a bucket, and a prefix in it. */
export interface ArchivePlace {
  /** The name of the bucket, which must be there. */
  readonly bucket: string
  /** What the keys of all objects begin with, for instance `audit/prod/`; nothing unless given. One log has one prefix. */
  readonly prefix?: string
  /** The region; what the environment of the AWS SDK says unless given. */
  readonly region?: string
  /** The address of another store that speaks S3, `https://…`; path-style addressing is used with it. */
  readonly endpoint?: string
  /** Whether `endpoint` may begin with `http://` on another host; false unless given. An endpoint of the environment may. */
  readonly allowHttp?: boolean
  /** Certificates of your own; the public authorities and no client certificate unless given. */
  readonly tls?: TlsOptions
  /** A client that is set up already, in the place of `region`, `endpoint` and `tls`; it is left open. */
  readonly client?: S3Client
}

/** What Object Lock is to keep; the bucket must have it switched on. */
export interface ObjectLock {
  /** `GOVERNANCE`: people with a permission of their own may still delete. `COMPLIANCE`: nobody may. */
  readonly mode: 'GOVERNANCE' | 'COMPLIANCE'
  /** For so many days from the writing of each object; a whole number from 1. */
  readonly days: number
}

/** Options of `s3Archive`. */
export interface ArchiveOptions extends ArchivePlace {
  /** Names the exporter and the anchor; `s3` unless given. */
  readonly name?: string
  /** Locks all that is never changed: tiles, entries, contents, checkpoints. Keys of contents stay erasable. */
  readonly lock?: ObjectLock
  /** Puts a legal hold on all objects, the keys of contents included: what is erased then stays readable in old versions. */
  readonly legalHold?: boolean
}

const OPTIONS = [
  'bucket',
  'prefix',
  'region',
  'endpoint',
  'allowHttp',
  'tls',
  'client',
  'name',
  'lock',
  'legalHold'
]

const MOST_DAYS = 36_500

/**
 * Throws AuditError `bad_option` that names the field and what it takes. Called before anything is sent.
 *
 * @param where The function that was given the options.
 */
export function checkPlace(where: string, place: ArchivePlace): void {
  refuseUnknown(where, place, OPTIONS)
  const { bucket, prefix, region, endpoint, allowHttp } = place
  if (typeof bucket !== 'string' || bucket === '') {
    throw new AuditError('bad_option', 'bucket must be the name of a bucket')
  }
  for (const [name, value] of Object.entries({ prefix, region, endpoint })) {
    if (value === undefined || typeof value === 'string') continue
    throw new AuditError('bad_option', `${name} must be a string`)
  }
  if (prefix?.startsWith('/')) {
    throw new AuditError('bad_option', 'prefix must not begin with /; leave the first / out')
  }
  if (endpoint !== undefined) {
    refusePlain('endpoint', readWebAddress('endpoint', endpoint), allowHttp)
  }
  if (place.tls !== undefined) checkTls(place.tls)
}

/** Throws AuditError `bad_option` for a lock that no bucket takes. Called before anything is sent. */
export function checkLock({ lock, legalHold }: Pick<ArchiveOptions, 'lock' | 'legalHold'>): void {
  if (legalHold !== undefined && typeof legalHold !== 'boolean') {
    throw new AuditError('bad_option', 'legalHold must be true or false')
  }
  if (lock === undefined) return
  refuseUnknown('lock', lock, ['mode', 'days'])
  if (lock.mode !== 'GOVERNANCE' && lock.mode !== 'COMPLIANCE') {
    throw new AuditError('bad_option', 'lock.mode must be GOVERNANCE or COMPLIANCE')
  }
  if (Number.isSafeInteger(lock.days) && lock.days >= 1 && lock.days <= MOST_DAYS) return
  throw new AuditError('bad_option', `lock.days must be a whole number from 1 to ${MOST_DAYS}`)
}
