/** What an archive says of itself. */
export const MANIFEST = 'archive.json'
/** The format of the archive, in its manifest. */
export const FORMAT = 'slm-audit archive 1'
/** The newest signed checkpoint whose records are all here, as readers of C2SP tlog-tiles look for it. */
export const CHECKPOINT = 'checkpoint'
/** What keys of batches begin with. */
export const BATCHES = 'batches/'
/** What keys of all signed checkpoints begin with. */
export const CHECKPOINTS = 'checkpoints/'
/** What keys of tiles and entry bundles begin with. */
export const TILES = 'tile/'
/** What keys of entry bundles begin with. */
export const ENTRIES = 'tile/entries/'

const DIGITS = 12
const BATCH = /^batches\/(\d{12})\.jsonl\.zst$/
const SIGNED = /^checkpoints\/(\d{12})$/

/** The key of the batch that begins with a record: one name, which only one archiver can make. */
export function batchKey(first: number): string {
  return `${BATCHES}${padded(first)}.jsonl.zst`
}

/** The first record of a batch, by its key; `undefined` for another key. */
export function firstOf(key: string): number | undefined {
  return numberIn(key, BATCH)
}

/** The key of the contents of a batch; `nonce` keeps those of another archiver apart. */
export function contentsKey(first: number, nonce: string): string {
  return `contents/${padded(first)}-${nonce}`
}

/** The key of a signed checkpoint. */
export function checkpointKey(size: number): string {
  return `${CHECKPOINTS}${padded(size)}`
}

/** The size of a signed checkpoint, by its key; `undefined` for another key. */
export function signedSize(key: string): number | undefined {
  return numberIn(key, SIGNED)
}

function padded(index: number): string {
  return String(index).padStart(DIGITS, '0')
}

function numberIn(key: string, pattern: RegExp): number | undefined {
  const [, digits] = pattern.exec(key) ?? []
  return digits === undefined ? undefined : Number(digits)
}
