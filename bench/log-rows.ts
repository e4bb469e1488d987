import { type PendingRecord, pendingEvent } from '@slm-audit/core/journal'
import { newPrivateKey, privateKeySigner } from '@slm-audit/core/node'
import { formatCheckpoint, formatNote, signNote } from '@slm-audit/core/tlog'
import { admitKey } from '../packages/journals/sqlite/src/keys/admit-key.ts'
import { checkpointStore } from '../packages/journals/sqlite/src/keys/checkpoint-store.ts'
import { NewestKey } from '../packages/journals/sqlite/src/store/key-records.ts'
import { openForWriting } from '../packages/journals/sqlite/src/store/open-database.ts'
import { rowOf, Writer, type WriterTree } from '../packages/journals/sqlite/src/store/writer.ts'

const ORIGIN = 'example.com/bench'
const BATCH = 100
/** What the log signs by default. */
const SIGN_EVERY = 1000
const body = 'What is the state of my order, and when will it arrive at my door? '.repeat(15)
const contents = [{ name: 'input', type: 'text/plain', body }]
const facts = { provider: 'bench', model: 'small-model-q4', operation: 'chat', session: 'S-42' }

/** Stands in for the tree: what a journal costs without one. */
export const noTree: WriterTree = {
  resume: () => undefined,
  append: () => undefined,
  save: () => undefined,
  forget: () => undefined,
  root: () => new Uint8Array(32)
}

/**
 * Writes records with a content of 1 kB each, in batches as the journal's worker does, signing as
 * the journal does; without a tree it signs nothing. Returns what it took by the clock: milliseconds
 * unless another is given.
 */
export async function writeLog(
  file: string,
  records: number,
  tree?: WriterTree,
  now: () => number = () => performance.now()
): Promise<number> {
  const database = openForWriting(file, 'process', ORIGIN)
  const writer = new Writer(database, 'bench', ...(tree ? [tree] : []))
  const signer = privateKeySigner(newPrivateKey(ORIGIN))
  const newest = new NewestKey(database)
  if (!tree) admitKey(database, writer, newest, signer, ORIGIN)
  const store = checkpointStore(database, writer, newest, {
    keyFile: undefined,
    stateFolder: false
  })
  let storing: Promise<unknown> = Promise.resolve()
  let took = 0
  for (let done = 0; done < records; done += BATCH) {
    const pending = Array.from(
      { length: BATCH },
      (): PendingRecord => ({ ...recordOf(), contents })
    )
    const rows = pending.map((each) => rowOf(each))
    const from = now()
    writer.append(rows)
    if (!tree && (done + BATCH) % SIGN_EVERY === 0) {
      const { size, root } = writer.head()
      const text = formatCheckpoint({ origin: ORIGIN, size, root })
      const note = formatNote({ text, signatures: [await signNote(text, signer)] })
      storing = Promise.resolve(store.store(size, note))
    }
    took += now() - from
  }
  const from = now()
  await storing
  took += now() - from
  database.close()
  return took
}

function recordOf(): PendingRecord {
  return pendingEvent('bench', facts)
}
