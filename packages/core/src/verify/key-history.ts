import { AuditError } from '../base/error.ts'
import type { AuditRecord } from '../record/record.ts'
import { ED25519, parseVerifierKey, type VerifierKey } from '../tlog/key.ts'
import type { Note, NoteSignature } from '../tlog/note.ts'
import { checkSignature } from '../tlog/signer.ts'
import type { HeaderFacts } from './read-plain-header.ts'

/** The kind of the records that give a log its keys: the first key, and each that replaces one. */
export const KEY_ADDED = 'key.added'

/** Whether a record gives its log a key; an application's call of that kind does not. */
export function addsKey({ kind, stage }: Pick<HeaderFacts, 'kind' | 'stage'>): boolean {
  return kind === KEY_ADDED && stage === 'event'
}

/** The keys of a log, each valid for the checkpoints from its record on until the next one. */
export class KeyHistory {
  readonly #keys: {
    readonly index: number
    readonly key: VerifierKey
    readonly custody?: string
  }[] = []

  readonly #mentioned: VerifierKey[] = []

  /** All keys so far, oldest first. */
  get keys(): readonly VerifierKey[] {
    return this.#keys.map(({ key }) => key)
  }

  /** Who holds the newest key, where its record says so. */
  get custody(): string | undefined {
    return this.#keys.at(-1)?.custody
  }

  /** Learns of a key that may be added later, to tell its signatures from those of strangers. */
  mention(text: string): void {
    try {
      this.#mentioned.push(parseVerifierKey(text))
    } catch {
      // What is not a key signs nothing; the record that says so is read in its turn.
    }
  }

  /** Reads a `key.added` record. Throws AuditError `bad_key` when it holds no key of this log. */
  add(index: number, { event, log }: AuditRecord): void {
    const key = parseVerifierKey(String(event?.key))
    if (key.name !== log.origin || key.type !== ED25519) {
      throw new AuditError('bad_key', `the key ${key.name} cannot sign for ${log.origin}`)
    }
    const custody = event?.custody
    this.#keys.push({ index, key, ...(typeof custody === 'string' && { custody }) })
  }

  /** The key that signs checkpoints of a size. */
  validAt(size: number): VerifierKey | undefined {
    return this.#keys.findLast(({ index }) => index < size)?.key
  }

  /**
   * The key that must sign the checkpoint of this size as well, because the record before it is
   * the one that replaced it.
   */
  replacedAt(size: number): VerifierKey | undefined {
    const at = this.#keys.findIndex(({ index }) => index === size - 1)
    return at > 0 ? this.#keys[at - 1]?.key : undefined
  }

  /** Whether a signature claims to be the log's and is by none of its keys. */
  isStranger({ name, keyId }: NoteSignature): boolean {
    const own = this.keys.filter((key) => key.name === name)
    return own.length > 0 && !own.some((key) => key.keyId === keyId)
  }

  /** What is wrong with the signatures on a checkpoint of a size. */
  async flawOf(note: Note, size: number): Promise<'bad signature' | 'wrong key' | undefined> {
    const needed = [this.validAt(size), this.replacedAt(size)].filter((key) => key !== undefined)
    const states = await Promise.all(needed.map((key) => checkSignature(note, key)))
    if (states.includes('bad')) return 'bad signature'
    if (states.length > 0 && states.every((state) => state === 'good')) return undefined
    for (const key of [...this.keys, ...this.#mentioned]) {
      if ((await checkSignature(note, key)) === 'good') return 'wrong key'
    }
    return note.signatures.length > 0 && needed.length > 0 ? 'bad signature' : 'wrong key'
  }
}
