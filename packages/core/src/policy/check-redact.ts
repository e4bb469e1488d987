import { messageOf } from '../base/error.ts'
import { DETECTOR_GROUPS, DETECTORS } from '../protect/detectors.ts'
import { OPERATORS } from '../protect/operators.ts'
import { loadFind, loadFunction } from '../protect/own-detectors.ts'
import { PATTERN_FLAGS, whyUnsafe } from '../protect/safe-pattern.ts'
import { type PolicyChecker, type PolicyPath, shown } from './problems.ts'

const ID = /^[a-z][a-z0-9-]{0,39}$/

/** Notes what is wrong with the detectors of a policy's own. Returns their names. */
export function checkDetectors(checker: PolicyChecker, given: unknown): readonly string[] {
  if (given === undefined) return []
  if (!Array.isArray(given)) {
    checker.refuse(['detectors'], 'must be a list, such as [{ id: staff, words: [Ada Lovelace] }]')
    return []
  }
  const known = [...DETECTOR_GROUPS, ...DETECTORS.map(({ id }) => id)]
  return given.flatMap((one: unknown, index) => {
    const path = ['detectors', index]
    if (!checker.isObjectOf(one, MEMBERS, path)) return []
    const { id, label } = one
    checkId(checker, id, [...path, 'id'])
    if (label !== undefined) checkId(checker, label, [...path, 'label'])
    if (known.includes(id as string)) {
      checker.refuse(
        [...path, 'id'],
        'is the name of a detector that is there already; take another'
      )
    }
    known.push(id as string)
    checkFinding(checker, one, path)
    return typeof id === 'string' ? [id] : []
  })
}

const KINDS = ['words', 'pattern', 'module', 'find'] as const
const MEMBERS = ['id', 'label', ...KINDS, 'flags', 'keywords', 'name', 'options']

/** Members that belong to one way to find values. */
const OF_KIND: { readonly [member: string]: (typeof KINDS)[number] } = {
  flags: 'pattern',
  keywords: 'pattern',
  name: 'module',
  options: 'module'
}

type Members = { readonly [name: string]: unknown }

/** Notes what is wrong with how a detector finds values. */
function checkFinding(checker: PolicyChecker, one: Members, path: PolicyPath): void {
  const given = KINDS.filter((kind) => one[kind] !== undefined)
  if (given.length !== 1) {
    checker.refuse(
      path,
      `must have one of ${KINDS.join(', ')}, and has ${given.join(', ') || 'none'}`
    )
    return
  }
  for (const [member, kind] of Object.entries(OF_KIND)) {
    if (one[member] === undefined || kind === given[0]) continue
    checker.refuse([...path, member], `is for detectors with ${kind} alone; take it out`)
  }
  if (one.words !== undefined) checkWords(checker, one.words, [...path, 'words'])
  if (one.pattern !== undefined) checkPattern(checker, one, path)
  if (one.module !== undefined) checkModule(checker, one, path)
  if (one.find !== undefined && one.find !== 'here' && typeof one.find !== 'function') {
    checker.refuse([...path, 'find'], 'must be a function, in a policy that is given in code')
  }
}

function checkWords(checker: PolicyChecker, words: unknown, path: PolicyPath): void {
  const isWord = (word: unknown) => typeof word === 'string' && word.trim().length > 1
  if (Array.isArray(words) && words.length > 0 && words.every(isWord)) return
  checker.refuse(path, 'must be a list of texts of at least two characters')
}

function checkPattern(
  checker: PolicyChecker,
  { pattern, flags = '', keywords }: Members,
  path: PolicyPath
): void {
  const areFlags = typeof flags === 'string' && /^(?!.*(.).*\1)[ism]*$/.test(flags)
  if (!areFlags) {
    checker.refuse([...path, 'flags'], `may be ${PATTERN_FLAGS.join(', ')}, not ${shown(flags)}`)
  }
  if (keywords !== undefined) checkWords(checker, keywords, [...path, 'keywords'])
  if (typeof pattern !== 'string') {
    checker.refuse([...path, 'pattern'], `must be a text, not ${shown(pattern)}`)
  } else if (areFlags && checker.isNew) {
    const why = whyUnsafe(pattern, flags)
    if (why !== undefined) checker.refuse([...path, 'pattern'], why)
  }
}

function checkModule(
  checker: PolicyChecker,
  { module, name, options }: Members,
  path: PolicyPath
): void {
  checker.text(name, [...path, 'name'])
  if (typeof module !== 'string' || module === '' || module.startsWith('.')) {
    const form = 'a package, or the absolute path or the address of a file'
    checker.refuse([...path, 'module'], `must be ${form}, not ${shown(module)}`)
    return
  }
  try {
    loadFind({ id: '', module, ...(typeof name === 'string' && { name }) })
  } catch (cause) {
    checker.refuse([...path, 'module'], messageOf(cause))
    return
  }
  try {
    loadFunction(module, 'check', 'optional')?.(options)
  } catch (cause) {
    checker.refuse([...path, 'options'], messageOf(cause))
  }
}

function checkId(checker: PolicyChecker, id: unknown, path: PolicyPath): void {
  if (typeof id === 'string' && ID.test(id)) return
  checker.refuse(path, `must be a name of small letters, digits and -, not ${shown(id)}`)
}

/** Notes what is wrong with what a rule redacts. `own` are names of the policy's own detectors. */
export function checkRedact(
  checker: PolicyChecker,
  redact: unknown,
  path: PolicyPath,
  own: readonly string[]
): void {
  if (redact === undefined) return
  if (!Array.isArray(redact)) {
    checker.refuse(path, 'must be a list, such as [{ detectors: [secrets], operator: remove }]')
    return
  }
  const known = [...DETECTOR_GROUPS, ...DETECTORS.map(({ id }) => id), ...own]
  for (const [index, one] of redact.entries()) {
    const at = [...path, index]
    if (!checker.isObjectOf(one, ['detectors', 'operator', 'keep'], at)) continue
    const { detectors, operator, keep } = one
    const names = typeof detectors === 'string' ? [detectors] : detectors
    if (!Array.isArray(names) || names.length === 0) {
      checker.refuse([...at, 'detectors'], `must be a list of ${DETECTOR_GROUPS.join(', ')}, …`)
    } else checker.words(names, known, [...at, 'detectors'])
    checker.word(operator, OPERATORS, [...at, 'operator'])
    checkKeep(checker, keep, operator, [...at, 'keep'])
  }
}

function checkKeep(
  checker: PolicyChecker,
  keep: unknown,
  operator: unknown,
  path: PolicyPath
): void {
  if (keep === undefined) return
  const isCount = Number.isSafeInteger(keep) && Number(keep) >= 0 && Number(keep) <= 8
  if (!isCount) checker.refuse(path, `must be a number from 0 to 8, not ${shown(keep)}`)
  else if (operator !== 'mask') checker.refuse(path, 'is for operator mask alone; take it out')
}
