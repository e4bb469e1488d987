import { randomBytes } from 'node:crypto'
import { AuditError, messageOf } from '@slm-audit/core/journal'
import type { KeyProvider } from '@slm-audit/core/node'
import {
  checkValueOf,
  dataKeyOf,
  digestOf,
  type StoredKey,
  subjectName,
  type UsedProvider,
  unwrappedKeyOf,
  withinDeadline,
  wrapKey
} from '@slm-audit/core/subjects'
import type { Connection } from '../../connection/connection.ts'
import { originOf } from '../schema.ts'
import { addKeys, secretRows } from './key-rows.ts'
import { namesWith } from './pseudonym-rows.ts'

/** A log whose secret somebody needs who writes it. */
export interface SecretLog {
  readonly origin: string
  /** Runs something on a connection of the log, in its turn. */
  use<T>(run: (connection: Connection) => Promise<T>): Promise<T>
  /** Runs something in a transaction under the lock of the log. */
  alone<T>(run: (connection: Connection) => Promise<T>): Promise<T>
}

/**
 * What the names of subjects are hashed with. Processes on many machines need the same, so it is in the log, wrapped as its data keys
 * are: whoever can unwrap them has it. A process that cannot makes one of its own each time it starts. The provider is waited for
 * between turns and transactions. Rejects with what the provider says, and with AuditError.
 */
export async function secretToWriteWith(
  { origin, use, alone }: SecretLog,
  provider: KeyProvider
): Promise<Uint8Array> {
  const stored = async (connection: Connection) =>
    provider.unwrap ? (await secretRows(connection))[0] : undefined
  const known = await use(stored)
  if (known) return await unwrapped(known, provider, origin)
  const secret = new Uint8Array(randomBytes(32))
  const context = { origin, key: `k-${randomBytes(8).toString('hex')}` }
  const { id: wrappedBy } = await provider.describe()
  const wrapped = await wrapKey(provider, secret, context)
  const checkValue = checkValueOf(dataKeyOf(secret), context)
  const other = await alone(async (connection) => {
    // Another process may have been quicker.
    const first = await stored(connection)
    const own = { name: context.key, wrappedBy, wrapped, checkValue }
    if (!first) await addKeys(connection, [own], [undefined])
    return first
  })
  return other ? await unwrapped(other, provider, origin) : secret
}

/** The names that headers may have for a user whom the application named so, as far as the keys that are here tell. Rejects with AuditError. */
export async function namesOf(
  connection: Connection,
  user: string,
  used: UsedProvider | undefined
): Promise<string[]> {
  const { provider, settings } = used ?? {}
  if (!provider?.unwrap || !settings) return []
  const origin = await originOf(connection)
  const digests: Uint8Array[] = []
  for (const row of await secretRows(connection)) {
    const secret = await withinDeadline(
      unwrapped(row, provider, origin),
      settings.deadlineMs
    ).catch((cause: unknown) => {
      const message = `the keys that tell whose a pseudonym is could not be had: ${messageOf(cause)}`
      throw AuditError.is(cause) ? cause : new AuditError('bad_key', message, { cause })
    })
    digests.push(digestOf(secret, subjectName('user', user)))
  }
  return digests.length === 0 ? [] : await namesWith(connection, digests)
}

async function unwrapped(
  { name, wrapped, checkValue }: StoredKey,
  provider: KeyProvider,
  origin: string
): Promise<Uint8Array> {
  const context = { origin, key: name }
  const bytes: unknown = await provider.unwrap?.(wrapped ?? new Uint8Array(), context)
  return new Uint8Array(unwrappedKeyOf(bytes, context, checkValue).export())
}
