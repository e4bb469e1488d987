import { AuditError } from '../base/error.ts'
import { isObject } from '../base/json.ts'

/** What a data key is for, as whoever wraps it is told: it may go into what is authenticated, and into who may unwrap. */
export interface KeyContext {
  /** Name of the log. */
  readonly origin: string
  /** Name of the data key: `k-` and 16 hexadecimal digits. */
  readonly key: string
}

/** What a provider says of itself. */
export interface KeyProviderFacts {
  /** Names the wrapping key that `wrap` uses now. Rotation wraps every data key anew that another one has wrapped. */
  readonly id: string
}

/**
 * Keeps the keys that data keys are wrapped with: a file, an environment variable, or a key management
 * service behind these functions. Data keys have 32 bytes. What rejects, or takes longer than the deadline of
 * whoever asks, is asked again later; nothing of the application waits for it.
 */
export interface KeyProvider {
  /** Wraps a data key; what it gives, 1 to 65,536 bytes, is stored in the log, and must be useless without the provider. */
  wrap(key: Uint8Array, context: KeyContext): Uint8Array | Promise<Uint8Array>
  /**
   * Gives back the data key that was wrapped. Throws, or rejects, where it cannot. Without it the process can write
   * and not read back: it uses new data keys each time it starts.
   */
  unwrap?(wrapped: Uint8Array, context: KeyContext): Uint8Array | Promise<Uint8Array>
  /** Hears that a data key was destroyed: the log has no copy of it any more. Optional. */
  destroy?(context: KeyContext): void | Promise<void>
  /** Says which wrapping key is in use. */
  describe(): KeyProviderFacts | Promise<KeyProviderFacts>
}

/**
 * Where wrapping keys are: in a file or an environment variable, as 64 hexadecimal digits each, one a line, of
 * which the first is in use and the others open what was wrapped with them; or a provider.
 */
export type KeyProviderSource = { readonly file: string } | { readonly env: string } | KeyProvider

const METHODS = ['wrap', 'describe'] as const

/** Whether a value is a provider, with all that one must have. */
export function isKeyProvider(value: unknown): value is KeyProvider {
  return isObject(value) && METHODS.every((name) => typeof value[name] === 'function')
}

/** Throws AuditError `bad_option` for what is not a source of wrapping keys. */
export function checkKeyProvider(value: unknown): asserts value is KeyProviderSource {
  const isPlace =
    isObject(value) && (typeof value.file === 'string' || typeof value.env === 'string')
  if (isPlace || isKeyProvider(value)) return
  const message =
    'keys must be { file }, { env } or a key provider: wrap, describe and, to read, unwrap'
  throw new AuditError('bad_option', message)
}
