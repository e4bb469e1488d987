import { isObject, textMember } from '../../base/json.ts'
import type { CallRequest } from '../../record/call-facts.ts'
import { readToolNames } from './read-tool-names.ts'

type Fields = { readonly [name: string]: unknown }

/** What a request's address says, and which members of its body are the input. */
export interface FlatRequest {
  /** The header's operation: `chat`, `embeddings`, …. */
  readonly operation: string
  /** The provider where the address does not tell it. */
  readonly provider: string
  /** The first alone is the input as it is; several, or another one alone, by their names. */
  readonly inputs: readonly string[]
}

/**
 * Reads a request whose body has everything at its top, as OpenAI's and those of its kind: `model`,
 * `stream`, `tools` or their older form `functions`, the input, and settings, which are the rest. Keys
 * that data sources hold for other people's doors are left out; those of tools and settings never get into a record.
 */
export function readFlatRequest(
  body: unknown,
  { operation, provider, inputs }: FlatRequest
): CallRequest {
  if (!isObject(body)) return { operation, provider, input: body }
  const { model, stream, tools, functions, ...rest } = body
  const members = Object.entries(rest)
  const input = members.filter(([name]) => inputs.includes(name))
  const settings = members.filter(([name]) => !inputs.includes(name))
  const offered = tools ?? functions
  return {
    operation,
    provider,
    input: inputOf(Object.fromEntries(input), inputs[0]),
    settings: Object.fromEntries(settings),
    ...textMember('model', model),
    ...(typeof stream === 'boolean' && { stream }),
    ...(offered !== undefined && {
      tools: offered,
      toolNames: readToolNames(offered)
    })
  }
}

function inputOf(input: Fields, first: string | undefined): unknown {
  const names = Object.keys(input)
  if (names.length === 0) return undefined
  if (names.length === 1 && names[0] === first) return input[first ?? '']
  return 'data_sources' in input
    ? { ...input, data_sources: withoutKeysBelow(input.data_sources) }
    : input
}

/** Azure's "On Your Data": searches and databases, with what opens them. */
const KEYS = /^(authentication|key|api_?key|encoded_api_key|access_token|connection_string)$/

function withoutKeysBelow(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutKeysBelow)
  if (!isObject(value)) return value
  const kept = Object.entries(value).filter(([name]) => !KEYS.test(name))
  return Object.fromEntries(kept.map(([name, member]) => [name, withoutKeysBelow(member)]))
}
