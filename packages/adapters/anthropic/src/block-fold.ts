import { growList, isObject, setMember } from '@slm-audit/core/adapter'

type Fields = { [name: string]: unknown }

/** A block of a message while its pieces come. */
export interface Block {
  readonly index: number
  readonly fields: Fields
  /** A tool's input, which arrives as pieces of JSON. */
  input: string
}

/** Which member a delta continues, by its type. */
const MEMBERS: { readonly [type: string]: string } = {
  text_delta: 'text',
  thinking_delta: 'thinking',
  signature_delta: 'signature',
  input_json_delta: 'input',
  citations_delta: 'citations'
}

/** Types of blocks that have a member, where not all have. */
const HOLDERS: { readonly [member: string]: RegExp } = {
  text: /^text$/,
  citations: /^text$/,
  thinking: /^thinking$/,
  signature: /^thinking$/,
  input: /_use$/
}

/** Starts a block as far as its first event gives it. */
export function startBlock(index: number, fields: Fields): Block {
  return { index, fields: { ...fields }, input: '' }
}

/** Whether a delta may be of this block: a text of none that thinks. One that nobody knows is of any. */
export function fits({ fields, input }: Block, delta: Fields): boolean {
  const member = MEMBERS[String(delta.type)]
  if (member === undefined) return true
  const { type } = fields
  if (typeof type === 'string') return HOLDERS[member]?.test(type) !== false || !isKnown(type)
  const isInput = input !== '' || 'input' in fields
  const isThinking = 'thinking' in fields || 'signature' in fields
  if (member === 'input') return isInput
  if (member === 'thinking' || member === 'signature') return isThinking
  return !isInput && !isThinking
}

/** Adds a delta to its block. */
export function stepBlock(block: Block, delta: Fields): void {
  const { fields } = block
  const { type, ...rest } = delta
  const known = MEMBERS[String(type)]
  if (type === 'citations_delta') {
    growList(fields, 'citations', [delta.citation])
  } else if (type === 'input_json_delta') {
    if (typeof delta.partial_json === 'string') block.input += delta.partial_json
  } else if (known !== undefined) append(fields, known, delta[known])
  else {
    // What came before is not to be lost for what nobody knows.
    for (const [name, value] of Object.entries(rest)) {
      if (!isFilled(fields[name])) setMember(fields, name, value)
    }
  }
}

/** The block as it is in one piece. JSON that was cut off stays as the text that it is. */
export function finishBlock({ fields, input }: Block): Fields {
  if (input === '') return fields
  // What the start gave stands where the pieces say nothing against it.
  const given = isFilled(fields.input) ? { ...(isObject(fields.input) && fields.input) } : {}
  try {
    const value: unknown = JSON.parse(input)
    return { ...fields, input: isObject(value) ? { ...given, ...value } : value }
  } catch {
    return { ...fields, input }
  }
}

function isKnown(type: string): boolean {
  return Object.values(HOLDERS).some((holder) => holder.test(type))
}

function append(fields: Fields, name: string, piece: unknown): void {
  if (typeof piece !== 'string') return
  const before = fields[name]
  fields[name] = typeof before === 'string' ? before + piece : piece
}

function isFilled(value: unknown): boolean {
  if (value === undefined || value === null || value === '') return false
  return typeof value !== 'object' || Object.keys(value).length > 0
}
