import {
  type CallResponse,
  isObject,
  pickDetails,
  readError,
  readReasoning,
  readToolCalls,
  readUsage,
  textMember
} from '@slm-audit/core/adapter'

type Fields = { readonly [name: string]: unknown }

/** Member that Bedrock adds to the last event of a stream, whoever's model it is. */
export const METRICS = 'amazon-bedrock-invocationMetrics'

/** Members that hold what came of a request: texts, vectors, images. */
const OUTPUTS = ['generation', 'outputText', 'text', 'embedding', 'embeddings', 'images']

/** Members that count tokens. */
const COUNTS = [
  'prompt_token_count',
  'generation_token_count',
  'inputTextTokenCount',
  'totalOutputTextTokenCount'
]

/**
 * Reads a completion, an embedding or an image of Titan, Llama, Mistral, Cohere and Nova Canvas, whole or
 * folded; an answer in another shape is the output as it is.
 */
export function readCompletion(value: unknown): CallResponse {
  if (!isObject(value)) return { output: value }
  const items = [value.results, value.outputs, value.generations].find(Array.isArray)
  const several = items?.filter(isObject) ?? [value]
  const outputs = several.flatMap(outputOf)
  const [output] = outputs
  const error = readError(value.error)
  const usage = readUsage(countsOf(value, several))
  const reasoning = readReasoning(outputs)
  return {
    ...textMember('id', value.generation_id ?? value.id),
    ...(error === undefined || outputs.length > 0
      ? { output: outputs.length > 1 ? outputs : (output ?? value) }
      : {}),
    finishReasons: several.flatMap(({ stop_reason, completionReason, finish_reason }) =>
      [stop_reason, completionReason, finish_reason].filter((each) => typeof each === 'string')
    ),
    toolCalls: readToolCalls(value.tool_calls),
    ...(usage && { usage }),
    ...(reasoning && { reasoning }),
    ...(error && { error })
  }
}

/** Puts what Bedrock measured beside a model's own answer. */
export function withMetrics(answer: CallResponse, last: unknown): CallResponse {
  const metrics = isObject(last) ? last[METRICS] : undefined
  if (!isObject(metrics)) return answer
  const usage = answer.usage ?? readUsage(metrics)
  return { ...answer, ...(usage && { usage }), details: { ...answer.details, [METRICS]: metrics } }
}

function outputOf(value: Fields): unknown[] {
  const found = OUTPUTS.filter((name) => value[name] !== undefined && value[name] !== null)
  const [name] = found
  return name === undefined ? [] : [value[name]]
}

/** Counts as answered. Titan's of a text stands with it; those of several texts are not added up. */
function countsOf(value: Fields, several: readonly Fields[]): Fields | undefined {
  const { details } = pickDetails(value, COUNTS)
  const [only] = several
  if (several.length !== 1 || only?.tokenCount === undefined) return details
  return { ...details, tokenCount: only.tokenCount }
}
