import { editDistance } from './edit-distance.ts'
import { AuditError } from './error.ts'
import { isObject } from './json.ts'

/**
 * Throws AuditError `bad_option` when `options` is not an object, or has a member that is not in `known`.
 */
export function refuseUnknown(where: string, options: object, known: readonly string[]): void {
  if (!isObject(options as unknown)) {
    throw new AuditError('bad_option', `${where} takes an object of options: ${known.join(', ')}`)
  }
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue
    const near = nearestName(name, known)
    const hint = near ? `did you mean ${near}?` : `it takes ${known.join(', ')}`
    throw new AuditError('bad_option', `${where} has no option ${name}; ${hint}`)
  }
}

/** A name of more letters is compared by its first ones: nobody mistypes more. */
const LONGEST = 64

/**
 * The known name that `name` is most likely meant to be, if any is near: a third of the letters may be
 * wrong, or the name is the beginning of the other.
 */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  const typed = name.slice(0, LONGEST).toLowerCase()
  let nearest: string | undefined
  let least = Number.POSITIVE_INFINITY
  for (const candidate of known) {
    const word = candidate.toLowerCase()
    const isBeginning = typed.length > 1 && (word.startsWith(typed) || typed.startsWith(word))
    const distance = isBeginning ? 0.5 : editDistance(typed, word)
    const most = isBeginning ? 1 : Math.floor(Math.max(typed.length, word.length) / 3)
    if (distance > Math.max(1, most) || distance >= least) continue
    nearest = candidate
    least = distance
  }
  return nearest
}

const EXAMPLES = {
  record: 'record(request, () => call(request))',
  withContext: 'withContext({ user }, () => answer(question))',
  withAttempts: 'withAttempts(options, () => call())',
  withReview: 'withReview({ waitMs: 60_000 }, () => call())',
  withoutRecording: 'withoutRecording(() => call())'
}

/** Throws AuditError `bad_option` where the function that a method of the log runs was left out. */
export function checkFunction(method: keyof typeof EXAMPLES, run: unknown): void {
  if (typeof run === 'function') return
  throw new AuditError('bad_option', `log.${method} runs a function: log.${EXAMPLES[method]}`)
}
