import type { StoredRecord } from '@slm-audit/core/journal'
import type { Cipher } from '../format/age.ts'
import { readDirectory } from '../journal/read-directory.ts'
import type { SubjectFile } from '../subjects/subject-file.ts'
import type { AdministeredFiles } from './administer.ts'
import { destroyKeys } from './subject-erasure.ts'

/** Which data keys something that is left of a log in files is encrypted with. */
export class KeyUse {
  readonly #directory: string
  readonly #decrypt: Cipher
  readonly #used = new Set<string>()
  #next = 0

  constructor({ directory, decrypt }: Pick<AdministeredFiles, 'directory' | 'decrypt'>) {
    this.#directory = directory
    this.#decrypt = decrypt
  }

  /**
   * Looks at the records that came since it last did. Rejects as reading the log does.
   *
   * @param goes Of a rehearsal, which records would lose their contents.
   */
  async look(goes: (index: number) => boolean = () => false): Promise<void> {
    for await (const sealed of readDirectory(this.#directory, this.#decrypt, this.#next)) {
      this.#next = sealed.index + 1
      if (!goes(sealed.index)) this.#add(sealed)
    }
  }

  /** The names of the keys that nothing is encrypted with, of those that are there. */
  unused(subjects: SubjectFile): string[] {
    subjects.refresh()
    const names: string[] = []
    for (let keys = subjects.keysBehind(0); keys.length > 0; ) {
      for (const { name, wrapped } of keys) if (wrapped && !this.#used.has(name)) names.push(name)
      keys = subjects.keysBehind(keys.at(-1)?.id ?? 0)
    }
    return names
  }

  #add({ contents }: StoredRecord): void {
    for (const { encrypted, parts = [] } of contents) {
      if (encrypted !== undefined) this.#used.add(encrypted)
      for (const part of parts) if (part.encrypted !== undefined) this.#used.add(part.encrypted)
    }
  }
}

/** Destroys the data keys that nothing of a log is encrypted with; how many there were. Rejects as reading the log does. */
export async function destroyUnused(administered: AdministeredFiles): Promise<number> {
  const { log } = administered
  if (!log.subjects.hasKeys) return 0
  const use = new KeyUse(administered)
  await use.look()
  return await log.exclusive(async () => {
    // What came meanwhile.
    await use.look()
    return destroyKeys(log.subjects, use.unused(log.subjects))
  })
}
