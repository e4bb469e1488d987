import { isObject } from '../../base/json.ts'

const TEXT_KEYS = [
  'system',
  'systemInstruction',
  'instructions',
  'content',
  'contents',
  'text',
  'parts',
  'message',
  'messages',
  'input',
  'output',
  'outputs',
  'request',
  'pages',
  'markdown',
  'prompt',
  'response',
  'generated_text',
  'summary_text',
  'translation_text',
  'answer'
]
const CALL_KEYS = [
  'tool_calls',
  'toolCalls',
  'function_call',
  'functionCall',
  'functionResponse',
  'function'
]
const MORE_KEYS = [
  'arguments',
  'args',
  'name',
  'params',
  'suffix',
  'prompt_string',
  'input_prefix',
  'input_suffix',
  'thinking',
  'reasoning_content',
  'reasoning',
  'refusal',
  'summary',
  'result'
]
const KEYS = [...TEXT_KEYS, ...CALL_KEYS, ...MORE_KEYS]
const DEPTH = 12

/**
 * The words of a content, whatever its provider's shape: strings, and in objects those of the
 * members that carry text (messages, parts, tool calls with their arguments), in order, one a line.
 * What is not text, such as base64 data, is left out.
 */
export function textOf(value: unknown): string {
  return textsOf(value).join('\n')
}

/** `textOf` as a list: each text whole. */
export function textsOf(value: unknown): string[] {
  const texts: string[] = []
  collect(value, KEYS, texts, 0)
  return texts
}

/** `textsOf` without what goes with a text: names, tool calls and their arguments, reasoning. */
export function saidTextsOf(value: unknown): string[] {
  const texts: string[] = []
  collect(value, TEXT_KEYS, texts, 0)
  return texts
}

function collect(value: unknown, keys: readonly string[], lines: string[], depth: number): void {
  if (depth > DEPTH) return
  if (typeof value === 'string') {
    if (value !== '') lines.push(value)
  } else if (Array.isArray(value)) {
    for (const item of value) collect(item, keys, lines, depth + 1)
  } else if (isObject(value)) {
    for (const key of keys) {
      if (value[key] !== undefined) collect(value[key], keys, lines, depth + 1)
    }
  }
}
