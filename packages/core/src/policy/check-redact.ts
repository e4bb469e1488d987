import { DETECTOR_GROUPS, DETECTORS } from '../protect/detectors.ts'
import { OPERATORS } from '../protect/operators.ts'
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
    if (!checker.isObjectOf(one, ['id', 'words', 'label'], path)) return []
    const { id, words, label } = one
    checkId(checker, id, [...path, 'id'])
    if (label !== undefined) checkId(checker, label, [...path, 'label'])
    if (known.includes(id as string)) {
      checker.refuse(
        [...path, 'id'],
        'is the name of a detector that is there already; take another'
      )
    }
    known.push(id as string)
    const isWord = (word: unknown) => typeof word === 'string' && word.trim().length > 1
    if (!Array.isArray(words) || words.length === 0 || !words.every(isWord)) {
      checker.refuse([...path, 'words'], 'must be a list of texts of at least two characters')
    }
    return typeof id === 'string' ? [id] : []
  })
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
