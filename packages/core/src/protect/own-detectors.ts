import { requireModule } from '../base/require-module.ts'
import type { Detector } from './detector.ts'
import { wordsDetector } from './detectors.ts'

/** Where values stand in a text: the first UTF-16 code unit of each, and the first behind it. */
export type FoundRanges = Iterable<readonly [start: number, end: number]>

/** A function that finds values in a text. It must not wait, and what it throws drops the content. */
export type FindValues = (text: string, options?: unknown) => FoundRanges

/** A detector of a policy's own: words that it lists, such as names of people. */
export interface WordsDetector {
  /** Names it in rules and on records. */
  readonly id: string
  /** Words or several in a row, found whole and in any case. */
  readonly words: readonly string[]
  /** The word for what it finds, in what stands in its place; `name` unless given. */
  readonly label?: string
}

/** A detector of a policy's own: a pattern, which is checked when the policy is read. */
export interface PatternDetector {
  /** Names it in rules and on records. */
  readonly id: string
  /** A regular expression as JavaScript has them, with the flags `g` and `u`. */
  readonly pattern: string
  /** Flags beside those: `i`, `s`, `m`. */
  readonly flags?: string
  /** Texts of which one must occur, as it is written, before the pattern is tried. */
  readonly keywords?: readonly string[]
  /** The word for what it finds, in what stands in its place; `value` unless given. */
  readonly label?: string
}

/** A detector of a policy's own: a module, which runs in the journal's thread. */
export interface ModuleDetector {
  /** Names it in rules and on records. */
  readonly id: string
  /** A package, or a file: an absolute path or address, in a policy's file also one relative to it. */
  readonly module: string
  /** The export that is a `FindValues`; `find` unless given. */
  readonly name?: string
  /** What the function gets behind each text: any JSON. A `check` that the module exports refuses it by what it throws. */
  readonly options?: unknown
  /** The word for what it finds, in what stands in its place; `value` unless given. */
  readonly label?: string
}

/**
 * A detector of a policy's own: a function, for policies in code. It runs in the application's thread, where all
 * records are then made: what waits there is lost with the process.
 */
export interface FunctionDetector {
  /** Names it in rules and on records. */
  readonly id: string
  /** What finds values; `here` in what is recorded of the policy. */
  readonly find: FindValues | 'here'
  /** The word for what it finds, in what stands in its place; `value` unless given. */
  readonly label?: string
}

/** A detector of a policy's own. */
export type OwnDetector = WordsDetector | PatternDetector | ModuleDetector | FunctionDetector

/** Functions of a policy by the ids of their detectors. */
export type OwnFunctions = ReadonlyMap<string, FindValues>

/** Makes a detector of a policy's own ready. Throws TypeError where its module or its function is not there. */
export function ownDetector(given: OwnDetector, functions: OwnFunctions): Detector {
  const { id, label = 'words' in given ? 'name' : 'value' } = given
  if ('words' in given) return wordsDetector(id, label, given.words)
  const about = { id, group: 'personal', label, isOwn: true, mayHang: true } as const
  if ('pattern' in given) {
    const { pattern, flags = '', keywords } = given
    return { ...about, pattern: new RegExp(pattern, `gu${flags}`), ...(keywords && { keywords }) }
  }
  const find = 'module' in given ? loadFind(given) : functions.get(id)
  if (find === undefined)
    throw new TypeError(`the function of detector ${id} is not in this thread`)
  const options = 'module' in given ? given.options : undefined
  return { ...about, pattern: NONE, find: (text) => checked(id, text, find(text, options)) }
}

/** Finds nothing. */
const NONE = /(?!)/gu

/** The function that a module exports. Throws TypeError that says what is wrong. */
export function loadFind({ module, name = 'find' }: ModuleDetector): FindValues {
  return loadFunction(module, name) as FindValues
}

type AnyFunction = (...args: never[]) => unknown

/** A function that a module exports. Throws TypeError that says what is wrong. */
export function loadFunction(module: string, name: string): AnyFunction
/** The same of one that may be missing. */
export function loadFunction(
  module: string,
  name: string,
  need: 'optional'
): ((given: unknown) => unknown) | undefined
/** See above. */
export function loadFunction(module: string, name: string, need?: 'optional'): unknown {
  let found: unknown
  try {
    found = (requireModule(module) as { readonly [name: string]: unknown })[name]
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new TypeError(`cannot be loaded: ${why}`, { cause })
  }
  if (typeof found === 'function') return found
  if (need === 'optional') return undefined
  throw new TypeError(`exports no function ${name}; export one, or name another by name`)
}

/** What a function found, where that is what it may. */
function* checked(id: string, text: string, found: FoundRanges): FoundRanges {
  for (const range of found) {
    const [start, end] = range
    const isRange = Number.isInteger(start) && Number.isInteger(end) && start >= 0 && start < end
    if (!isRange || end > text.length) {
      throw new TypeError(`detector ${id} gave what is no range of its text`)
    }
    yield [start, end]
  }
}
