import {
  type CallRequest,
  type CallResponse,
  isObject,
  type Protocol,
  readError,
  readUsage,
  textMember
} from '@slm-audit/core/adapter'
import { atMistral, workerModuleOf } from './at-mistral.ts'
import { readRequest } from './read-request.ts'
import { throwsAt } from './stream-faults.ts'

type Fields = { [name: string]: unknown }

const INPUTS = ['file', 'file_url', 'file_id', 'context_bias']

/**
 * Transcription of speech (`POST /v1/audio/transcriptions`), plain and streamed: the sound by its digest,
 * the other fields of the form as they were sent, the text with its segments.
 *
 * Source: Mistral API reference, "Audio transcriptions".
 */
export const mistralTranscription: Protocol<Fields> = {
  name: 'mistral.transcription',
  framing: 'sse',
  matches: atMistral(/\/v1\/audio\/transcriptions$/),
  readRequest(body, url): CallRequest {
    const { stream, ...fields } = isObject(body) ? body : {}
    const request = readRequest('transcription', INPUTS, isObject(body) ? fields : body, url)
    // Fields of a form are texts.
    return stream === undefined ? request : { ...request, stream: String(stream) === 'true' }
  },
  readResponse: read,
  throwsAt,
  start: () => ({}),
  step,
  isLast: (event) => isObject(event) && event.type === 'transcription.done',
  finish: read,
  workerModule: workerModuleOf(() => mistralTranscription)
}

function step(body: Fields, event: unknown): Fields {
  if (!isObject(event)) return body
  const { type, ...rest } = event
  if (type === 'transcription.text.delta') {
    if (typeof rest.text === 'string') body.text = `${body.text ?? ''}${rest.text}`
  } else if (type === 'transcription.segment') {
    body.segments = [...(Array.isArray(body.segments) ? body.segments : []), rest]
  } else if (type === 'transcription.language') body.language = rest.audio_language
  else if (type === 'transcription.done') Object.assign(body, withoutEmpty(body, rest))
  else if (rest.error !== undefined) body.error = rest.error
  return body
}

/** The last event repeats the text, but not always the segments and the language. */
function withoutEmpty(body: Fields, last: Fields): Fields {
  const kept = Object.entries(last).filter(
    ([name, value]) =>
      body[name] === undefined || (value !== null && !(Array.isArray(value) && value.length === 0))
  )
  return Object.fromEntries(kept)
}

function read(value: unknown): CallResponse {
  if (!isObject(value)) return { output: value }
  const { model, usage: counted, error: failed, ...output } = value
  const isError = value.object === 'error'
  const usage = readUsage(counted)
  const error = readError(isError ? value : failed)
  return {
    ...textMember('model', model),
    ...(!isError && Object.keys(output).length > 0 && { output }),
    ...(usage && { usage }),
    ...(error && { error })
  }
}
