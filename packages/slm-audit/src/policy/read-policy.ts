import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { AuditError, type PolicyDocument } from '@slm-audit/core'
import { isObject, messageOf } from '@slm-audit/core/journal'
import { formatPath, type PolicyProblem, parsePolicy } from '@slm-audit/core/policy'
import { type Document, isMap, isNode, isSeq, LineCounter, parseDocument } from 'yaml'

/**
 * Reads and checks a policy's file, in YAML or JSON. Throws AuditError `bad_policy` that names for each problem the
 * line, the place in the policy, and what to do.
 */
export function readPolicyFile(path: string): PolicyDocument {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (cause) {
    const message = `${path} cannot be read: ${messageOf(cause)}; write one with slm-audit policy init`
    throw new AuditError('bad_policy', message, { cause })
  }
  return parsePolicyText(text, path)
}

/** As `readPolicyFile`, of a file's text. */
export function parsePolicyText(text: string, path: string): PolicyDocument {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const [error] = document.errors
  if (error) {
    const { line } = lines.linePos(error.pos[0])
    const next = NEXT[error.code] ?? 'mend that line'
    throw new AuditError('bad_policy', `${path}:${line} is no YAML: ${error.message}; ${next}`)
  }
  const place = (problem: PolicyProblem) => {
    const at = `${path}:${lineOf(document, lines, problem.path)}`
    return problem.path.length > 0 ? `${at} ${formatPath(problem.path)}` : `${at} the policy`
  }
  return parsePolicy(withPaths(plainValue(document, path), dirname(path)), place).document
}

/** What to do about what people get wrong in YAML most. */
const NEXT: { readonly [code: string]: string } = {
  TAB_AS_INDENT: 'indent by spaces',
  DUPLICATE_KEY: 'take one of them out'
}

/** What the file says. Throws AuditError `bad_policy` where its aliases make it grow without end. */
function plainValue(document: Document, path: string): unknown {
  try {
    return document.toJS()
  } catch (cause) {
    const message = `${path} uses too many aliases (${messageOf(cause)}); write out what they stand for`
    throw new AuditError('bad_policy', message, { cause })
  }
}

/** The policy with the modules that it names, and files of their options, from its file on. */
function withPaths(policy: unknown, folder: string): unknown {
  if (!isObject(policy)) return policy
  const from = (one: unknown, name: string) => {
    const path = isObject(one) ? one[name] : undefined
    const isRelative = typeof path === 'string' && /^\.\.?\//.test(path)
    return isRelative ? { ...(one as object), [name]: resolve(folder, path) } : one
  }
  const whole = (one: unknown) => {
    if (!isObject(one) || one.options === undefined) return from(one, 'module')
    const options = from(from(one.options, 'file'), 'folder')
    return from({ ...one, options }, 'module')
  }
  const { detectors, rules } = policy
  const asking = (rule: unknown) => {
    if (!isObject(rule)) return rule
    const { ask, decide, ...rest } = rule
    return {
      ...rest,
      ...(ask !== undefined && { ask: whole(ask) }),
      ...(decide !== undefined && { decide: whole(decide) })
    }
  }
  return {
    ...policy,
    ...(Array.isArray(detectors) && { detectors: detectors.map(whole) }),
    ...(Array.isArray(rules) && { rules: rules.map(asking) })
  }
}

/** The line on which a place of the document stands, or what is nearest around it. */
function lineOf(document: Document, lines: LineCounter, path: PolicyProblem['path']): number {
  let node: unknown = document.contents
  let offset = isNode(node) ? (node.range?.[0] ?? 0) : 0
  for (const step of path) {
    const pair = isMap(node)
      ? node.items.find(({ key }) => isNode(key) && String(key) === String(step))
      : undefined
    if (pair && isNode(pair.key)) offset = pair.key.range?.[0] ?? offset
    node = pair ? pair.value : isSeq(node) ? node.items[Number(step)] : undefined
    if (!pair && isNode(node)) offset = node.range?.[0] ?? offset
    if (node === undefined) break
  }
  return lines.linePos(offset).line
}
