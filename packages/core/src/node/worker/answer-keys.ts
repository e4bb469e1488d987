import { AuditError } from '../../base/error.ts'
import type { KeyContext, KeyProvider } from '../key-provider.ts'
import type { KeyQuestion } from './messages.ts'

/** Bytes of a wrapped key: key management services give some hundreds. */
const MOST_BYTES = 65_536

/**
 * What a provider answers, as bytes. Rejects with what the provider throws, and with AuditError `bad_key` for an answer
 * of another kind.
 */
export async function answerKeys(
  provider: KeyProvider | undefined,
  { ask, key, context }: KeyQuestion
): Promise<Uint8Array> {
  if (!provider) throw new AuditError('bad_key', 'no key provider was given')
  if (ask === 'destroy') {
    await provider.destroy?.(context)
    return new Uint8Array()
  }
  if (ask === 'describe') {
    const { id } = await provider.describe()
    if (typeof id === 'string' && id !== '') return new TextEncoder().encode(id)
    throw new AuditError('bad_key', 'describe() must give { id }, a text')
  }
  const bytes: unknown = await provider[ask]?.(key, context)
  if (bytes instanceof Uint8Array && bytes.length > 0 && bytes.length <= MOST_BYTES) return bytes
  if (bytes instanceof Uint8Array) {
    throw new AuditError(
      'bad_key',
      `${ask}() gave ${bytes.length} bytes; a wrapped key has 1 to ${MOST_BYTES}`
    )
  }
  throw new AuditError('bad_key', `${ask}() must give bytes: a Uint8Array`)
}

/** A provider in the worker's thread that asks the one on the caller's; `canUnwrap` says whether that one can. */
export function askingProvider(
  ask: (question: KeyQuestion) => Promise<Uint8Array>,
  canUnwrap: boolean
): KeyProvider {
  const nothing = { key: new Uint8Array(), context: { origin: '', key: '' } }
  return {
    wrap: (key, context) => ask({ ask: 'wrap', key, context }),
    ...(canUnwrap && {
      unwrap: (key: Uint8Array, context: KeyContext) => ask({ ask: 'unwrap', key, context })
    }),
    destroy: async (context) => {
      await ask({ ...nothing, ask: 'destroy', context })
    },
    describe: async () => ({
      id: new TextDecoder().decode(await ask({ ...nothing, ask: 'describe' }))
    })
  }
}
