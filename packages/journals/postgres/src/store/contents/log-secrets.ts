import { randomBytes } from 'node:crypto'
import type { KeyProvider } from '@slm-audit/core/node'
import {
  checkValueOf,
  dataKeyOf,
  digestOf,
  type StoredKey,
  subjectName,
  type UsedProvider,
  unwrappedKeyOf,
  withinDeadline
} from '@slm-audit/core/subjects'
import type { Connection } from '../../connection/connection.ts'
import { originOf } from '../schema.ts'
import { addKeys, secretRows } from './key-rows.ts'
import { namesWith } from './pseudonym-rows.ts'

/**
 * What the names of subjects are hashed with. Processes on many machines need the same, so it is in the log, wrapped as its data keys
 * are: whoever can unwrap them has it. A process that cannot makes one of its own each time it starts. Rejects with what the
 * provider says, and with AuditError.
 */
export async function secretToWriteWith(
  connection: Connection,
  provider: KeyProvider,
  alone: <T>(run: () => Promise<T>) => Promise<T>
): Promise<Uint8Array> {
  const origin = await originOf(connection)
  const stored = async () => (provider.unwrap ? (await secretRows(connection))[0] : undefined)
  const known = await stored()
  if (known) return await unwrapped(known, provider, origin)
  const secret = new Uint8Array(randomBytes(32))
  const context = { origin, key: `k-${randomBytes(8).toString('hex')}` }
  const { id: wrappedBy } = await provider.describe()
  const wrapped = await provider.wrap(secret, context)
  const checkValue = checkValueOf(dataKeyOf(secret), context)
  const other = await alone(async () => {
    // Another process may have been quicker.
    const first = await stored()
    if (!first) {
      await addKeys(
        connection,
        [{ name: context.key, wrappedBy, wrapped, checkValue }],
        [undefined]
      )
    }
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
    const secret = await withinDeadline(unwrapped(row, provider, origin), settings.deadlineMs)
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
