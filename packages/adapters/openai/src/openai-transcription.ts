import {
  type CallResponse,
  isObject,
  type Protocol,
  readError,
  readLogprobs,
  readUsage
} from '@slm-audit/core/adapter'
import { type Fields, joinLists, keepLast } from './choices-fold.ts'
import { readRequest } from './read-request.ts'
import { throwsAt } from './stream-faults.ts'
import { workerModuleOf } from './worker-module.ts'

/** Fields of the form that are heard or read by the model. */
const INPUTS = [
  'file',
  'prompt',
  'keywords[]',
  'known_speaker_names[]',
  'known_speaker_references[]'
]

/**
 * Transcription and translation of speech (`POST …/audio/transcriptions`, `…/audio/translations`): the
 * sound by digest, size and type, its bytes where the log keeps media; the other fields of the form,
 * texts as they were sent; the answer as JSON, as text or subtitles, or in events.
 *
 * Source: type definitions of the openai package, 7.59 (`resources/audio`).
 */
export const openaiTranscription: Protocol<Fields> = {
  name: 'openai.transcription',
  answersText: true,
  matches: ({ pathname }, method) =>
    method === 'POST' && /\/audio\/trans(criptions|lations)$/.test(pathname),
  readRequest: (body, url) =>
    readRequest(
      url.pathname.endsWith('translations') ? 'translation' : 'transcription',
      INPUTS,
      body,
      url
    ),
  readResponse: read,
  throwsAt,
  start: () => ({}),
  step: stepTranscript,
  isLast: (event) => isObject(event) && event.type === 'transcript.text.done',
  finish: read,
  workerModule: workerModuleOf(() => openaiTranscription)
}

function stepTranscript(body: Fields, event: unknown): Fields {
  if (!isObject(event)) return body
  const { type, delta, logprobs, segment_id: _segment, ...rest } = event
  if (type === 'transcript.text.segment') {
    body.segments = joinLists(body.segments, [rest])
    return body
  }
  keepLast(body, rest)
  if (typeof delta === 'string')
    body.text = typeof body.text === 'string' ? body.text + delta : delta
  if (type === 'transcript.text.done') keepLast(body, { logprobs: logprobs ?? null })
  else if (Array.isArray(logprobs)) body.logprobs = joinLists(body.logprobs, logprobs)
  return body
}

function read(value: unknown): CallResponse {
  if (!isObject(value)) return { output: value }
  const { logprobs: list, usage: counted, error: failed, ...output } = value
  const logprobs = readLogprobs(list)
  const usage = readUsage(counted)
  const error = readError(failed)
  return {
    ...(Object.keys(output).length > 0 && { output }),
    ...(logprobs.length > 0 && { logprobs }),
    ...(usage && { usage }),
    ...(error && { error })
  }
}
