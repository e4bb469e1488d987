import { type CallResponse, isObject } from '@slm-audit/core/adapter'
import { LlamaJsonSchemaGrammar } from 'node-llama-cpp'

/**
 * An answer that was held to a JSON schema. Where it came whole, the output is its text and the value
 * that the text spells, with segments such as thoughts beside them. One that was cut off is not JSON
 * yet and stays as it is. Without a schema, too.
 */
export function readStructured(grammar: unknown, answer: CallResponse): CallResponse {
  const { output, details } = answer
  if (!(grammar instanceof LlamaJsonSchemaGrammar) || output === undefined) return answer
  const parts: readonly unknown[] = Array.isArray(output) ? output : [output]
  const text = parts.filter((part) => typeof part === 'string').join('')
  const segments = parts.filter(isObject)
  try {
    const parsed: unknown = grammar.parse(text)
    return {
      ...answer,
      output: { text, parsed, ...(segments.length > 0 && { segments }) },
      details: { ...details, matchesSchema: true }
    }
  } catch {
    // The runtime says by throwing that the text is not what the schema asks for.
    return { ...answer, details: { ...details, matchesSchema: false } }
  }
}
