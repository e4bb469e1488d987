import { parseRecord, type StoredRecord } from '@slm-audit/core/journal'
import { ContentKeys } from '@slm-audit/core/subjects'
import { contentsProviderOf } from './log-place.ts'
import { isStoredSealed, type OpenWith, openedContents, openNothing } from './seal-contents.ts'
import { SubjectFile } from './subject-file.ts'

/** A record that was read as it is stored, for whoever has no keys of its log. */
export function withoutKeys(sealed: StoredRecord): StoredRecord {
  if (!sealed.contents.some(isStoredSealed)) return sealed
  const { auditId } = parseRecord(sealed)
  return { ...sealed, contents: openedContents(sealed.contents, auditId, openNothing) }
}

/** Opens the contents of a log in files with the keys that this thread was told of. */
export class OpenedRecords {
  readonly #file: SubjectFile
  readonly #keys: ContentKeys

  /** @param origin Name of the log, which is asked for once something is encrypted. */
  constructor(directory: string, origin: () => string) {
    const file = new SubjectFile(directory)
    const lookup = {
      get origin() {
        return origin()
      },
      keyAt: (id: number) => file.keyAt(id),
      keysBehind: (id: number) => file.keysBehind(id)
    }
    this.#keys = new ContentKeys(lookup, () => contentsProviderOf(directory))
    this.#file = file
  }

  /** Why a key could not be had, by its name; `undefined` where nobody was asked. */
  problemOf(name: string): string | undefined {
    return this.#keys.problemOf(name)
  }

  /** A record that was read as it is stored, as readers are given it. */
  async of(sealed: StoredRecord): Promise<StoredRecord> {
    if (!sealed.contents.some(isStoredSealed)) return sealed
    this.#file.refresh()
    const { auditId } = parseRecord(sealed)
    const contents = await this.#keys.read(() =>
      openedContents(sealed.contents, auditId, this.#open)
    )
    return { ...sealed, contents }
  }

  readonly #open: OpenWith = (name, sealed, place) => {
    const id = this.#file.idOf(name)
    return id === undefined ? 'gone' : this.#keys.open(id, sealed, place)
  }

  /** Records one after the other. */
  async *all(records: AsyncIterable<StoredRecord>): AsyncGenerator<StoredRecord> {
    for await (const sealed of records) yield await this.of(sealed)
  }
}
