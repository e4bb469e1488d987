import { isObject } from '@slm-audit/core/adapter'

type Fields = { [name: string]: unknown }

const PIECES = /^(text|reasoning)-(start|delta|end)$/
/** Parts that are content as they come. */
const WHOLE = new Set([
  'tool-call',
  'tool-result',
  'tool-approval-request',
  'file',
  'reasoning-file',
  'source',
  'custom'
])

/**
 * Folds the parts of a stream into the result that `doGenerate` would have given, in the order in
 * which they began. A tool call that was cut off stays as `tool-input` with what came of it.
 */
export function foldParts(parts: readonly unknown[]): Fields {
  const result: Fields = {}
  const content: Fields[] = []
  const open = new Map<string, Fields>()
  for (const part of parts) {
    if (!isObject(part) || typeof part.type !== 'string') continue
    if (PIECES.test(part.type)) foldPiece(content, open, part.type, part)
    else if (part.type.startsWith('tool-input-')) foldInput(content, open, part.type, part)
    else if (WHOLE.has(part.type)) foldWhole(content, open, part)
    else foldFact(result, part.type, part)
  }
  return { ...result, content }
}

function foldPiece(content: Fields[], open: Map<string, Fields>, type: string, part: Fields): void {
  const kind = type.slice(0, type.indexOf('-'))
  const block = opened(content, open, `${kind} ${String(part.id)}`, { type: kind, text: '' })
  if (typeof part.delta === 'string') block.text = String(block.text) + part.delta
  keepMetadata(block, part)
}

function foldInput(content: Fields[], open: Map<string, Fields>, type: string, part: Fields): void {
  const { id, toolName, delta } = part
  const begun = { type: 'tool-input', toolCallId: id, toolName, input: '' }
  const block = opened(content, open, `tool ${String(id)}`, begun)
  if (type === 'tool-input-delta' && typeof delta === 'string') {
    block.input = String(block.input) + delta
  }
}

/** A finished tool call takes the place of its input. */
function foldWhole(content: Fields[], open: Map<string, Fields>, part: Fields): void {
  const begun = part.type === 'tool-call' ? open.get(`tool ${String(part.toolCallId)}`) : undefined
  if (begun) content[content.indexOf(begun)] = part
  else content.push(part)
}

function foldFact(result: Fields, type: string, part: Fields): void {
  const { type: _type, ...facts } = part
  if (type === 'stream-start') result.warnings = part.warnings
  else if (type === 'response-metadata') {
    result.response = { ...(isObject(result.response) && result.response), ...facts }
  } else if (type === 'finish') Object.assign(result, facts)
  else if (type === 'error') result.error ??= part.error
}

function opened(content: Fields[], open: Map<string, Fields>, key: string, begun: Fields): Fields {
  const known = open.get(key)
  if (known) return known
  open.set(key, begun)
  content.push(begun)
  return begun
}

function keepMetadata(block: Fields, { providerMetadata }: Fields): void {
  if (providerMetadata !== undefined) block.providerMetadata = providerMetadata
}
