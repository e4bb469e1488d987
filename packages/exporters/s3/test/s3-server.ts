import { createHash, randomUUID } from 'node:crypto'
import {
  createServer,
  type Server as HttpServer,
  type IncomingMessage,
  type ServerResponse
} from 'node:http'
import {
  createServer as createTlsServer,
  type ServerOptions,
  Server as TlsServer
} from 'node:https'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { S3Client } from '@aws-sdk/client-s3'

interface Version {
  readonly id: string
  readonly bytes: Buffer
  readonly etag: string
  readonly headers: { readonly [name: string]: string }
}

/** A request, as the store got it. */
export interface Request {
  readonly method: string
  readonly key: string
  readonly headers: { readonly [name: string]: string }
}

/** Versions of one answer to a listing. */
const VERSIONS = 1

type Fault = 'down' | 'hang' | 'busy'

/**
 * An object store in memory that speaks as much of S3 as an archive needs: conditional writes, ranges, listings in pages,
 * versions, Object Lock (whose times it does not wait for). Signatures are not checked.
 */
export class S3Server implements AsyncDisposable {
  readonly requests: Request[] = []
  readonly client: S3Client
  readonly url: string
  fault: Fault | undefined
  /** Whether it knows `If-None-Match` and `If-Match`; older stores take these headers and do not. */
  isConditional = true
  /** So many writes are answered from now on, and nothing more: the one that is then under way is done, and its answer lost. */
  left = Number.POSITIVE_INFINITY
  readonly #versions = new Map<string, Version[]>()
  readonly #server: HttpServer | TlsServer

  private constructor(server: HttpServer | TlsServer) {
    this.#server = server
    const scheme = server instanceof TlsServer ? 'https' : 'http'
    this.url = `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`
    this.client = new S3Client({
      endpoint: this.url,
      forcePathStyle: true,
      region: 'here',
      maxAttempts: 1,
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' }
    })
    server.on('request', (request, response) => void this.#take(request, response))
  }

  /** `tls` has the certificates of one that is reached by https. */
  static async open(tls?: ServerOptions): Promise<S3Server> {
    const server = tls ? createTlsServer(tls) : createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return new S3Server(server)
  }

  /** Keys of what is there, ascending. */
  get keys(): string[] {
    return [...this.#versions].flatMap(([key, [newest]]) => (newest ? key : [])).sort()
  }

  bytesOf(key: string): Buffer {
    return this.#versions.get(key)?.[0]?.bytes ?? Buffer.alloc(0)
  }

  versionsOf(key: string): readonly Version[] {
    return this.#versions.get(key) ?? []
  }

  /** Does what nobody should. */
  tamper(key: string, change: (bytes: Buffer) => Buffer | undefined): void {
    const changed = change(Buffer.from(this.bytesOf(key)))
    if (changed) this.#versions.set(key, [versionOf(changed, {})])
    else this.#versions.delete(key)
  }

  /** What is there goes into another store too. */
  copyInto(other: S3Server): void {
    for (const [key, versions] of this.#versions) other.#versions.set(key, versions)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client.destroy()
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '', this.url)
    const [, , ...rest] = decodeURIComponent(url.pathname).split('/')
    const key = rest.join('/')
    const { method = '' } = request
    const headers = request.headers as { readonly [name: string]: string }
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    this.requests.push({ method, key, headers })
    if (this.fault === 'hang') return
    if (this.fault === 'down' || this.left < 0) return void response.destroy()
    if (this.fault === 'busy') return void refuse(response, 503, 'SlowDown', { 'retry-after': '1' })
    if (method !== 'GET') this.left--
    // Some time passes in a store, in which others write.
    await sleep(0)
    const lost = this.left < 0
    this.#answer(
      method,
      key,
      url.searchParams,
      headers,
      Buffer.concat(parts),
      lost ? undefined : response
    )
    if (lost) response.destroy()
  }

  #answer(
    method: string,
    key: string,
    query: URLSearchParams,
    headers: Request['headers'],
    body: Buffer,
    response: ServerResponse | undefined
  ): void {
    if (method === 'PUT') this.#put(key, headers, body, response)
    else if (method === 'DELETE') this.#delete(key, query.get('versionId'), response)
    else if (query.has('versions')) this.#listVersions(query, response)
    else if (key === '') this.#list(query, response)
    else this.#get(key, headers.range, response)
  }

  #put(
    key: string,
    headers: Request['headers'],
    body: Buffer,
    response: ServerResponse | undefined
  ): void {
    const [newest] = this.versionsOf(key)
    const isWrong =
      (headers['if-none-match'] === '*' && newest !== undefined) ||
      (headers['if-match'] !== undefined && headers['if-match'] !== newest?.etag)
    if (isWrong && this.isConditional) return void refuse(response, 412, 'PreconditionFailed')
    const version = versionOf(body, headers)
    this.#versions.set(key, [version, ...this.versionsOf(key)])
    response?.writeHead(200, { etag: version.etag }).end()
  }

  #get(key: string, range: string | undefined, response: ServerResponse | undefined): void {
    const [newest] = this.versionsOf(key)
    if (!newest) return void refuse(response, 404, 'NoSuchKey')
    const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(range ?? '') ?? []
    const { bytes, etag } = newest
    if (from === undefined) return void response?.writeHead(200, { etag }).end(bytes)
    if (Number(from) >= bytes.length) return void refuse(response, 416, 'InvalidRange')
    response?.writeHead(206, { etag }).end(bytes.subarray(Number(from), Number(to) + 1))
  }

  #delete(key: string, id: string | null, response: ServerResponse | undefined): void {
    const versions = this.versionsOf(key)
    const going = versions.filter((version) => id === null || version.id === id)
    const isHeld = going.some(
      (version) =>
        version.headers['x-amz-object-lock-legal-hold'] === 'ON' ||
        version.headers['x-amz-object-lock-mode']
    )
    if (isHeld && id !== null) return void refuse(response, 403, 'AccessDenied')
    this.#versions.set(
      key,
      versions.filter((version) => !going.includes(version))
    )
    response?.writeHead(204).end()
  }

  #list(query: URLSearchParams, response: ServerResponse | undefined): void {
    const prefix = query.get('prefix') ?? ''
    const after = query.get('continuation-token') ?? query.get('start-after') ?? ''
    const most = Math.min(Number(query.get('max-keys') ?? 1000), 5)
    const all = this.keys.filter((key) => key.startsWith(prefix) && key > after)
    const page = all.slice(0, most)
    const isCut = page.length < all.length
    const items = page.map((key) => `<Contents><Key>${key}</Key></Contents>`).join('')
    const token = isCut ? `<NextContinuationToken>${page.at(-1)}</NextContinuationToken>` : ''
    const text = `<ListBucketResult><IsTruncated>${isCut}</IsTruncated>${items}${token}</ListBucketResult>`
    response?.writeHead(200, { 'content-type': 'application/xml' }).end(text)
  }

  #listVersions(query: URLSearchParams, response: ServerResponse | undefined): void {
    const prefix = query.get('prefix') ?? ''
    const all = [...this.#versions]
      .filter(([key]) => key.startsWith(prefix))
      .flatMap(([key, versions]) => versions.map(({ id }, at) => ({ key, id, isLatest: at === 0 })))
    const marker = query.get('version-id-marker')
    const page = all.slice(all.findIndex(({ id }) => id === marker) + 1).slice(0, VERSIONS)
    const last = page.at(-1)
    const isCut = last !== undefined && last !== all.at(-1)
    const items = page.map(
      ({ key, id, isLatest }) =>
        `<Version><Key>${key}</Key><VersionId>${id}</VersionId><IsLatest>${isLatest}</IsLatest></Version>`
    )
    const next = isCut
      ? `<NextKeyMarker>${last.key}</NextKeyMarker><NextVersionIdMarker>${last.id}</NextVersionIdMarker>`
      : ''
    const text = `<ListVersionsResult><IsTruncated>${isCut}</IsTruncated>${items.join('')}${next}</ListVersionsResult>`
    response?.writeHead(200, { 'content-type': 'application/xml' }).end(text)
  }
}

function versionOf(bytes: Buffer, headers: Version['headers']): Version {
  const etag = `"${createHash('md5').update(bytes).digest('hex')}"`
  return { id: randomUUID(), bytes, etag, headers }
}

function refuse(
  response: ServerResponse | undefined,
  status: number,
  code: string,
  headers: { readonly [name: string]: string } = {}
): void {
  const text = `<Error><Code>${code}</Code><Message>${code}</Message></Error>`
  response?.writeHead(status, { 'content-type': 'application/xml', ...headers }).end(text)
}
