import { type CallResponse, isObject, readReasoning } from '@slm-audit/core/adapter'

type Fields = { readonly [name: string]: unknown }

/** More places would not fit a header; `blocks` still counts them all. */
const MAX_SPANS = 32

/** The parts of a chat's answer: texts, function calls with their results, segments such as thoughts. */
export function readParts(value: unknown): CallResponse {
  const parts = Array.isArray(value) ? (value as readonly unknown[]) : []
  const objects = parts.filter(isObject)
  const toolCalls = objects.flatMap(({ type, name }) =>
    type === 'functionCall' && typeof name === 'string' ? [{ name }] : []
  )
  const output = objects.length === 0 ? parts.join('') : parts
  const reasoning = readThoughts(typeof output === 'string' ? [output] : output)
  return {
    output,
    ...(toolCalls.length > 0 && { toolCalls }),
    ...(reasoning && { reasoning })
  }
}

/** Thoughts that the runtime told apart from the answer, or else those between tags in its texts. */
function readThoughts(parts: readonly unknown[]): CallResponse['reasoning'] {
  const thoughts = parts.flatMap((part, at) => (isThought(part) ? [{ at, text: part.text }] : []))
  if (thoughts.length === 0) {
    return readReasoning(parts.map((part) => (typeof part === 'string' ? part : '')))
  }
  return {
    source: 'segment',
    blocks: thoughts.length,
    spans: thoughts.slice(0, MAX_SPANS).map(({ at }) => ({ message: at })),
    text: thoughts.map(({ text }) => String(text)).join('\n')
  }
}

/** Whether a part of an answer, or a chunk of it, is of a thought. */
export function isThought(part: unknown): part is Fields {
  return isObject(part) && part.type === 'segment' && part.segmentType === 'thought'
}
