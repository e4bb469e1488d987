import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Commitments, checkContents } from './contents.ts'
import { Flaw } from './flaw.ts'
import { leafOf, rootOf } from './hashes.ts'
import { isSignedBy, type Note, type PublicKey, parseKey, parseNote } from './note.ts'
import { type Trust, type TrustPolicy, trustIn } from './trust-policy.ts'

const WIDTH = 256
const HASH_BYTES = 32

/** Options of `verifyTiles`. */
export interface VerifyTilesOptions {
  /** Whom the verifier believes. */
  readonly policy: TrustPolicy
  /** The text of a checkpoint that was kept elsewhere. */
  readonly against?: string
}

/** What was verified. */
export interface TilesReport extends Trust {
  /** The log's name. */
  readonly origin: string
  /** How many records the newest checkpoint covers. */
  readonly size: number
  /** Contents that are what their records commit to, and those that the records name. */
  readonly contents: number
  /** Contents that the records commit to. */
  readonly committed: number
  /** Records that retention took, as records of the log say: of these the hashes are left. */
  readonly pruned: number
  /** The size of the checkpoint that the log was compared with. */
  readonly against?: number
}

/** What is read of a record. */
interface Entry {
  readonly kind?: string
  readonly stage?: string
  readonly event?: { readonly key?: string; readonly ranges?: unknown }
  readonly log?: {
    readonly index?: number
    readonly origin?: string
    readonly contents?: Commitments
  }
}

/** A key and the record from which on it signs. */
interface KeyRange {
  readonly from: number
  readonly key: PublicKey
}

/**
 * Recomputes a log in the layout of c2sp.org/tlog-tiles from its entries, compares all that is
 * stored, and checks who signed it. Throws Flaw for the first thing that is wrong.
 */
export function verifyTiles(directory: string, options: VerifyTilesOptions): TilesReport {
  const note = parseNote(read(directory, 'checkpoint', 0).toString('utf8'))
  const trust = trustIn(note, options.policy)
  const leaves: Buffer[] = []
  const keys: KeyRange[] = []
  /** Tiles without entries, and those of which records of retention say that they went. */
  const gone: number[] = []
  const pruned = new Set<number>()
  let contents = 0
  let committed = 0
  for (let n = 0; n * WIDTH < note.size; n++) {
    const width = Math.min(WIDTH, note.size - n * WIDTH)
    if (!existsSync(join(directory, pathOf('entries', n, width))) && width === WIDTH) {
      leaves.push(...hashesOf(read(directory, pathOf('0', n, width), n * WIDTH)))
      gone.push(n)
      continue
    }
    const bundle = read(directory, pathOf('entries', n, width), n * WIDTH)
    const commitments = new Map<number, Commitments>()
    for (const bytes of entriesOf(bundle, n * WIDTH, width)) {
      const index = leaves.length
      leaves.push(leafOf(bytes))
      const entry = readEntry(bytes, index, note.origin)
      if (entry.kind === 'key.added')
        keys.push({ from: index, key: parseKey(`${entry.event?.key}`) })
      for (const [from, to] of prunedBy(entry)) {
        // Whoever wrote the files wrote the range, too: it may be of any length.
        const end = Math.min(to, note.size)
        for (let tile = Math.max(from, 0) / WIDTH; tile < end / WIDTH; tile++) pruned.add(tile)
      }
      commitments.set(index, entry.log?.contents ?? {})
      committed += Object.keys(entry.log?.contents ?? {}).length
    }
    const file = join('contents', `${groups(n)}.jsonl`)
    if (existsSync(join(directory, file))) {
      const bytes = readFileSync(join(directory, file))
      contents += checkContents(bytes, file, n * WIDTH, (index) => commitments.get(index))
    }
  }
  const missing = gone.find((n) => !pruned.has(n))
  if (missing !== undefined) {
    const path = pathOf('entries', missing, WIDTH)
    const why = `${path} is not there, and no record of retention says that it went`
    throw new Flaw(missing * WIDTH, 'missing', why)
  }
  checkTiles(directory, leaves)
  if (!note.root.equals(rootOf(leaves))) {
    throw new Flaw(0, 'rewritten history', 'the entries are not those that the checkpoint signs')
  }
  const newest = keys.at(-1)
  if (newest && !trust.signedBy.some(({ id }) => id === newest.key.id)) {
    throw new Flaw(newest.from, 'wrong key', 'the log has another key since this record')
  }
  const older = options.against === undefined ? undefined : parseNote(options.against)
  if (older) checkAgainst(older, note, leaves, [...keys.toReversed()], options.policy)
  const { origin, size } = note
  const counts = { contents, committed, pruned: gone.length * WIDTH }
  return { origin, size, ...counts, ...trust, ...(older && { against: older.size }) }
}

/** The ranges that a record of retention says went. */
function prunedBy({ kind, stage, event }: Entry): [number, number][] {
  if (kind !== 'records.pruned' || stage !== 'event' || !Array.isArray(event?.ranges)) return []
  return event.ranges.filter((range) => Array.isArray(range) && range.every(Number.isSafeInteger))
}

function hashesOf(tile: Buffer): Buffer[] {
  return Array.from({ length: tile.length / HASH_BYTES }, (_, at) =>
    tile.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES)
  )
}

function readEntry(bytes: Buffer, index: number, origin: string): Entry {
  let entry: Entry
  try {
    entry = JSON.parse(bytes.toString('utf8'))
  } catch {
    throw new Flaw(index, 'changed', 'the entry is not JSON')
  }
  if (entry?.log?.index !== index || entry.log.origin !== origin) {
    throw new Flaw(index, 'moved', `the entry says ${entry?.log?.origin} ${entry?.log?.index}`)
  }
  return entry
}

/** An older checkpoint must be signed, and be a beginning of this log. */
function checkAgainst(
  older: Note,
  note: Note,
  leaves: readonly Buffer[],
  newestFirst: readonly KeyRange[],
  { logs }: TrustPolicy
): void {
  if (older.origin !== note.origin) {
    throw new Flaw(0, 'rewritten history', `the other checkpoint is of ${older.origin}`)
  }
  if (older.size > note.size) {
    throw new Flaw(note.size, 'truncated tail', `the log once had ${older.size} records`)
  }
  if (!older.root.equals(rootOf(leaves, 0, older.size))) {
    throw new Flaw(0, 'rewritten history', `the first ${older.size} records are not those of old`)
  }
  const known = newestFirst.find(({ from }) => from < older.size)?.key
  const keys = known ? [known] : logs
  if (!keys.some((key) => isSignedBy(older, key))) {
    throw new Flaw(0, 'wrong key', 'the other checkpoint is not signed by the key of its time')
  }
}

/** All tiles that the tree has must be there, and all that are there must be the tree's. */
function checkTiles(directory: string, leaves: readonly Buffer[]): void {
  /** How wide each tile is, by its path without the width. */
  const whole = new Map<string, number>()
  let hashes: Uint8Array[] = [...leaves]
  let reach = 1
  for (let level = 0; hashes.length > 0; level++) {
    const next: Uint8Array[] = []
    for (let at = 0; at < hashes.length; at += WIDTH) {
      const tile = hashes.slice(at, at + WIDTH)
      const path = pathOf(`${level}`, at / WIDTH, tile.length)
      whole.set(path.replace(PARTIAL, ''), tile.length)
      if (!Buffer.concat(tile).equals(read(directory, path, at * reach))) {
        throw new Flaw(at * reach, 'changed', `${path} is not what the entries make it`)
      }
      if (tile.length === WIDTH) next.push(rootOf(tile))
    }
    hashes = next
    reach *= WIDTH
  }
  for (const path of filesBelow(directory, 'tile')) {
    const known = whole.get(path.replace('tile/entries/', 'tile/0/').replace(PARTIAL, ''))
    const width = Number(PARTIAL.exec(path)?.[1] ?? WIDTH)
    if (known !== undefined && width <= known && isBeginning(directory, path, width, known))
      continue
    throw new Flaw(leaves.length, 'truncated tail', `${path} is not a tile of the checkpoint`)
  }
}

const PARTIAL = /\.p\/(\d{1,3})$/

/** An earlier export leaves narrower tiles behind; they must be beginnings of what is there now. */
function isBeginning(directory: string, path: string, width: number, widest: number): boolean {
  if (width === widest) return true
  const now = `${path.replace(PARTIAL, '')}${widest === WIDTH ? '' : `.p/${widest}`}`
  const bytes = readFileSync(join(directory, path))
  const isWide = path.startsWith('tile/entries/')
    ? entriesOf(bytes, 0, width).length === width
    : bytes.length === width * HASH_BYTES
  return isWide && bytes.equals(readFileSync(join(directory, now)).subarray(0, bytes.length))
}

/** The entries of a bundle: each has its length in two bytes before it. */
function entriesOf(bundle: Buffer, first: number, count: number): Buffer[] {
  const entries: Buffer[] = []
  let at = 0
  while (at + 2 <= bundle.length) {
    const end = at + 2 + bundle.readUInt16BE(at)
    if (end > bundle.length) break
    entries.push(bundle.subarray(at + 2, end))
    at = end
  }
  if (at !== bundle.length || entries.length !== count) {
    throw new Flaw(first, 'changed', `the bundle should have exactly ${count} entries`)
  }
  return entries
}

function read(directory: string, path: string, index: number): Buffer {
  try {
    return readFileSync(join(directory, path))
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause
    throw new Flaw(index, 'missing', `${path} is not there`)
  }
}

function pathOf(level: string, n: number, width: number): string {
  return `tile/${level}/${groups(n)}${width === WIDTH ? '' : `.p/${width}`}`
}

/** 1234067 is x001/x234/067. */
function groups(n: number): string {
  const rest = Math.floor(n / 1000)
  const last = String(n % 1000).padStart(3, '0')
  return rest === 0 ? last : `${groups(rest).replace(/(\d{3})$/, 'x$1')}/${last}`
}

function filesBelow(directory: string, path: string): string[] {
  if (!existsSync(join(directory, path))) return []
  return readdirSync(join(directory, path), { withFileTypes: true }).flatMap((each) =>
    each.isDirectory() ? filesBelow(directory, `${path}/${each.name}`) : [`${path}/${each.name}`]
  )
}
