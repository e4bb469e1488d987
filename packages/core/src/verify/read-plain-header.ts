/** What checking a record needs of its header, beside the member `log`. */
export interface HeaderFacts {
  readonly at: string
  readonly auditId: string
  readonly kind: string
  readonly stage: string
  /** When it came into the log, where that was long after `at`. */
  readonly sealedAt?: string | undefined
}

/**
 * Reads a header as sealing writes it, faster than JSON.parse: one object in canonical order whose
 * member `log` is the given text, or that with the time of sealing behind. It gives what JSON.parse would give; `undefined` says nothing of
 * the header but that JSON.parse must be asked.
 */
export function readPlainHeader(header: string, log: string): HeaderFacts | undefined {
  let [time, auditId, kind, stage] = ['', '', '', '']
  let sealedAt: string | undefined
  let hasLog = false
  let last = ''
  let at = 0
  while (header.charCodeAt(at) === (at === 0 ? OPEN_OBJECT : COMMA)) {
    const colon = endOfString(header, at + 1)
    const key = header.slice(at + 2, colon - 1)
    // No key of an ascending order is there twice.
    if (header.charCodeAt(colon) !== COLON || key <= last) return undefined
    last = key
    const value = colon + 1
    if (key === 'log') {
      at = value + log.length
      // Comparing is faster than startsWith.
      if (header.slice(value, at) !== log) {
        if (header.slice(value, at - 1) !== log.slice(0, -1)) return undefined
        SEALED_AT.lastIndex = at - 1
        sealedAt = SEALED_AT.exec(header)?.[1]
        if (sealedAt === undefined) return undefined
        at = SEALED_AT.lastIndex
      }
      hasLog = true
    } else {
      at = endOfValue(header, value, 0)
      if (key === 'at') time = plain(header, value, at)
      else if (key === 'auditId') auditId = plain(header, value, at)
      else if (key === 'kind') kind = plain(header, value, at)
      else if (key === 'stage') stage = plain(header, value, at)
    }
  }
  if (!hasLog || header.charCodeAt(at) !== CLOSE_OBJECT || at + 1 !== header.length)
    return undefined
  if (time === '' || auditId === '' || kind === '' || stage === '') return undefined
  return { at: time, auditId, kind, stage, ...(sealedAt !== undefined && { sealedAt }) }
}

/** The last member of `log`, of those records that have it. */
const SEALED_AT = /,"sealedAt":"([\d:.TZ-]+)"\}/y

/** The string that stands there without escapes; empty for all else. */
function plain(text: string, from: number, to: number): string {
  const inner = text.slice(from + 1, to - 1)
  return text.charCodeAt(from) === QUOTE && !inner.includes('\\') ? inner : ''
}

const NONE = -1
const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a
const OPEN_ARRAY = 0x5b
const BACKSLASH = 0x5c
const CLOSE_ARRAY = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d
const SPACE = 0x20
/** Deeper headers are left to JSON.parse, which needs no stack. */
const DEEPEST = 32
const WORD = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y

/** Where a JSON value without white space ends that begins at `at`; -1 where there is none. */
function endOfValue(text: string, at: number, depth: number): number {
  const first = text.charCodeAt(at)
  if (first === QUOTE) return endOfString(text, at)
  if (first === OPEN_OBJECT) return endOfItems(text, at, CLOSE_OBJECT, depth + 1)
  if (first === OPEN_ARRAY) return endOfItems(text, at, CLOSE_ARRAY, depth + 1)
  WORD.lastIndex = at
  return WORD.test(text) ? WORD.lastIndex : NONE
}

/** The end of the object or array that begins at `at`. */
function endOfItems(text: string, at: number, close: number, depth: number): number {
  if (depth > DEEPEST) return NONE
  let next = at + 1
  if (text.charCodeAt(next) === close) return next + 1
  for (;;) {
    if (close === CLOSE_OBJECT) {
      next = endOfString(text, next)
      if (text.charCodeAt(next++) !== COLON) return NONE
    }
    next = endOfValue(text, next, depth)
    const code = text.charCodeAt(next++)
    if (code === close) return next
    if (code !== COMMA) return NONE
  }
}

/** The end of the string that begins at `at`; -1 also for one with \u, which canonical text seldom has. */
function endOfString(text: string, at: number): number {
  if (text.charCodeAt(at) !== QUOTE) return NONE
  for (let next = at + 1; ; next++) {
    const code = text.charCodeAt(next)
    if (code === QUOTE) return next + 1
    // Behind the end the code is NaN.
    if (!(code >= SPACE)) return NONE
    if (code === BACKSLASH && !ESCAPED.has(text.charCodeAt(++next))) return NONE
  }
}

const ESCAPED: ReadonlySet<number> = new Set(Array.from('"\\/bfnrt', (each) => each.charCodeAt(0)))
