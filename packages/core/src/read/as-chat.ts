import { isObject } from '../base/json.ts'
import { textOf } from '../protocol/readers/text-of.ts'

type Fields = { readonly [name: string]: unknown }

/** Members of transformers.js's results that hold what a model wrote. */
const GENERATED = ['generated_text', 'summary_text', 'translation_text'] as const

/**
 * A content as chat messages, `{ role, content }` with texts or blocks as their content, where its
 * runtime has a shape of its own: the history of node-llama-cpp and the parts of its answers, the
 * results of transformers.js, the answer of Ollama's generate. Any other content is returned as it
 * is. For those who read records of all providers; records themselves keep what was sent and answered.
 */
export function asChat(content: unknown): unknown {
  if (isObject(content)) return fromGenerate(content) ?? content
  if (!Array.isArray(content) || content.length === 0) return content
  if (content.every(isHistoryItem)) return content.flatMap(fromHistory)
  if (content.some(isPart)) return fromParts(content)
  const generated = content.map(generatedIn)
  return generated.includes(undefined) ? content : generated.flatMap(fromGenerated)
}

function fromGenerate({ response, thinking, tool_calls }: Fields): Fields | undefined {
  if (typeof response !== 'string') return undefined
  return {
    role: 'assistant',
    content: response,
    ...(thinking !== undefined && { thinking }),
    ...(tool_calls !== undefined && { tool_calls })
  }
}

function isHistoryItem(item: unknown): item is Fields {
  if (!isObject(item) || 'role' in item || 'content' in item) return false
  const { type, text, response } = item
  return type === 'model' ? Array.isArray(response) : isAsked(type) && text !== undefined
}

function isAsked(type: unknown): type is 'system' | 'user' {
  return type === 'system' || type === 'user'
}

function fromHistory({ type, text, response }: Fields): readonly Fields[] {
  return isAsked(type)
    ? [{ role: type, content: textOf(text) }]
    : fromParts(Array.isArray(response) ? response : [])
}

function isPart(part: unknown): boolean {
  return isObject(part) && (part.type === 'segment' || part.type === 'functionCall')
}

/** Texts, thoughts and function calls; behind a call with its result the answer goes on. */
function fromParts(parts: readonly unknown[]): readonly Fields[] {
  const messages: Fields[] = []
  let blocks: Fields[] = []
  const close = () => {
    if (blocks.length > 0) messages.push({ role: 'assistant', content: blocks })
    blocks = []
  }
  for (const part of parts) {
    if (!isObject(part)) {
      blocks.push({ type: 'text', text: String(part) })
      continue
    }
    blocks.push(blockOf(part))
    if (part.type !== 'functionCall' || !('result' in part)) continue
    close()
    messages.push({ role: 'tool', content: textOrJson(part.result) })
  }
  close()
  return messages
}

function blockOf(part: Fields): Fields {
  if (part.type === 'functionCall') {
    return { type: 'tool_use', name: part.name, input: part.params ?? {} }
  }
  if (part.segmentType === 'thought') return { type: 'thinking', thinking: part.text }
  return part
}

function textOrJson(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
}

function generatedIn(item: unknown): unknown {
  if (!isObject(item)) return undefined
  const name = GENERATED.find((one) => one in item)
  return name === undefined ? undefined : item[name]
}

function fromGenerated(generated: unknown): unknown {
  return typeof generated === 'string' ? { role: 'assistant', content: generated } : generated
}
