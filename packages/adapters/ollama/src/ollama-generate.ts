import {
  type CallRequest,
  type CallResponse,
  foldDelta,
  isObject,
  type Protocol,
  pickDetails,
  readError,
  readLogprobs,
  readReasoning,
  readToolCalls,
  readToolNames,
  textMember,
  workerModule
} from '@slm-audit/core/adapter'
import { readCounts } from './read-counts.ts'

type Fields = { [name: string]: unknown }

/** Times in nanoseconds, when the answer was made, and who made it where the server only passed it on. */
const DETAILS = [
  'remote_model',
  'remote_host',
  'total_duration',
  'load_duration',
  'prompt_eval_duration',
  'eval_duration',
  'created_at'
]

/** Members of a streamed line that are texts in pieces. */
const PIECES = new Set(['content', 'thinking', 'response'])

const module = () => import.meta.resolve('@slm-audit/ollama')

/** What chat and generate share: lines of JSON that end with `done`, where clients stop reading. */
const streamed: Omit<Protocol<Fields>, 'name' | 'matches' | 'readRequest'> = {
  framing: 'ndjson',
  readResponse: read,
  start: () => ({}),
  step(fold, event) {
    if (!isObject(event)) return fold
    foldDelta(fold, event, PIECES)
    // The client throws at the member, whatever it says.
    if ('error' in event) fold.error = event.error || JSON.stringify(event.error)
    return fold
  },
  isLast: (event) => isObject(event) && (event.done === true || 'error' in event),
  structure: ['/done'],
  // The client passes over lines that are not JSON.
  throwsAt: ['unended'],
  finish: read
}

/**
 * Chat (`POST /api/chat`): plain and streamed, thinking, tools, images, per-token probabilities.
 *
 * Source: Ollama API documentation, "Generate a chat completion".
 */
export const ollamaChat: Protocol<Fields> = {
  name: 'ollama.chat',
  matches: ({ pathname }, method) => method === 'POST' && pathname.endsWith('/api/chat'),
  readRequest(body): CallRequest {
    const known = { operation: 'chat', provider: 'ollama' }
    if (!isObject(body)) return { ...known, input: body }
    const { model, messages, stream, tools, ...settings } = body
    return {
      ...known,
      ...asked(model, stream),
      input: messages,
      settings,
      ...(tools !== undefined && { tools, toolNames: readToolNames(tools) })
    }
  },
  ...streamed,
  workerModule: workerModule(() => ollamaChat, module)
}

/**
 * Generate (`POST /api/generate`): plain and streamed, thinking, tool calls, images, per-token
 * probabilities.
 *
 * Source: Ollama API documentation, "Generate a completion".
 */
export const ollamaGenerate: Protocol<Fields> = {
  name: 'ollama.generate',
  matches: ({ pathname }, method) => method === 'POST' && pathname.endsWith('/api/generate'),
  readRequest(body): CallRequest {
    const known = { operation: 'text_completion', provider: 'ollama' }
    if (!isObject(body)) return { ...known, input: body }
    const { model, stream, system, template, prompt, suffix, images, context, ...settings } = body
    const more = present({ system, template, prompt, suffix, images, context })
    const input = Object.keys(more).length === 1 && prompt !== undefined ? prompt : more
    return { ...known, ...asked(model, stream), input, settings }
  },
  ...streamed,
  workerModule: workerModule(() => ollamaGenerate, module)
}

function asked(model: unknown, stream: unknown): Pick<CallRequest, 'model' | 'stream'> {
  return { ...textMember('model', model), ...(typeof stream === 'boolean' && { stream }) }
}

function read(value: unknown): CallResponse {
  if (!isObject(value)) return { output: value }
  const { message, response, thinking, tool_calls, image, done_reason: reason } = value
  const output = message ?? present({ response, thinking, tool_calls, image })
  const toolCalls = readToolCalls(isObject(message) ? message.tool_calls : tool_calls)
  const logprobs = readLogprobs(value.logprobs)
  const reasoning = readReasoning([message ?? { text: response, thinking }])
  const usage = readCounts(value)
  const error = readError(value.error)
  return {
    ...textMember('model', value.model),
    ...(isObject(output) && Object.keys(output).length > 0 && { output }),
    ...(typeof reason === 'string' && { finishReasons: [reason] }),
    ...(toolCalls.length > 0 && { toolCalls }),
    ...(usage && { usage }),
    ...(logprobs.length > 0 && { logprobs }),
    ...(reasoning && { reasoning }),
    ...pickDetails(value, DETAILS),
    ...(error && { error })
  }
}

function present(members: Fields): Fields {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined))
}
