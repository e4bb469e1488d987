import {
  type CallResponse,
  decodeBase64,
  isObject,
  joinBytes,
  type Protocol,
  readError,
  readUsage,
  textMember
} from '@slm-audit/core/adapter'
import { readRequest } from './read-request.ts'
import { throwsAt } from './stream-faults.ts'
import { workerModuleOf } from './worker-module.ts'

/** A spoken answer in pieces. */
interface SpeechFold {
  readonly pieces: Uint8Array[]
  usage?: unknown
  error?: unknown
}

/**
 * Speech (`POST …/audio/speech`): the sound is recorded by its digest, size and type, the bytes
 * themselves where the log keeps media; whether it comes as bytes or as events.
 *
 * Source: type definitions of the openai package, 7.59 (`resources/audio`); it lacks the events.
 */
export const openaiSpeech: Protocol<SpeechFold> = {
  name: 'openai.speech',
  matches: (url, method) => method === 'POST' && url.pathname.endsWith('/audio/speech'),
  readRequest: (body, url) => readRequest('speech', ['input', 'instructions'], body, url),
  readResponse: read,
  throwsAt,
  start: () => ({ pieces: [] }),
  step(fold, event) {
    if (!isObject(event)) return fold
    const piece = typeof event.audio === 'string' ? decodeBase64(event.audio) : undefined
    if (piece) fold.pieces.push(piece)
    fold.usage = event.usage ?? fold.usage
    fold.error = event.error ?? fold.error
    return fold
  },
  isLast: (event) => isObject(event) && event.type === 'speech.audio.done',
  finish({ pieces, usage: counted, error: failed }) {
    const usage = readUsage(counted)
    const error = readError(failed)
    return {
      ...(pieces.length > 0 && { output: { audio: joinBytes(pieces) } }),
      ...(usage && { usage }),
      ...(error && { error })
    }
  },
  workerModule: workerModuleOf(() => openaiSpeech)
}

function read(value: unknown, contentType?: string): CallResponse {
  if (!(value instanceof Uint8Array)) {
    const error = isObject(value) ? readError(value.error) : undefined
    return { output: value, ...(error && { error }) }
  }
  if (value.length === 0) return {}
  return { output: { ...textMember('media_type', contentType), audio: value } }
}
