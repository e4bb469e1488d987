import { fromBase64 } from '../base/base64.ts'
import { AuditError } from '../base/error.ts'
import { toHex } from '../base/hex.ts'
import { type Hash, sha256 } from '../base/sha256.ts'
import { parseCheckpoint } from './checkpoint.ts'
import type { VerifierKey } from './key.ts'
import { formatNote, formatSignature } from './note.ts'
import { checkConsistency, type TreeHead } from './proof.ts'
import { checkSignature, cosign, type Signer } from './signer.ts'

/** Where a witness remembers the newest checkpoint of each log. */
export interface WitnessStore {
  /** The newest head that was signed for a log; `undefined` for a log that is new here. */
  read(origin: string): Promise<(TreeHead & { readonly note: string }) | undefined>
  /**
   * Replaces what is known of a log, durably before it resolves, if its size is still `oldSize`
   * (0 for a log that is not known); resolves with whether it was.
   */
  replace(
    origin: string,
    oldSize: number,
    next: TreeHead & { readonly note: string }
  ): Promise<boolean>
}

/** What `createWitness` needs. */
export interface WitnessOptions {
  /** Signs cosignatures: its key has type 0x04. */
  readonly signer: Signer
  /** The logs that it vouches for, by the keys that sign them; the key's name is the origin. */
  readonly logs: readonly VerifierKey[]
  /** Where the witness remembers what it signed. */
  readonly store: WitnessStore
  /** The time of cosignatures in POSIX seconds; the clock unless given. */
  readonly now?: () => number
  /** SHA-256; the package's own unless given. */
  readonly hash?: Hash
}

const MAX_BODY = 64 * 1024
const MAX_PROOF = 63
const encoder = new TextEncoder()

/**
 * A witness, c2sp.org/tlog-witness, as a function from requests to responses: `POST add-checkpoint`
 * and, for monitors, `GET <hex SHA-256 of the origin>/checkpoint`. It cosigns a checkpoint only if
 * it continues the one it cosigned last, and remembers it before it answers.
 */
export function createWitness(options: WitnessOptions): (request: Request) => Promise<Response> {
  return async (request) => {
    const { pathname } = new URL(request.url)
    try {
      if (request.method === 'POST' && pathname.endsWith('/add-checkpoint')) {
        return await addCheckpoint(await readText(request), options)
      }
      const [, digest] = /\/([0-9a-f]{64})\/checkpoint$/.exec(pathname) ?? []
      if (request.method === 'GET' && digest) return await monitor(digest, options)
    } catch (error) {
      if (error instanceof Refusal) return refuse(error.status, error.message)
      throw error
    }
    return refuse(404, 'there are add-checkpoint and <origin digest>/checkpoint')
  }
}

class Refusal extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

async function addCheckpoint(body: string, options: WitnessOptions): Promise<Response> {
  const { signer, logs, store, hash } = options
  const { oldSize, proof, checkpoint } = readBody(body)
  const { origin, size, root, note } = checkpoint
  const keys = logs.filter(({ name }) => name === origin)
  if (keys.length === 0) throw new Refusal(404, 'this log is not known here')
  const states = await Promise.all(keys.map((key) => checkSignature(note, key)))
  if (states.includes('bad') || !states.includes('good')) {
    throw new Refusal(403, 'the checkpoint is not signed by a key of this log')
  }
  if (oldSize > size) throw new Refusal(400, 'the old size is larger than the checkpoint')
  const known = await store.read(origin)
  if ((known?.size ?? 0) !== oldSize) return conflict(known?.size ?? 0)
  if (known) {
    try {
      checkConsistency(known, { size, root }, proof, hash)
    } catch (cause) {
      if (!AuditError.is(cause)) throw cause
      throw new Refusal(422, cause.message)
    }
  } else if (proof.length > 0) throw new Refusal(422, 'a log that is new here needs no proof')
  const seconds = options.now?.() ?? Math.floor(Date.now() / 1000)
  const signature = await cosign(note.text, seconds, signer)
  const cosigned = formatNote({ ...note, signatures: [...note.signatures, signature] })
  if (!(await store.replace(origin, oldSize, { size, root, note: cosigned }))) {
    return conflict((await store.read(origin))?.size ?? 0)
  }
  return new Response(`${formatSignature(signature)}\n`, { headers: { 'content-type': TEXT } })
}

const TEXT = 'text/plain; charset=utf-8'

/** The body of a request, which may not be larger than any good one. */
async function readText(request: Request): Promise<string> {
  const reader = request.body?.getReader()
  const decoder = new TextDecoder()
  let text = ''
  let bytes = 0
  for (;;) {
    const chunk = await reader?.read()
    if (!chunk || chunk.done) return text + decoder.decode()
    bytes += chunk.value.length
    if (bytes > MAX_BODY) {
      await reader?.cancel()
      throw new Refusal(413, 'the request is too large')
    }
    text += decoder.decode(chunk.value, { stream: true })
  }
}

function readBody(body: string) {
  const split = body.indexOf('\n\n')
  const [first = '', ...lines] = body.slice(0, Math.max(0, split)).split('\n')
  const [, digits] = /^old (0|[1-9][0-9]{0,15})$/.exec(first) ?? []
  const proof = lines.map(fromBase64)
  if (
    digits === undefined ||
    proof.length > MAX_PROOF ||
    !proof.every((each) => each?.length === 32)
  ) {
    throw new Refusal(
      400,
      'expected "old <size>", at most 63 proof lines, an empty line, a checkpoint'
    )
  }
  try {
    const checkpoint = parseCheckpoint(body.slice(split + 2))
    return {
      oldSize: Number(digits),
      proof: proof.filter((each) => each !== undefined),
      checkpoint
    }
  } catch (cause) {
    if (!AuditError.is(cause)) throw cause
    throw new Refusal(400, cause.message)
  }
}

async function monitor(digest: string, { logs, store, hash = sha256 }: WitnessOptions) {
  const log = logs.find(({ name }) => toHex(hash(encoder.encode(name))) === digest)
  const known = log && (await store.read(log.name))
  if (!known) throw new Refusal(404, 'this log is not known here')
  return new Response(known.note, { headers: { 'content-type': TEXT } })
}

function conflict(size: number): Response {
  const headers = { 'content-type': 'text/x.tlog.size' }
  return new Response(`${size}\n`, { status: 409, headers })
}

function refuse(status: number, message: string): Response {
  return new Response(`${message}\n`, { status, headers: { 'content-type': TEXT } })
}
