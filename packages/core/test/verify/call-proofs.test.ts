import { nodeSha256 } from '@slm-audit/core/node'
import { expect, test } from 'vitest'
import { seal } from '../../src/journal/seal.ts'
import { pendingEvent } from '../../src/record/event-record.ts'
import { formatCheckpoint } from '../../src/tlog/checkpoint.ts'
import { GrowingTree } from '../../src/tlog/growing-tree.ts'
import { KnownNodes } from '../../src/tlog/known-nodes.ts'
import { rootFromInclusion } from '../../src/tlog/proof.ts'
import { hashReader, type ReadTile, type Tile } from '../../src/tlog/tiles.ts'
import { parseTlogProof } from '../../src/tlog/tlog-proof.ts'
import { completeSubtrees } from '../../src/tlog/tree.ts'
import { flawOfRecords, proofUnder } from '../../src/verify/call-proofs.ts'

const ORIGIN = 'example.com/log'

/** A log of so many records: its records, its tiles, and a checkpoint of all. */
function logOf(size: number, word = 'is') {
  const tiles = new Map<string, Uint8Array>()
  const key = ({ level, n }: Tile) => `${level}/${n}`
  const readTile: ReadTile = (tile) => tiles.get(key(tile)) ?? new Uint8Array()
  const tree = new GrowingTree(
    { read: readTile, write: (tile, hashes) => void tiles.set(key(tile), hashes.slice()) },
    nodeSha256
  )
  tree.resume(0)
  const records = Array.from({ length: size }, (_, index) => {
    const event = pendingEvent('test', { [word]: index })
    const record = seal(event, index, { origin: ORIGIN, newSalt: () => new Uint8Array(32) })
    tree.append(record.leafHash)
    return record
  })
  const root = tree.root()
  tree.save()
  const note = `${formatCheckpoint({ origin: ORIGIN, size, root })}\n\u2014 ${ORIGIN} AAAAAAAA\n`
  return { records, readTile, newest: { size, note }, root }
}

test.each([1, 2, 255, 256, 257, 700, 1_000])(
  'of a tree of %i leaves the known nodes are those of its tiles, asked in any order',
  (size) => {
    const { readTile } = logOf(size)
    const known = new KnownNodes().reader(readTile, nodeSha256)
    const read = hashReader(readTile, nodeSha256)
    const subtrees = Array.from({ length: size }, (_, at) => completeSubtrees(0, at + 1)).flat()
    for (const subtree of [...subtrees.reverse(), ...subtrees]) {
      expect(known(subtree)).toEqual(read(subtree))
    }
    expect(() => known({ level: 0, index: size })).toThrow(/ends before hash/)
  }
)

test('a known tree grows, and each proof leads to the root of its size', () => {
  const known = new KnownNodes()
  for (const size of [3, 200, 256, 300, 900]) {
    const { records, readTile, newest, root } = logOf(size)
    expect(flawOfRecords(records, newest, readTile, nodeSha256, known)).toBeUndefined()
    for (const record of records) {
      const { path } = parseTlogProof(proofUnder(record, newest, readTile, nodeSha256, known))
      expect(rootFromInclusion(record.index, size, record.leafHash, path, nodeSha256)).toEqual(root)
    }
  }
})

test('records that are checked one after the other share what their proofs are made of', () => {
  const { records, readTile, newest } = logOf(1_000)
  const counts = { hashes: 0, tiles: 0 }
  const hash = (bytes: Uint8Array) => {
    counts.hashes++
    return nodeSha256(bytes)
  }
  const read: ReadTile = (tile) => {
    counts.tiles++
    return readTile(tile)
  }
  const known = new KnownNodes()
  for (const record of records) flawOfRecords([record], newest, read, hash, known)
  expect(counts.tiles).toBeLessThan(20)
  expect(counts.hashes / records.length).toBeLessThan(40)
})

test('a log that took the place of the known one is told from one that was rewritten', () => {
  const known = new KnownNodes()
  const [before, after] = [logOf(300, 'was'), logOf(300)]
  flawOfRecords(before.records, before.newest, before.readTile, nodeSha256, known)
  const { records, newest, readTile, root } = after
  expect(flawOfRecords(records, newest, readTile, nodeSha256, known)).toBeUndefined()
  flawOfRecords(before.records, before.newest, before.readTile, nodeSha256, known)
  const [record] = records
  if (!record) throw new Error('no record')
  const { path } = parseTlogProof(proofUnder(record, newest, readTile, nodeSha256, known))
  expect(rootFromInclusion(0, 300, record.leafHash, path, nodeSha256)).toEqual(root)
  const forged = before.records[7]
  expect(flawOfRecords(forged ? [forged] : [], newest, readTile, nodeSha256, known)).toMatchObject({
    index: 7,
    kind: 'rewritten history'
  })
})
