import { isObject } from '../../base/json.ts'
import { parse } from '../../base/json-text.ts'

/** How far the JSON of a call's arguments was read. */
interface Scan {
  depth: number
  isInText: boolean
  isEscaped: boolean
  /** Whether the outermost value has ended. */
  hasEnded: boolean
  /** Whether something stands behind it. */
  isOver: boolean
}

const scans = new WeakMap<object, Scan>()

/**
 * Whether the arguments of a call are a whole object: a piece behind them is then no part of them. `owner` is what has them.
 * They are read once, and after that as `addArguments` hears of what is added.
 */
export function areWhole(owner: object, text: unknown): boolean {
  if (isObject(text)) return true
  if (typeof text !== 'string') return false
  const known = scans.get(owner)
  const scan = known ?? {
    depth: 0,
    isInText: false,
    isEscaped: false,
    hasEnded: false,
    isOver: false
  }
  if (known === undefined) {
    scans.set(owner, scan)
    read(scan, text)
  }
  return scan.hasEnded && !scan.isOver && isWholeObject(text)
}

/** Notes a piece that is added to the arguments which `owner` has. */
export function addArguments(owner: object, piece: unknown): void {
  const scan = scans.get(owner)
  if (scan && typeof piece === 'string') read(scan, piece)
}

function read(scan: Scan, text: string): void {
  for (const sign of text) {
    if (scan.isOver) return
    if (scan.isEscaped) scan.isEscaped = false
    else if (scan.isInText) {
      if (sign === '\\') scan.isEscaped = true
      else if (sign === '"') scan.isInText = false
    } else if (scan.hasEnded) scan.isOver = sign.trim() !== ''
    else if (sign === '"') scan.isInText = true
    else if (sign === '{' || sign === '[') scan.depth++
    else if (sign === '}' || sign === ']') scan.hasEnded = --scan.depth <= 0
  }
}

function isWholeObject(text: string): boolean {
  try {
    return isObject(parse(text))
  } catch {
    return false
  }
}
