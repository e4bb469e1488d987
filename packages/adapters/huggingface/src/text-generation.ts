import {
  type CallRequest,
  type CallResponse,
  isObject,
  type Protocol,
  pickDetails,
  providerOf,
  readError,
  readReasoning,
  readUsage,
  type TokenLogprob
} from '@slm-audit/core/adapter'
import { workerModuleOf } from './worker-module.ts'

type Fields = { readonly [name: string]: unknown }

/** The tokens of a stream so far, and its last event. */
interface Fold {
  readonly tokens: unknown[]
  readonly tops: unknown[]
  last: Fields
}

/**
 * Hugging Face text generation (`POST /generate`, `/generate_stream`): TGI and servers that speak its
 * format. Plain and streamed, with per-token probabilities.
 *
 * Source: text-generation-inference, OpenAPI document; @huggingface/tasks, "text-generation".
 */
export const textGeneration: Protocol<Fold> = {
  name: 'huggingface.text_generation',
  framing: 'sse',
  matches: ({ pathname }, method) => method === 'POST' && /\/generate(_stream)?$/.test(pathname),
  readRequest(body, url): CallRequest {
    const known = { operation: 'text_completion', provider: providerOf(url, 'hugging_face') }
    if (!isObject(body)) return { ...known, input: body }
    const { inputs, parameters, stream, ...rest } = body
    return {
      ...known,
      ...(url.pathname.endsWith('_stream') && { stream: true }),
      ...(typeof stream === 'boolean' && { stream }),
      input: inputs,
      settings: { ...rest, ...(isObject(parameters) && parameters) }
    }
  },
  readResponse(body) {
    const value = Array.isArray(body) ? body[0] : body
    const { tokens, top_tokens } = isObject(value) && isObject(value.details) ? value.details : {}
    return isObject(value) ? read(value, tokens, top_tokens) : { output: value }
  },
  start: () => ({ tokens: [], tops: [], last: {} }),
  step(fold, event) {
    if (!isObject(event)) return fold
    if (event.token !== undefined) {
      fold.tokens.push(event.token)
      fold.tops.push(event.top_tokens)
    }
    fold.last = event
    return fold
  },
  isLast: (event) => isObject(event) && (isObject(event.details) || 'error' in event),
  structure: ['token', 'top_tokens', 'details/tokens', 'details/top_tokens', 'details/prefill'].map(
    (place) => `/${place}/special`
  ),
  finish: ({ tokens, tops, last }) => read(last, tokens, tops),
  workerModule: workerModuleOf(() => textGeneration)
}

function read(value: Fields, tokens: unknown, tops: unknown): CallResponse {
  const details = isObject(value.details) ? value.details : {}
  const { finish_reason: reason } = details
  const list = (Array.isArray(tokens) ? tokens : []).filter(isObject)
  const said = list.flatMap(({ special, text }) => (special === true ? [] : [text])).join('')
  const output = value.generated_text ?? (list.length > 0 ? said : undefined)
  const logprobs = list.flatMap((token, at) => {
    const top = Array.isArray(tops) && Array.isArray(tops[at]) ? tops[at].flatMap(toToken) : []
    return toToken(token).map((one) => (top.length > 0 ? { ...one, top } : one))
  })
  const usage = readUsage(pickDetails(details, ['generated_tokens', 'input_length']).details)
  const reasoning = readReasoning([output])
  const error = readError(value.error)
  return {
    ...(output !== undefined && { output }),
    ...(typeof reason === 'string' && { finishReasons: [reason] }),
    ...(usage && { usage }),
    ...(logprobs.length > 0 && { logprobs }),
    ...(reasoning && { reasoning }),
    ...pickDetails(details, ['seed']),
    ...(error && { error: { ...error, ...typeOf(value.error_type) } })
  }
}

function typeOf(type: unknown): { type?: string } {
  return typeof type === 'string' ? { type } : {}
}

function toToken(value: unknown): TokenLogprob[] {
  if (!isObject(value)) return []
  const { text, logprob, id } = value
  if (typeof text !== 'string' || typeof logprob !== 'number') return []
  return [{ token: text, logprob, ...(typeof id === 'number' && { id }) }]
}
