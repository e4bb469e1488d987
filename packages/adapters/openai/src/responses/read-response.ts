import {
  type CallResponse,
  isObject,
  pickDetails,
  readError,
  readLogprobs,
  readReasoning,
  readToolCalls,
  readUsage,
  type TokenLogprob,
  textMember
} from '@slm-audit/core/adapter'

type Fields = { readonly [name: string]: unknown }

/** Members of a response that go to `details`, as answered; what else it repeats was sent. */
const DETAILS = [
  'status',
  'incomplete_details',
  'conversation_id',
  'output_modalities',
  'background',
  'service_tier',
  'created_at',
  'completed_at',
  'previous_response_id',
  'conversation',
  'reasoning',
  'temperature',
  'top_p',
  'truncation',
  'moderation',
  'input_transformations',
  'prompt_cache_diagnostics'
]

/** How far a response that is not over yet has come. */
const UNFINISHED: readonly unknown[] = ['queued', 'in_progress']

/** Reads a response, whole or folded from its events, or the error in its place. */
export function readResponse(value: unknown): CallResponse {
  if (!isObject(value)) return { output: value }
  const items = Array.isArray(value.output) ? value.output : undefined
  const logprobs = (items ?? []).flatMap(partsOf).flatMap(logprobsOf)
  const reasoning = readReasoning(items ?? [])
  // The counting of tokens answers with the count alone.
  const usage = readUsage('input_tokens' in value ? value : value.usage)
  const error = readError(value.type === 'error' ? (value.error ?? value) : value.error)
  return {
    ...textMember('id', value.id),
    ...textMember('model', value.model),
    ...(items && { output: items.map(toOutput) }),
    ...finishOf(value),
    toolCalls: readToolCalls(items),
    ...(usage && { usage }),
    ...(logprobs.length > 0 && { logprobs }),
    ...(reasoning && { reasoning }),
    ...pickDetails(value, DETAILS),
    ...(error && { error })
  }
}

/** Why an incomplete response stopped says more than that it is incomplete. */
function finishOf({ status, incomplete_details: details }: Fields): { finishReasons?: string[] } {
  const reason = isObject(details) ? details.reason : undefined
  if (typeof reason === 'string') return { finishReasons: [reason] }
  return typeof status === 'string' && !UNFINISHED.includes(status)
    ? { finishReasons: [status] }
    : {}
}

/** An item as answered, without the probabilities, which are a content of their own. */
function toOutput(item: unknown): unknown {
  if (!isObject(item) || !partsOf(item).some((part) => 'logprobs' in part)) return item
  const content = (item.content as readonly unknown[]).map((part) => {
    if (!isObject(part)) return part
    const { logprobs: _logprobs, ...rest } = part
    return rest
  })
  return { ...item, content }
}

function partsOf(item: unknown): Fields[] {
  return isObject(item) && Array.isArray(item.content) ? item.content.filter(isObject) : []
}

function logprobsOf({ logprobs }: Fields): TokenLogprob[] {
  return readLogprobs(logprobs)
}
