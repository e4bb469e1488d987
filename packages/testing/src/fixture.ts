import { existsSync, readFileSync } from 'node:fs'
import { type Expected, readExpected } from './expect-record.ts'

/** A recorded call: see `testProtocol` for the files of its folder. */
export interface Fixture {
  readonly name: string
  readonly url: string
  readonly method: string
  readonly body: object
  /** Headers of the request that its protocol reads. */
  readonly headers: { readonly [name: string]: string }
  /** The same of the answer. */
  readonly answerHeaders: { readonly [name: string]: string }
  /** Whether the body goes as a form: see {@link sentBody}. */
  readonly isForm: boolean
  readonly contentType: string
  readonly isStream: boolean
  /** The answer's bytes. */
  readonly answer: Uint8Array
  /** What the record must hold; reads `expected.json`. */
  expected(): Expected
}

/** Files that hold an answer, and their content types. */
const ANSWERS = {
  'response.json': 'application/json',
  'response.txt': 'text/plain',
  'response.bin': 'application/octet-stream',
  'chunks.txt': 'text/event-stream',
  'chunks.ndjson': 'application/x-ndjson',
  'chunks.bin': 'application/vnd.amazon.eventstream'
} as const

/** Reads a folder with a recorded call. Throws when it lacks a file. */
export function readFixture(folder: URL): Fixture {
  const at = (name: string) => new URL(name, folder)
  const file = Object.keys(ANSWERS).find((name) => existsSync(at(name)))
  if (file === undefined) {
    throw new Error(`${folder.pathname} has none of ${Object.keys(ANSWERS).join(', ')}`)
  }
  const request = JSON.parse(readFileSync(at('request.json'), 'utf8')) as {
    readonly url: string
    readonly method?: string
    readonly body?: object
    readonly headers?: Fixture['headers']
    readonly answerHeaders?: Fixture['headers']
    readonly form?: boolean
    readonly contentType?: string
  }
  return {
    name: folder.pathname.split('/').at(-2) ?? '',
    url: request.url,
    method: request.method ?? 'POST',
    body: request.body ?? {},
    headers: request.headers ?? {},
    answerHeaders: request.answerHeaders ?? {},
    isForm: request.form === true,
    contentType: request.contentType ?? ANSWERS[file as keyof typeof ANSWERS],
    isStream: file.startsWith('chunks'),
    answer: new Uint8Array(readFileSync(at(file))),
    expected: () => readExpected(folder)
  }
}

/** The body as it is sent: JSON, or a form whose files are `{ filename, media_type, base64 }`. */
export function sentBody({ body, isForm, method }: Fixture): string | FormData | null {
  if (method === 'GET') return null
  if (!isForm) return JSON.stringify(body)
  const form = new FormData()
  for (const [name, value] of Object.entries(body)) {
    for (const one of Array.isArray(value) ? value : [value]) form.append(name, toField(one))
  }
  return form
}

/** A field of a form: text, or a file. */
export function toField(value: unknown): string | File {
  if (typeof value !== 'object' || value === null) return String(value)
  const { base64, filename, media_type: type } = value as { readonly [name: string]: string }
  return new File([Buffer.from(base64 ?? '', 'base64')], filename ?? '', { type: type ?? '' })
}

/** The frames of a streamed answer, each with its end: events, lines, or AWS messages. */
export function framesOf({ contentType, answer }: Fixture): Uint8Array[] {
  if (contentType.includes('amazon.eventstream')) return messagesOf(answer)
  const text = new TextDecoder().decode(answer)
  const ends = contentType.includes('event-stream') ? /(?<=\r\n\r\n|\n\n)/ : /(?<=\n)/
  return text.split(ends).map((frame) => new TextEncoder().encode(frame))
}

/** AWS event stream: each message begins with its length, 32 bits, big-endian. */
function messagesOf(bytes: Uint8Array): Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const messages: Uint8Array[] = []
  for (let at = 0; at + 4 <= bytes.length; ) {
    const length = Math.max(4, view.getUint32(at))
    messages.push(bytes.subarray(at, at + length))
    at += length
  }
  return messages
}

/** Freezes a value and all that it holds. */
export function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    for (const member of Object.values(value)) deepFreeze(member)
    Object.freeze(value)
  }
  return value
}
