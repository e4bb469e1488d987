import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { canonicalize, isObject, messageOf } from '@slm-audit/core/adapter'
import { AuditError, type AuditedCall, type Reader } from '@slm-audit/core/reader'

/** A named set of recorded calls, in a file beside the log that can be kept with a project's tests. */
export interface EvaluationSet {
  readonly name: string
  /** When it was frozen: ISO 8601, UTC. */
  readonly frozenAt: string
  /** The filter that chose the calls. */
  readonly filter: string
  /** Its calls, in the order in which they were made. */
  readonly calls: readonly FrozenCall[]
}

interface FrozenCall {
  readonly auditId: string
  /** SHA-256 of what was asked, in hex: says whether the log still has it. */
  readonly input: string
}

const NAME = /^[\w.-]{1,64}$/

/** Writes a set. Throws AuditError `bad_option` for a name that is no name of a file, or that is taken. */
export function freezeSet(
  name: string,
  filter: string,
  calls: readonly AuditedCall[],
  database: string
): EvaluationSet {
  const set = {
    name,
    frozenAt: new Date().toISOString(),
    filter,
    calls: calls.map((call) => ({ auditId: call.auditId, input: digestOf(call) }))
  }
  const path = pathOf(name, database)
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    writeFileSync(path, `${JSON.stringify(set, undefined, 2)}\n`, { flag: 'wx', mode: 0o600 })
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') {
      const message = `the set cannot be written (${messageOf(cause)}); sets stand beside the log, in a folder that you can write`
      throw new AuditError('bad_option', message, { cause })
    }
    throw new AuditError(
      'bad_option',
      `the set ${name} is frozen already: ${path}; give another name, or delete the file`
    )
  }
  return set
}

/** The sets beside a log, by name. */
export function listSets(database: string): EvaluationSet[] {
  let names: string[]
  try {
    names = readdirSync(join(dirname(database), 'sets'))
  } catch {
    return []
  }
  return names
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => loadSet(name.slice(0, -'.json'.length), database))
}

/**
 * The calls of a set, as the log has them. Rejects with AuditError `not_found` where there is no such set, or the log has one of
 * its calls no more, or another input in its place.
 */
export async function readSet(
  name: string,
  database: string,
  reader: Reader
): Promise<readonly AuditedCall[]> {
  const calls: AuditedCall[] = []
  for (const { auditId, input } of loadSet(name, database).calls) {
    const call = await reader.get(auditId)
    if (!call || digestOf(call) !== input) {
      const what = call ? 'does not have the input that was frozen' : 'is not in this log'
      throw new AuditError(
        'not_found',
        `the call ${auditId} of the set ${name} ${what}; freeze another set, or use its log`
      )
    }
    calls.push(call)
  }
  return calls
}

function loadSet(name: string, database: string): EvaluationSet {
  const path = pathOf(name, database)
  let set: unknown
  try {
    set = JSON.parse(readFileSync(path, 'utf8'))
  } catch (cause) {
    const why =
      (cause as NodeJS.ErrnoException).code === 'ENOENT' ? 'there is none' : messageOf(cause)
    throw new AuditError(
      'not_found',
      `the set ${name} cannot be read from ${path}: ${why}; slm-audit set freeze ${name} <filter> makes one`,
      { cause }
    )
  }
  if (isObject(set) && Array.isArray(set.calls)) return set as unknown as EvaluationSet
  throw new AuditError('bad_record', `${path} is not an evaluation set`)
}

function pathOf(name: string, database: string): string {
  if (NAME.test(name) && !name.startsWith('.'))
    return join(dirname(database), 'sets', `${name}.json`)
  throw new AuditError(
    'bad_option',
    `${name} cannot be the name of a set: letters, digits, dots, hyphens`
  )
}

function digestOf({ record, contents }: AuditedCall): string {
  const { input, tools } = contents
  const asked = { input, tools, settings: record.call?.settings }
  return createHash('sha256').update(canonicalize(asked)).digest('hex')
}
