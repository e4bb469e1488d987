import { lstatSync, readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { AuditError, messageOf } from '../base/error.ts'
import { isObject } from '../base/json.ts'
import { type AccessRoles, parseRoles } from '../read/access/roles.ts'

/**
 * The roles of a log's readers as the file beside it has them; `undefined` where there is none. Throws AuditError `bad_policy`
 * for roles that cannot be read.
 */
export function readRolesFile(path: string): AccessRoles | undefined {
  try {
    // A link that leads nowhere is roles that cannot be read, and not none: without any, everybody is given all.
    if (!lstatSync(path, { throwIfNoEntry: false })) return undefined
    return parseRoles(withPlace(JSON.parse(readFileSync(path, 'utf8')), dirname(path)))
  } catch (cause) {
    throw new AuditError('bad_policy', `${path}: ${messageOf(cause)}`, { cause })
  }
}

/** Roles with the file that their module reads by its whole path: it lies beside them, wherever the program runs. */
function withPlace(roles: unknown, folder: string): unknown {
  const ask = isObject(roles) ? roles.ask : undefined
  const options = isObject(ask) ? ask.options : undefined
  if (!isObject(options) || typeof options.file !== 'string') return roles
  const file = resolve(folder, options.file)
  return { ...(roles as object), ask: { ...(ask as object), options: { ...options, file } } }
}
