import type {
  ListObjectVersionsCommandInput,
  ListObjectVersionsCommandOutput,
  PutObjectCommandInput,
  S3Client
} from '@aws-sdk/client-s3'
import { AuditError, messageOf } from '@slm-audit/core/journal'
import type { ArchiveOptions, ArchivePlace } from './archive-options.ts'
import { connect, loadSdk, type Sdk } from './connect.ts'

/** An object as it is stored. */
export interface StoredObject {
  readonly bytes: Uint8Array
  /** Names this version of it, for `replace`. */
  readonly etag: string
}

/** What Object Lock does with an object: `locked` ones are never changed, of the others only a legal hold is asked. */
export type Keeping = 'locked' | 'erasable'

const DAY_MS = 24 * 60 * 60 * 1000
/** Keys of one answer to a listing. */
const PAGE = 1_000

/**
 * The objects below a prefix of a bucket. Methods reject with AuditError `export_failed` that says what was refused or not
 * reached; the AWS SDK retries before that what may pass by itself.
 */
export class Bucket {
  readonly #place: ArchivePlace
  readonly #options: Pick<ArchiveOptions, 'lock' | 'legalHold'>
  readonly #prefix: string
  #client: Promise<S3Client> | undefined

  constructor(place: ArchivePlace, options: Pick<ArchiveOptions, 'lock' | 'legalHold'> = {}) {
    this.#place = place
    this.#options = options
    const { prefix = '' } = place
    this.#prefix = prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`
  }

  /** How people name it: `s3://bucket/prefix`. */
  get address(): string {
    return `s3://${this.#place.bucket}/${this.#prefix}`
  }

  /** An object, or so many bytes of it from a place on, fewer where it ends before; `undefined` where there is none. */
  async get(
    key: string,
    range?: { readonly at: number; readonly bytes: number },
    signal?: AbortSignal
  ): Promise<StoredObject | undefined> {
    const part = range && { Range: `bytes=${range.at}-${range.at + range.bytes - 1}` }
    try {
      return await this.#ask(async ({ GetObjectCommand }, client) => {
        const command = new GetObjectCommand({ ...this.#named(key), ...part })
        const { Body, ETag = '' } = await client.send(command, sendOptions(signal))
        return { bytes: (await Body?.transformToByteArray()) ?? new Uint8Array(), etag: ETag }
      })
    } catch (error) {
      if (statusOf(error) === 404 && nameOf(causeOf(error)) !== 'NoSuchBucket') return undefined
      // The object ends before the place.
      if (range && statusOf(error) === 416) return { bytes: new Uint8Array(), etag: '' }
      throw error
    }
  }

  /**
   * Makes an object that is not there. False where another one is there already, however near in time it was made; an
   * answer that was lost and asked for again is told from that by the bytes.
   */
  async create(
    key: string,
    bytes: Uint8Array,
    keeping: Keeping,
    signal?: AbortSignal
  ): Promise<boolean> {
    try {
      await this.#send(key, bytes, keeping, { IfNoneMatch: '*' }, signal)
      return true
    } catch (error) {
      if (statusOf(error) !== 412) throw error
      const there = await this.get(key, undefined, signal)
      return there !== undefined && Buffer.compare(there.bytes, bytes) === 0
    }
  }

  /** Puts an object in the place of the version that is named. False where that has been replaced meanwhile. */
  async replace(
    key: string,
    bytes: Uint8Array,
    etag: string,
    keeping: Keeping,
    signal?: AbortSignal
  ): Promise<boolean> {
    try {
      await this.#send(key, bytes, keeping, { IfMatch: etag }, signal)
      return true
    } catch (error) {
      if (statusOf(error) === 412) return false
      throw error
    }
  }

  /** Writes an object whose bytes follow from others, whether it is there or not. */
  async put(key: string, bytes: Uint8Array, signal?: AbortSignal): Promise<void> {
    await this.#send(key, bytes, 'locked', {}, signal)
  }

  /** The keys that begin with something, ascending, behind one of them where it is given. */
  async *list(beginning: string, after?: string, signal?: AbortSignal): AsyncGenerator<string> {
    let token: string | undefined
    do {
      const input = {
        Bucket: this.#place.bucket,
        Prefix: `${this.#prefix}${beginning}`,
        MaxKeys: PAGE,
        ...(after !== undefined && { StartAfter: `${this.#prefix}${after}` }),
        ...(token !== undefined && { ContinuationToken: token })
      }
      const page = await this.#ask(({ ListObjectsV2Command }, client) =>
        client.send(new ListObjectsV2Command(input), sendOptions(signal))
      )
      for (const { Key = '' } of page.Contents ?? []) yield Key.slice(this.#prefix.length)
      token = page.IsTruncated ? page.NextContinuationToken : undefined
    } while (token !== undefined)
  }

  /** Deletes an object that nothing refers to, or one version of one. */
  async remove(key: string, version?: string, signal?: AbortSignal): Promise<void> {
    const named = { ...this.#named(key), ...(version !== undefined && { VersionId: version }) }
    await this.#ask(({ DeleteObjectCommand }, client) =>
      client.send(new DeleteObjectCommand(named), sendOptions(signal))
    )
  }

  /**
   * Deletes the versions of an object before the newest, where the bucket keeps versions. Resolves to how many could not be
   * deleted: those that a lock or hold keeps.
   */
  async removeOlder(key: string, signal?: AbortSignal): Promise<number> {
    let kept = 0
    for (const version of await this.#olderVersions(key, signal)) {
      try {
        await this.remove(key, version, signal)
      } catch (error) {
        if (statusOf(error) !== 403) throw error
        kept++
      }
    }
    return kept
  }

  /** Lets go of the connections, unless the client is the application's. */
  async close(): Promise<void> {
    const client = this.#client
    this.#client = undefined
    if (this.#place.client !== undefined) return
    // Whoever asked for one that could not be made has been told.
    const made = await client?.catch(() => undefined)
    made?.destroy()
  }

  async #olderVersions(key: string, signal: AbortSignal | undefined): Promise<string[]> {
    const { Bucket, Key: name } = this.#named(key)
    const older: string[] = []
    let next: Pick<ListObjectVersionsCommandInput, 'KeyMarker' | 'VersionIdMarker'> | undefined = {}
    while (next) {
      const input: ListObjectVersionsCommandInput = { Bucket, Prefix: name, ...next }
      const page: ListObjectVersionsCommandOutput = await this.#ask(
        ({ ListObjectVersionsCommand }, client) =>
          client.send(new ListObjectVersionsCommand(input), sendOptions(signal))
      )
      for (const { Key, VersionId, IsLatest } of page.Versions ?? []) {
        if (Key === name && !IsLatest && VersionId !== undefined) older.push(VersionId)
      }
      const { IsTruncated, NextKeyMarker: KeyMarker, NextVersionIdMarker: VersionIdMarker } = page
      if (IsTruncated && KeyMarker === undefined) {
        const message = `${this.address} cuts its list of versions short, and does not say where it goes on`
        throw new AuditError('export_failed', message)
      }
      next = IsTruncated ? { KeyMarker, VersionIdMarker } : undefined
    }
    return older
  }

  /** Asks the store for something. Where that fails, people are told where, what, and what to look at. */
  async #ask<T>(run: (sdk: Sdk, client: S3Client) => Promise<T>): Promise<T> {
    try {
      return await run(await loadSdk(), await this.#connect())
    } catch (error) {
      throw this.#explained(error)
    }
  }

  #explained(error: unknown): AuditError {
    const message = `${this.address} was not reached or refused: ${nameOf(error)}: ${messageOf(error)}`
    return new AuditError('export_failed', `${message}${hintFor(error)}`, { cause: error })
  }

  async #send(
    key: string,
    body: Uint8Array,
    keeping: Keeping,
    condition: Pick<PutObjectCommandInput, 'IfMatch' | 'IfNoneMatch'>,
    signal: AbortSignal | undefined
  ): Promise<void> {
    const input = {
      ...this.#named(key),
      Body: body,
      ContentType: typeOf(key),
      ...condition,
      ...this.#lockOf(keeping)
    }
    await this.#ask(({ PutObjectCommand }, client) =>
      client.send(new PutObjectCommand(input), sendOptions(signal))
    )
  }

  #lockOf(keeping: Keeping): Partial<PutObjectCommandInput> {
    const { lock, legalHold } = this.#options
    return {
      ...(legalHold && { ObjectLockLegalHoldStatus: 'ON' as const }),
      ...(lock &&
        keeping === 'locked' && {
          ObjectLockMode: lock.mode,
          ObjectLockRetainUntilDate: new Date(Date.now() + lock.days * DAY_MS)
        })
    }
  }

  #named(key: string): { readonly Bucket: string; readonly Key: string } {
    return { Bucket: this.#place.bucket, Key: `${this.#prefix}${key}` }
  }

  #connect(): Promise<S3Client> {
    this.#client ??= connect(this.#place)
    return this.#client
  }
}

function sendOptions(signal: AbortSignal | undefined): { readonly abortSignal?: AbortSignal } {
  return signal ? { abortSignal: signal } : {}
}

function typeOf(key: string): string {
  if (key.endsWith('.json')) return 'application/json'
  if (key.endsWith('.zst')) return 'application/zstd'
  return key.startsWith('checkpoint') ? 'text/plain; charset=utf-8' : 'application/octet-stream'
}

/** What the SDK threw. */
function causeOf(error: unknown): unknown {
  return AuditError.is(error) ? error.cause : error
}

function statusOf(error: unknown): number | undefined {
  const { $metadata: metadata } = causeOf(error) as { $metadata?: { httpStatusCode?: number } }
  return metadata?.httpStatusCode
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : 'Error'
}

function hintFor(error: unknown): string {
  const status = statusOf(error)
  if (nameOf(error) === 'NoSuchBucket') return '; make the bucket first'
  if (status === 403) return '; check the credentials and what they may do'
  if (status === 400 || status === 501)
    return '; look whether the store takes conditional writes and the lock'
  return ''
}
