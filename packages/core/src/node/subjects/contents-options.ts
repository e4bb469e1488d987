import { refuseUnknown } from '../../base/check-options.ts'
import { AuditError } from '../../base/error.ts'
import { isObject } from '../../base/json.ts'
import { checkKeyProvider, type KeyProviderSource } from '../key-provider.ts'

/** Members of a context that can say whose contents a call has. */
export type SubjectName = 'user' | 'session' | 'conversation' | 'tenant'

/** How long a data key is used for new contents; `always` for one key a subject. */
export type KeyPeriod = 'day' | 'month' | 'year' | 'always'

/** How contents are encrypted: AES-256-GCM, with a data key for each subject and period (docs/guide/encryption.md). */
export interface ContentsEncryption {
  /** Where the keys are that data keys are wrapped with. */
  readonly keys: KeyProviderSource
  /**
   * Whose key a call's contents are encrypted with: the first of these that its context has, and one key of the log
   * where it has none. `user`, `session`, `conversation`, `tenant` unless given.
   */
  readonly subjects?: readonly SubjectName[]
  /** `month` unless given. */
  readonly period?: KeyPeriod
  /** How many data keys stay in memory, and for how long. */
  readonly cache?: KeyCache
  /**
   * Whether users go by a random name in headers, of which the log keeps a keyed digest until they are erased; true
   * unless given.
   */
  readonly pseudonymous?: boolean
  /** How long the provider may take, in milliseconds, before calls wait in the spool; 10,000 unless given. */
  readonly deadlineMs?: number
}

/** What of the data keys stays in memory. */
export interface KeyCache {
  /** Milliseconds after which the provider is asked for a key again; 300,000 unless given. */
  readonly maxMs?: number
  /** Keys, beside those of what is being written or read just now; 1,000 unless given. */
  readonly maxKeys?: number
}

/** The options with what they are unless given, without where the keys are: plain data, for other threads. */
export interface ContentsSettings {
  /** `ContentsEncryption.subjects`. */
  readonly subjects: readonly SubjectName[]
  /** `ContentsEncryption.period`. */
  readonly period: KeyPeriod
  /** `KeyCache.maxMs`. */
  readonly maxMs: number
  /** `KeyCache.maxKeys`. */
  readonly maxKeys: number
  /** `ContentsEncryption.deadlineMs`. */
  readonly deadlineMs: number
  /** `ContentsEncryption.pseudonymous`. */
  readonly pseudonymous: boolean
}

const SUBJECTS: readonly SubjectName[] = ['user', 'session', 'conversation', 'tenant']
const PERIODS: readonly unknown[] = ['day', 'month', 'year', 'always'] satisfies KeyPeriod[]
const OPTIONS = ['keys', 'subjects', 'period', 'cache', 'deadlineMs', 'pseudonymous']
const LONGEST_MS = 2 ** 31 - 1

/** What holds for reading, and for writing unless it is given. */
export const DEFAULTS: ContentsSettings = {
  subjects: SUBJECTS,
  period: 'month',
  maxMs: 300_000,
  maxKeys: 1_000,
  deadlineMs: 10_000,
  pseudonymous: true
}

/** Throws AuditError `bad_option` for options that nobody knows, or that cannot be. */
export function contentsSettings(options: unknown): ContentsSettings {
  if (!isObject(options)) throw bad('must be { keys }')
  refuseUnknown('encryption.contents', options, OPTIONS)
  checkKeyProvider(options.keys)
  const { subjects = SUBJECTS, period = DEFAULTS.period, cache = {}, pseudonymous = true } = options
  if (typeof pseudonymous !== 'boolean') throw bad('.pseudonymous must be true or false')
  if (!isListOfSubjects(subjects)) {
    throw bad(`.subjects must be a list of some of ${SUBJECTS.join(', ')}, each once`)
  }
  if (!PERIODS.includes(period)) throw bad(`.period must be one of ${PERIODS.join(', ')}`)
  if (!isObject(cache)) throw bad('.cache must be { maxMs, maxKeys }')
  refuseUnknown('encryption.contents.cache', cache, ['maxMs', 'maxKeys'])
  return {
    subjects,
    period: period as KeyPeriod,
    maxMs: numberIn(cache, 'maxMs', '.cache.maxMs', 0),
    maxKeys: numberIn(cache, 'maxKeys', '.cache.maxKeys', 0),
    deadlineMs: numberIn(options, 'deadlineMs', '.deadlineMs', 1),
    pseudonymous
  }
}

function isListOfSubjects(value: unknown): value is readonly SubjectName[] {
  if (!Array.isArray(value) || value.length === 0 || new Set(value).size < value.length)
    return false
  return value.every((each) => (SUBJECTS as readonly unknown[]).includes(each))
}

function numberIn(
  options: { readonly [name: string]: unknown },
  name: 'maxMs' | 'maxKeys' | 'deadlineMs',
  place: string,
  least: number
): number {
  const value = options[name] ?? DEFAULTS[name]
  if (typeof value === 'number' && value >= least && value <= LONGEST_MS) return value
  throw bad(`${place} must be a number from ${least} to ${LONGEST_MS}`)
}

function bad(problem: string): AuditError {
  return new AuditError(
    'bad_option',
    `encryption.contents${problem.startsWith('.') ? '' : ' '}${problem}`
  )
}
