import { isObject } from '@slm-audit/core/adapter'
import { LlamaGrammar, LlamaJsonSchemaGrammar, TokenBias } from 'node-llama-cpp'

type Settings = { readonly [name: string]: unknown }

/** Options that say how the application listens, not what it asks of the model. */
const LISTENING = new Set([
  'signal',
  'onTextChunk',
  'onToken',
  'onResponseChunk',
  'onFunctionCallParamsChunk',
  'onFunctionCall',
  'onTokenResult'
])

/** Options that are recorded as tools. */
const TOOLS = new Set(['functions'])

/** The options that were sent, and nothing that the runtime fills in; as plain JSON. */
export function settingsOf(options: unknown): Settings {
  if (!isObject(options)) return {}
  const sent: { [name: string]: unknown } = {}
  for (const [name, value] of Object.entries(options)) {
    if (value !== undefined && !LISTENING.has(name) && !TOOLS.has(name)) sent[name] = value
  }
  return JSON.parse(JSON.stringify(sent, toPlain)) as Settings
}

/** Whether the application listens to the answer as it comes. */
export function isStreaming(options: unknown): boolean {
  return (
    isObject(options) &&
    ['onTextChunk', 'onToken', 'onResponseChunk', 'onFunctionCallParamsChunk'].some(
      (name) => typeof options[name] === 'function'
    )
  )
}

/** The functions offered to the model, without the code that runs them. */
export function toolsOf(options: unknown): { tools?: unknown; toolNames?: readonly string[] } {
  if (!isObject(options) || !isObject(options.functions)) return {}
  const { functions } = options
  return { tools: JSON.parse(JSON.stringify(functions)), toolNames: Object.keys(functions) }
}

function toPlain(_name: string, value: unknown): unknown {
  if (typeof value === 'function') return '[function]'
  if (typeof value === 'bigint') return value.toString()
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value)
  if (value instanceof LlamaJsonSchemaGrammar) return { schema: value.schema }
  if (value instanceof LlamaGrammar) return { grammar: value.grammar, root: value.rootRuleName }
  if (value instanceof TokenBias) return biasesOf(value)
  if (value instanceof Map) return [...value]
  return value
}

/** The runtime offers no way to read a TokenBias; what it keeps inside is used where it is there. */
function biasesOf(bias: TokenBias): unknown {
  const biases: unknown = Reflect.get(bias, '_biases')
  return biases instanceof Map ? Object.fromEntries(biases) : '[TokenBias]'
}
