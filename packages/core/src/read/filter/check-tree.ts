import { AuditError } from '../../base/error.ts'
import { isObject } from '../../base/json.ts'
import { readTime } from '../read-time.ts'
import { FIELDS, type FieldName, PARTED } from './fields.ts'
import type { FilterTree } from './tree.ts'

const COMPARISONS = ['<', '<=', '=', '>=', '>']
const DEEPEST = 64
const MOST = 1_000

/**
 * A tree as it was given, once it is one: programs and web pages may give anything. Throws AuditError
 * `bad_query` that names the node.
 */
export function checkTree(tree: FilterTree): FilterTree {
  let left = MOST
  const check = (node: unknown, path: string, depth: number): void => {
    if (--left < 0 || depth > DEEPEST) throw bad(path, 'the filter is too large')
    if (!isObject(node)) throw bad(path, 'it must be an object with `is`')
    const { is, of } = node
    if (is === 'all' || is === 'any') {
      if (!Array.isArray(of)) throw bad(`${path}.of`, 'it must be a list')
      of.forEach((each, at) => {
        check(each, `${path}.of[${at}]`, depth + 1)
      })
    } else if (is === 'not') check(of, `${path}.of`, depth + 1)
    else checkLeaf(node, path)
  }
  check(tree, 'filter', 0)
  return tree
}

function checkLeaf(node: { readonly [name: string]: unknown }, path: string): void {
  const { is, field, value, values, compare, tag, words } = node
  if (is === 'words') {
    if (typeof words !== 'string') throw bad(`${path}.words`, 'it must be a text')
    return
  }
  if (is !== 'text' && is !== 'number' && is !== 'time') {
    throw bad(`${path}.is`, 'it is one of all, any, not, text, number, time, words')
  }
  if (typeof field !== 'string' || !Object.hasOwn(FIELDS, field)) {
    throw bad(`${path}.field`, `there is no field ${String(field)}`)
  }
  if (FIELDS[field as FieldName].type !== is) throw bad(`${path}.is`, `${field} is no ${is} field`)
  if (is === 'time') readTime(`${path}.value`, value as string)
  else if (is === 'number') {
    if (!COMPARISONS.includes(String(compare)))
      throw bad(`${path}.compare`, 'it is none of < <= = >= >')
    checkPart(field, tag, path)
    if (!Number.isFinite(value)) throw bad(`${path}.value`, 'it must be a number')
  } else {
    if (field === 'tag' && typeof tag !== 'string') throw bad(`${path}.tag`, 'it must be a text')
    checkPart(field, tag, path)
    if (!Array.isArray(values) || values.length === 0 || !values.every(isTextValue)) {
      throw bad(`${path}.values`, 'it must be a list of { value }')
    }
  }
}

function checkPart(field: string, tag: unknown, path: string): void {
  if (tag === undefined) return
  if (typeof tag !== 'string') throw bad(`${path}.tag`, 'it must be a text')
  if (!PARTED.includes(field as FieldName)) throw bad(`${path}.tag`, `${field} has no parts`)
}

function isTextValue(value: unknown): boolean {
  return isObject(value) && typeof value.value === 'string'
}

function bad(path: string, problem: string): AuditError {
  return new AuditError('bad_query', `${path}: ${problem}`)
}
