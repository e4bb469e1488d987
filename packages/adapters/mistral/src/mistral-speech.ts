import {
  type CallResponse,
  decodeBase64,
  isObject,
  joinBytes,
  type Protocol,
  readError,
  readUsage
} from '@slm-audit/core/adapter'
import { atMistral, workerModuleOf } from './at-mistral.ts'
import { readRequest } from './read-request.ts'
import { throwsAt } from './stream-faults.ts'

const INPUTS = ['input', 'ref_audio']

/** Sounds that came, and what came with the last of them. */
interface Speech {
  readonly sounds: Uint8Array[]
  last: { readonly [name: string]: unknown }
}

/**
 * Speech from text (`POST /v1/audio/speech`), plain and streamed: sounds, the one of the voice to be imitated
 * too, by their digest.
 *
 * Source: type definitions of @mistralai/mistralai 2.7 (`audio.speech`).
 */
export const mistralSpeech: Protocol<Speech> = {
  name: 'mistral.speech',
  framing: 'sse',
  matches: atMistral(/\/v1\/audio\/speech$/),
  readRequest(body, url) {
    const sent = isObject(body) ? { ...body } : body
    if (isObject(sent) && 'ref_audio' in sent) {
      return readRequest('speech', INPUTS, { ...sent, ref_audio: bytesOf(sent.ref_audio) }, url)
    }
    return readRequest('speech', INPUTS, sent, url)
  },
  readResponse: (body) => read(isObject(body) ? body.audio_data : undefined, body),
  throwsAt,
  start: () => ({ sounds: [], last: {} }),
  step(speech, event) {
    if (!isObject(event)) return speech
    const sound = bytesOf(event.audio_data)
    if (sound instanceof Uint8Array) speech.sounds.push(sound)
    else if (event.usage !== undefined || event.error !== undefined) speech.last = event
    return speech
  },
  isLast: (event) => isObject(event) && event.type === 'speech.audio.done',
  finish: ({ sounds, last }) => read(sounds.length > 0 ? joinBytes(sounds) : undefined, last),
  workerModule: workerModuleOf(() => mistralSpeech)
}

function read(sound: unknown, value: unknown): CallResponse {
  const { usage: counted, object, error: failed } = isObject(value) ? value : {}
  const usage = readUsage(counted)
  const error = readError(object === 'error' ? value : failed)
  return {
    ...(sound !== undefined && { output: { audio_data: bytesOf(sound) } }),
    ...(usage && { usage }),
    ...(error && { error })
  }
}

/** The bytes that base64 stands for, so that a sound is recorded by its digest. */
function bytesOf(value: unknown): unknown {
  return typeof value === 'string' ? (decodeBase64(value) ?? value) : value
}
