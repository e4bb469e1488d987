import { isObject } from '../base/json.ts'
import { checkRedact } from './check-redact.ts'
import { CAPTURED, CAPTURES, LEVELS, MATCHED, MODES, OMITTABLE_STAGES } from './policy-document.ts'
import { type PolicyChecker, type PolicyPath, shown } from './problems.ts'
import { loadDecision, loadOutcomes } from './when/asked-module.ts'
import { checkAsk, checkWhen } from './when/check-when.ts'

/** Members of a rule. */
const RULE = [
  'name',
  'level',
  'match',
  'when',
  'ask',
  'decide',
  'omitStages',
  'capture',
  'redact',
  'retention',
  'mode',
  'deny',
  'review'
]

const NAME = /^[\w][\w.-]{0,63}$/

/** Notes what is wrong with one rule. `detectors` are names of the policy's own. */
export function checkRule(
  checker: PolicyChecker,
  rule: unknown,
  path: PolicyPath,
  detectors: readonly string[]
): void {
  if (!checker.isObjectOf(rule, RULE, path)) return
  for (const name of ['name', 'retention']) checkName(checker, rule[name], [...path, name])
  if (rule.level === undefined) {
    checker.refuse(path, `lacks a level; give it one of ${LEVELS.join(', ')}`)
  }
  checker.word(rule.level, LEVELS, [...path, 'level'])
  checkMatch(checker, rule.match, [...path, 'match'])
  checkWhen(checker, rule.when, [...path, 'when'])
  checkAsk(checker, rule.ask, [...path, 'ask'], loadDecision)
  checkAsk(checker, rule.decide, [...path, 'decide'], loadOutcomes)
  checkOmitted(checker, rule.omitStages, [...path, 'omitStages'])
  checkCapture(checker, rule.capture, [...path, 'capture'])
  checkRedact(checker, rule.redact, [...path, 'redact'], detectors)
  checker.word(rule.mode, MODES, [...path, 'mode'])
  checker.text(rule.deny, [...path, 'deny'])
  if (rule.deny !== undefined && rule.level === 'None') {
    const why = 'is None, but a denied call is always recorded'
    checker.refuse([...path, 'level'], `${why}; give it Metadata, Request or RequestResponse`)
  }
  checkReview(checker, rule, [...path, 'review'])
}

/** The longest life of a review: a week. */
const MOST_SECONDS = 604_800

function checkReview(
  checker: PolicyChecker,
  { review, deny, level }: { readonly [name: string]: unknown },
  path: PolicyPath
): void {
  if (review === undefined) return
  if (!checker.isObjectOf(review, ['reason', 'waitSeconds', 'expiresSeconds'], path)) return
  checker.text(review.reason, [...path, 'reason'])
  checker.number(review.waitSeconds, 0, MOST_SECONDS, [...path, 'waitSeconds'])
  checker.number(review.expiresSeconds, 1, MOST_SECONDS, [...path, 'expiresSeconds'])
  if (deny !== undefined)
    checker.refuse(path, 'is never asked for, because the rule denies; take one out')
  if (level === 'None') {
    checker.refuse(
      path,
      'is of a rule of level None, but a person has to see what they approve; give it another level'
    )
  }
}

/** Notes stages that cannot be left out. */
export function checkOmitted(checker: PolicyChecker, stages: unknown, path: PolicyPath): void {
  const ends = ['denied', 'complete', 'error', 'cancelled', 'abandoned']
  const end = Array.isArray(stages) ? stages.findIndex((one) => ends.includes(one)) : -1
  if (end < 0) checker.words(stages, OMITTABLE_STAGES, path)
  else {
    const why = 'is the end of a call, which a call without would be missing'
    checker.refuse([...path, end], `${why}; leave the whole call out with level None`)
  }
}

function checkName(checker: PolicyChecker, name: unknown, path: PolicyPath): void {
  if (name === undefined || (typeof name === 'string' && NAME.test(name))) return
  const form = 'letters, digits, _ . and -, at most 64'
  checker.refuse(path, `must be a name of ${form}, not ${shown(name)}`)
}

function checkCapture(checker: PolicyChecker, capture: unknown, path: PolicyPath): void {
  if (capture === undefined || !checker.isObjectOf(capture, CAPTURED, path)) return
  for (const name of CAPTURED) {
    const words = name === 'systemState' ? ['keep', 'drop'] : CAPTURES
    checker.word(capture[name], words, [...path, name])
  }
}

function checkMatch(checker: PolicyChecker, match: unknown, path: PolicyPath): void {
  if (match === undefined) return
  if (!checker.isObjectOf(match, [...Object.keys(MATCHED), 'tags'], path)) return
  for (const [name, patterns] of Object.entries(match)) {
    if (name !== 'tags') checkPatterns(checker, patterns, [...path, name])
  }
  const { tags } = match
  if (tags === undefined) return
  if (!isObject(tags)) {
    checker.refuse([...path, 'tags'], 'must be an object: tags by name, such as { tier: gold }')
    return
  }
  for (const [name, patterns] of Object.entries(tags)) {
    checkPatterns(checker, patterns, [...path, 'tags', name])
  }
}

function checkPatterns(checker: PolicyChecker, patterns: unknown, path: PolicyPath): void {
  if (typeof patterns === 'string') checkPattern(checker, patterns, path)
  else if (!Array.isArray(patterns)) {
    checker.refuse(path, `must be a text or a list of texts, not ${shown(patterns)}`)
  } else if (patterns.length === 0) {
    checker.refuse(path, 'is empty and matches nothing; list what it matches, or leave it out')
  } else {
    for (const [index, one] of patterns.entries()) checkPattern(checker, one, [...path, index])
  }
}

function checkPattern(checker: PolicyChecker, pattern: unknown, path: PolicyPath): void {
  if (typeof pattern !== 'string' || pattern === '') {
    const next = typeof pattern === 'number' || typeof pattern === 'boolean' ? '; quote it' : ''
    checker.refuse(path, `must be a text, not ${shown(pattern)}${next}`)
    return
  }
  const star = pattern.indexOf('*')
  if (star < 0 || star === pattern.length - 1) return
  const next = 'end the pattern there, or list the texts one by one'
  checker.refuse(path, `has a * that is not at its end: ${shown(pattern)}; ${next}`)
}
