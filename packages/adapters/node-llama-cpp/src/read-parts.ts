import { type CallResponse, isObject } from '@slm-audit/core'

/** The parts of a chat's answer: texts, function calls with their results, segments such as thoughts. */
export function readParts(value: unknown): CallResponse {
  const parts = Array.isArray(value) ? (value as readonly unknown[]) : []
  const objects = parts.filter(isObject)
  const toolCalls = objects.flatMap(({ type, name }) =>
    type === 'functionCall' && typeof name === 'string' ? [{ name }] : []
  )
  const thoughts = objects.filter((part) => part.segmentType === 'thought')
  const text = thoughts.map((part) => String(part.text)).join('\n')
  return {
    output: objects.length === 0 ? parts.join('') : parts,
    ...(toolCalls.length > 0 && { toolCalls }),
    ...(thoughts.length > 0 && { reasoning: { source: 'segment', blocks: thoughts.length, text } })
  }
}
