import { nearestName } from '../../base/check-options.ts'
import { AuditError } from '../../base/error.ts'
import { isObject } from '../../base/json.ts'
import { type Clock, readTime } from '../read-time.ts'
import { checkTree } from './check-tree.ts'
import { nearestStage } from './field-names.ts'
import { FIELDS, type FieldName, STAGES, type TextField, type TimeField } from './fields.ts'
import { parseFilter } from './parse-filter.ts'
import type { FilterTree } from './tree.ts'

/**
 * Which calls are meant, as an object; all that are given must hold. Values are meant as they are: no
 * `*`. The filter language says more.
 */
export interface CallFilter {
  /** Received at or after this time, as `readTime` reads it. */
  readonly since?: string
  /** Received before this time, as `readTime` reads it. */
  readonly until?: string
  /** Only records of this kind: `call`, `tool`, `annotation`, …. */
  readonly kind?: string
  /** Only calls of this provider. */
  readonly provider?: string
  /** The model asked for, or the one that answered. */
  readonly model?: string
  /** Only calls of this operation: `chat`, `embeddings`, …. */
  readonly operation?: string
  /** Only calls of this session. */
  readonly session?: string
  /** Only calls of this user. */
  readonly user?: string
  /** Only calls of this tenant. */
  readonly tenant?: string
  /** Only calls that ended so; `received` finds open ones. */
  readonly stage?: (typeof STAGES)[number]
  /** Type of the error, or who ended a call that was cancelled. */
  readonly errorType?: string
  /** `name`, or `name=value`. */
  readonly tag?: string
  /** auditId of the call or step that the calls belong to. */
  readonly parent?: string
  /** The tool that ran, or one that the model asked for. */
  readonly tool?: string
  /** Only calls of this application. */
  readonly service?: string
  /** Only calls of this version of the application. */
  readonly version?: string
  /** Only calls made there. */
  readonly environment?: string
  /** Only calls of this phase: `dev`, `eval`, `staging` or `prod`. */
  readonly phase?: string
}

/** Which calls are meant: in the filter language, as an object, or as a tree. */
export type Filter = string | CallFilter | FilterTree

/** The members of the object form, each with the field that it is about. */
const MEMBERS: { readonly [name in keyof Required<CallFilter>]: FieldName } = {
  since: 'since',
  until: 'until',
  kind: 'kind',
  provider: 'provider',
  model: 'model',
  operation: 'operation',
  session: 'session',
  user: 'user',
  tenant: 'tenant',
  stage: 'stage',
  errorType: 'error',
  tag: 'tag',
  parent: 'parent',
  tool: 'tool',
  service: 'service',
  version: 'version',
  environment: 'environment',
  phase: 'phase'
}
const NAMES = Object.keys(MEMBERS)

/** The tree of a filter in any form. Throws AuditError `bad_query` for what cannot be read. */
export function filterTree(filter: Filter, clock: Clock = 'local'): FilterTree {
  if (typeof filter === 'string') return parseFilter(filter, clock)
  if (!isObject(filter as unknown)) throw bad('a filter is a text, an object or a tree')
  if (isTree(filter)) return checkTree(filter)
  const of = Object.entries(filter).flatMap(([name, value]) => {
    if (!NAMES.includes(name)) throw noMember(name)
    return value === undefined ? [] : [testOf(name as keyof CallFilter, value, clock)]
  })
  return of.length === 1 && of[0] ? of[0] : { is: 'all', of }
}

/** A filter that asks for both. */
export function bothOf(one: FilterTree, other: FilterTree): FilterTree {
  const of = [one, other].flatMap((tree) => (tree.is === 'all' ? tree.of : [tree]))
  return of.length === 1 && of[0] ? of[0] : { is: 'all', of }
}

function isTree(filter: CallFilter | FilterTree): filter is FilterTree {
  return 'is' in filter
}

function testOf(name: keyof CallFilter, value: unknown, clock: Clock): FilterTree {
  if (typeof value !== 'string') throw bad(`${name} must be a text, as records have it`)
  const field = MEMBERS[name]
  if (FIELDS[field].type === 'time') {
    return { is: 'time', field: field as TimeField, value: readTime(name, value, clock) }
  }
  if (field === 'tag') return tagTest(value)
  if (field === 'stage' && !STAGES.some((stage) => stage === value)) {
    const near = nearestStage(value)
    throw bad(`there is no stage ${value}; ${near ? `did you mean ${near}?` : FIELDS.stage.about}`)
  }
  return { is: 'text', field: field as TextField, values: [{ value }] }
}

function tagTest(text: string): FilterTree {
  const [, tag, value] = /^([^=]+)(?:=(.*))?$/s.exec(text) ?? []
  if (tag === undefined) throw bad('tag must be name or name=value')
  const any = { value: '*', isPattern: true } as const
  return { is: 'text', field: 'tag', tag, values: [value === undefined ? any : { value }] }
}

function noMember(name: string): AuditError {
  const near = nearestName(name, NAMES)
  const hint = near ? `did you mean ${near}? There are` : 'there are'
  return bad(`no filter ${name}; ${hint} ${NAMES.join(', ')}`)
}

function bad(message: string): AuditError {
  return new AuditError('bad_query', message)
}
