import { chmodSync, existsSync, lstatSync, readFileSync, rmSync } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { dirname } from 'node:path'
import { fromBase64, toBase64 } from '../base/base64.ts'
import { AuditError, messageOf } from '../base/error.ts'
import { parseCheckpoint } from '../tlog/checkpoint.ts'
import { formatVerifierKey } from '../tlog/key.ts'
import { formatNote } from '../tlog/note.ts'
import type { Signer } from '../tlog/signer.ts'
import { makeFolder, writeWholeFile } from './draft-file.ts'

/** Options of `serveSigner`. */
export interface SignerServerOptions {
  /** The path of the socket, made with its folder, which lets through who may connect. */
  readonly socket: string
  /** Who may connect, as the permissions of the socket; 0600 unless given. */
  readonly mode?: number
  /** The one key, whose name is the log's. */
  readonly signer: Omit<Signer, 'sign'> & { sign(message: Uint8Array): Uint8Array }
  /** The file of the counter: the newest checkpoint that was signed. */
  readonly counter: string
}

/** No request is longer, in bytes: a checkpoint is three lines. */
const LONGEST = 8_192
/** Nobody holds a connection open for longer without a request, in milliseconds. */
const IDLE_MS = 10_000

/**
 * Signs a log's checkpoints for whoever may connect to a socket, so that the application that writes the log
 * never has its key. It signs nothing but checkpoints of its own log, each larger than the one before: an
 * older size, or the same size with another root, is refused. The counter is on the disk before an answer.
 *
 * A request is a line of JSON, `{"key":true}` or `{"sign":"<base64>"}`; the answer is a line with `key`, `signature`
 * or `error`. Resolves once it listens. Rejects with AuditError `bad_key` for a counter of another log, and
 * `bad_option` where the socket cannot be made.
 */
export async function serveSigner(options: SignerServerOptions): Promise<Server> {
  const { socket: path, mode = 0o600 } = options
  const counter = new Counter(options.counter, options.signer.key.name)
  const server = createServer((socket) => answer(socket, options.signer, counter))
  makeSocketFolder(dirname(path), mode)
  await removeLeftSocket(path)
  // Until its permissions are set nobody else may connect.
  const mask = process.umask(0o177)
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(path, resolve)
    })
  } catch (cause) {
    const message = `the socket ${path} cannot be made: ${messageOf(cause)}; name another --socket`
    throw new AuditError('bad_option', message, { cause })
  } finally {
    process.umask(mask)
  }
  chmodSync(path, mode)
  return server
}

/** Makes the folder of a socket where it is missing: 0700, and whoever may connect may pass. */
function makeSocketFolder(path: string, mode: number): void {
  if (existsSync(path)) return
  makeFolder(path)
  chmodSync(path, 0o700 | passing(mode))
}

/** The permission to pass a folder, for the group and the others who may write to a socket of this mode. */
function passing(mode: number): number {
  return (mode & 0o022) >> 1
}

/** A signer that was killed leaves its socket. Rejects with AuditError `bad_option` where one runs. */
async function removeLeftSocket(path: string): Promise<void> {
  if (!lstatSync(path, { throwIfNoEntry: false })?.isSocket()) return
  const isAlive = await new Promise<boolean>((resolve) => {
    const socket = connect(path, () => resolve(true))
    socket.on('error', () => resolve(false)).on('connect', () => socket.destroy())
  })
  if (isAlive) throw new AuditError('bad_option', `a signer runs at ${path}; name another --socket`)
  rmSync(path, { force: true })
}

function answer(socket: Socket, signer: SignerServerOptions['signer'], counter: Counter): void {
  let line = ''
  const end = (reply: object) => socket.end(`${JSON.stringify(reply)}\n`)
  socket.setEncoding('utf8')
  socket.setTimeout(IDLE_MS, () => socket.destroy())
  socket.on('error', () => socket.destroy())
  socket.on('data', (part: string) => {
    line += part
    if (line.length > LONGEST) return end({ error: 'the request is too long' })
    if (!line.includes('\n')) return
    try {
      end(reply(line, signer, counter))
    } catch (error) {
      end({ error: messageOf(error) })
    }
    line = ''
  })
}

function reply(line: string, signer: SignerServerOptions['signer'], counter: Counter): object {
  const { key, sign } = JSON.parse(line) as { readonly [name: string]: unknown }
  if (key === true) return { key: formatVerifierKey(signer.key) }
  const message = typeof sign === 'string' ? fromBase64(sign) : undefined
  if (!message) throw new AuditError('bad_key', 'a request is {"key":true} or {"sign":"<base64>"}')
  const text = new TextDecoder('utf-8', { fatal: true }).decode(message)
  const signature = signer.sign(message)
  const { name, keyId } = signer.key
  counter.advance(formatNote({ text, signatures: [{ name, keyId, bytes: signature }] }))
  return { signature: toBase64(signature) }
}

/** The newest checkpoint that was signed; it only grows. */
class Counter {
  readonly #path: string
  readonly #origin: string

  constructor(path: string, origin: string) {
    this.#path = path
    this.#origin = origin
    const { origin: known = origin } = this.#read() ?? {}
    if (known === origin) return
    throw new AuditError('bad_key', `${path} counts for the log ${known}, not ${origin}`)
  }

  /** Takes a checkpoint before its signature is given away. Throws AuditError `bad_key`. */
  advance(note: string): void {
    const next = parseCheckpoint(note)
    if (next.origin !== this.#origin || next.note.text.split('\n').length !== 4) {
      const message = `this signer signs checkpoints of ${this.#origin} alone`
      throw new AuditError('bad_key', message)
    }
    const known = this.#read()
    if (known && next.size <= known.size) {
      if (next.note.text === known.note.text) return
      const message = `a checkpoint of ${known.size} records is signed already, and this one says ${next.size}; the log was shortened or rewritten, or a backup put back: then remove ${this.#path} on purpose`
      throw new AuditError('history_rewritten', message)
    }
    writeWholeFile(this.#path, note)
  }

  #read(): ReturnType<typeof parseCheckpoint> | undefined {
    if (!existsSync(this.#path)) return undefined
    return parseCheckpoint(readFileSync(this.#path, 'utf8'))
  }
}
