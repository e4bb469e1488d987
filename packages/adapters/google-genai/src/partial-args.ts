import { isObject, setMember } from '@slm-audit/core/adapter'

type Fields = { readonly [name: string]: unknown }

/** `$.city`, `$.stops[0].name`, `$['odd name']`: the paths that pieces of arguments have. */
const STEPS = /\.([^.[\]]+)|\[(\d+)\]|\['([^']*)'\]/g
/** Members of a piece that hold its value. */
const VALUES = ['numberValue', 'boolValue', 'nullValue'] as const

/** Arguments that were put together here, and are added to. */
const made = new WeakSet<object>()

/**
 * Adds a piece of a call to the call that it continues: Vertex AI streams arguments so, value by value
 * and text by text. The result says nothing of pieces once the last one has come.
 *
 * Source: Vertex AI, "Function calling", streamed arguments.
 */
export function continueCall(call: Fields, piece: Fields): Fields {
  const { willContinue: _before, partialArgs: first, args: held, ...rest } = call
  const { willContinue, partialArgs, args: _none, ...more } = piece
  const args =
    isObject(held) && made.has(held) ? held : { ...(isObject(held) && structuredClone(held)) }
  made.add(args)
  for (const one of [...listOf(first), ...listOf(partialArgs)]) addTo(args, one)
  return { ...rest, ...more, args, ...(willContinue === true && { willContinue }) }
}

function addTo(args: { [name: string]: unknown }, piece: unknown): void {
  if (!isObject(piece) || typeof piece.jsonPath !== 'string') return
  const path = [...piece.jsonPath.matchAll(STEPS)].map(([, name, index, quoted]) =>
    index === undefined ? (name ?? quoted ?? '') : Number(index)
  )
  const last = path.pop()
  if (last === undefined) return
  let at: { [name: string | number]: unknown } = args
  for (const [depth, step] of path.entries()) {
    if (!hasPlace(at, step)) return
    const below = typeof (path[depth + 1] ?? last) === 'number' ? [] : {}
    const found = Object.hasOwn(at, step) ? at[step] : undefined
    const next = typeof found === 'object' && found !== null ? found : below
    setMember(at, String(step), next)
    at = next as typeof at
  }
  if (!hasPlace(at, last)) return
  const before = Object.hasOwn(at, last) ? at[last] : undefined
  setMember(at, String(last), readValue(piece, before))
}

/** Lists grow by one, so that a path cannot make one that is too long to write. */
function hasPlace(at: object, step: string | number): boolean {
  return typeof step === 'string' || (Array.isArray(at) && step <= at.length)
}

function readValue(piece: Fields, before: unknown): unknown {
  const { stringValue } = piece
  if (typeof stringValue === 'string') {
    return typeof before === 'string' ? before + stringValue : stringValue
  }
  const name = VALUES.find((each) => piece[each] !== undefined)
  if (name === undefined) return before
  return name === 'nullValue' ? null : piece[name]
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}
