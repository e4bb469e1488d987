import {
  type CallResponse,
  foldDelta,
  isObject,
  type Protocol,
  pickDetails,
  readError,
  readFlatRequest,
  readLogprobs,
  readReasoning,
  readUsage,
  textMember,
  workerModule
} from '@slm-audit/core/adapter'

type Fields = { [name: string]: unknown }

const DETAILS = ['timings', 'generation_settings', 'truncated', 'stopping_word']
const COUNTS = ['tokens_evaluated', 'tokens_predicted', 'tokens_cached']
const PIECES = new Set(['content'])

/** Servers before multimodal prompts took images and a system prompt. */
const INPUTS = [
  'prompt',
  'input_prefix',
  'input_suffix',
  'input_extra',
  'system_prompt',
  'image_data'
]

/**
 * llama.cpp's own completions (`POST /completion`, `/infill`): plain and streamed, several prompts or
 * completions at once, per-token probabilities, timings, the settings that were in force.
 *
 * Source: llama.cpp, tools/server/README.md, "POST /completion".
 */
export const llamaCppCompletion: Protocol<Map<number, Fields>> = {
  name: 'llama_cpp.completion',
  framing: 'sse',
  matches: ({ pathname }, method) => method === 'POST' && /\/(completion|infill)$/.test(pathname),
  readRequest: (body) =>
    readFlatRequest(body, { operation: 'text_completion', provider: 'llama.cpp', inputs: INPUTS }),
  readResponse: (body) => readAll(Array.isArray(body) ? body : [body]),
  start: () => new Map(),
  step(completions, event) {
    if (!isObject(event)) return completions
    const index = typeof event.index === 'number' ? event.index : 0
    const fields = completions.get(index) ?? {}
    foldDelta(fields, event, PIECES)
    return completions.set(index, fields)
  },
  isLast: (event, _name, asked) =>
    isObject(event) && ('error' in event || (event.stop === true && !asksSeveral(asked?.()))),
  structure: ['/stop'],
  finish: (completions) =>
    readAll([...completions].sort(([left], [right]) => left - right).map(([, fields]) => fields)),
  workerModule: workerModule(
    () => llamaCppCompletion,
    () => import.meta.resolve('@slm-audit/fetch')
  )
}

/** Several completions, each of which stops: of one prompt, or of several texts or lists of tokens. */
function asksSeveral(body: unknown): boolean {
  if (!isObject(body)) return false
  const { prompt, n_cmpl: count, n = count } = body
  if (typeof n === 'number' && n > 1) return true
  // One prompt may itself be a list, of tokens among texts.
  return (
    Array.isArray(prompt) && prompt.length > 1 && !prompt.some((item) => typeof item === 'number')
  )
}

function readAll(values: readonly unknown[]): CallResponse {
  const completions = values.filter(isObject)
  const [first] = completions
  if (first === undefined) return { output: values[0] }
  const contents = completions.flatMap(({ content }) => (content === undefined ? [] : [content]))
  const logprobs = completions.flatMap((one) =>
    readLogprobs(one.completion_probabilities ?? one.probs)
  )
  const reasoning = readReasoning(contents)
  const error = readError(first.error)
  return {
    ...textMember('model', first.model),
    ...(contents.length > 0 && { output: contents.length > 1 ? contents : contents[0] }),
    finishReasons: completions.flatMap(({ stop_type: reason }) =>
      typeof reason === 'string' && reason !== 'none' ? [reason] : []
    ),
    ...(logprobs.length > 0 && { logprobs }),
    ...(reasoning && { reasoning }),
    ...(completions.length > 1 ? severalOf(completions) : singleOf(first)),
    ...(error && { error })
  }
}

function singleOf(completion: Fields): CallResponse {
  const usage = readUsage(pickDetails(completion, COUNTS).details)
  return { ...(usage && { usage }), ...pickDetails(completion, DETAILS) }
}

/** Counts and times of several completions are told one by one: a sum would be nobody's. */
function severalOf(completions: readonly Fields[]): CallResponse {
  const told = completions.map((one) => pickDetails(one, [...COUNTS, ...DETAILS]).details ?? {})
  return { details: { completions: told } }
}
