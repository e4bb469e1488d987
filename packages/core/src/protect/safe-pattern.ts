import { requireModule } from '../base/require-module.ts'

/** What is used of `recheck`. */
interface Recheck {
  checkSync(
    source: string,
    flags: string,
    options: { readonly timeout: number }
  ): {
    readonly status: 'safe' | 'vulnerable' | 'unknown'
    readonly complexity?: { readonly summary: string }
    readonly attack?: { readonly pattern: string }
  }
}

/** The part of the package that starts no process and no thread. */
const PACKAGE = 'recheck/lib/browser.js'
/** How long one pattern may be looked at, in milliseconds. */
const MOST_MS = 5_000

/** Flags that a pattern may have beside those that all have. */
export const PATTERN_FLAGS = ['i', 's', 'm'] as const

/** What was found of patterns: a policy is read again and again, and looking at one may take a second. */
const known = new Map<string, string | undefined>()

/**
 * Why a pattern of a user's may not be used: it is none, or a text can make it take a time that grows faster than the
 * text. `undefined` where it may.
 */
export function whyUnsafe(source: string, flags: string): string | undefined {
  const key = `${flags} ${source}`
  if (known.has(key)) return known.get(key)
  const why = look(source, flags)
  known.set(key, why)
  return why
}

function look(source: string, flags: string): string | undefined {
  try {
    if (new RegExp(source, `gu${flags}`).test(''))
      return 'finds an empty text; have it find a character at least'
  } catch (cause) {
    return `is no pattern: ${(cause as Error).message}`
  }
  let recheck: Recheck
  try {
    recheck = requireModule(PACKAGE) as Recheck
  } catch {
    return 'cannot be checked without the package recheck, which is not installed here: npm install recheck'
  }
  const { status, complexity, attack } = recheck.checkSync(source, `gu${flags}`, {
    timeout: MOST_MS
  })
  if (status === 'safe') return undefined
  const next =
    'give repetitions an end, as in {1,64}, and have what follows differ from what is repeated'
  if (status === 'unknown')
    return `could not be shown to be safe within ${MOST_MS / 1_000} s; make it simpler: ${next}`
  const how = complexity ? ` (${complexity.summary})` : ''
  const text = attack ? `, as for ${attack.pattern.slice(0, 80)}` : ''
  return `can take a time that grows faster than its text${how}${text}; ${next}`
}
