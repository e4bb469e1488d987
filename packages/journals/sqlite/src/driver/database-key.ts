import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads'

/** The keys of encrypted databases, by file. Threads that are started later know them, too. */
const NAME = 'slm-audit database keys'

/** What is beside a database and encrypted as it is. */
const BESIDE = /-index$/

type Keys = ReadonlyMap<string, Uint8Array>

/** Says that a database is encrypted with a key of 32 bytes; `file` is the path that links lead to. */
export function useDatabaseKey(file: string, key: Uint8Array): void {
  setEnvironmentData(NAME, new Map(known()).set(file, key) as never)
}

/** The key of a database, or of what is beside one; `undefined` for one that is not encrypted. */
export function databaseKeyOf(location: string): Uint8Array | undefined {
  return known().get(location.replace(BESIDE, ''))
}

/** Whether there is an encrypted database at all: nothing of it must reach a temporary file then. */
export function hasDatabaseKeys(): boolean {
  return known().size > 0
}

function known(): Keys {
  return (getEnvironmentData(NAME) as unknown as Keys | undefined) ?? new Map()
}
