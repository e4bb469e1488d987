import { createHash } from 'node:crypto'
import { nodeSha256 } from '@slm-audit/core/node'
import {
  bundlePath,
  checkConsistency,
  consistencyProof,
  decodeBundle,
  encodeBundle,
  Frontier,
  groupsOf,
  inclusionProof,
  leafHash,
  nodeHash,
  type ReadHash,
  rootFromInclusion,
  rootOf,
  sha256,
  tilePath,
  tilesOf
} from '@slm-audit/core/tlog'
import { describe, expect, test } from 'vitest'

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
const bytes = (digits: string) => Uint8Array.from(Buffer.from(digits, 'hex'))

/** The inputs and roots of the reference tests of Certificate Transparency. */
const INPUTS = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f'
].map(bytes)
const ROOTS = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328'
]

/** RFC 6962 section 2.1 word for word: slow, and without anything of ours. */
function naiveRoot(leaves: readonly Uint8Array[]): Buffer {
  const digest = (...parts: Uint8Array[]) =>
    createHash('sha256').update(Buffer.concat(parts)).digest()
  const [only] = leaves
  if (only === undefined) return digest()
  if (leaves.length === 1) return digest(Uint8Array.of(0), only)
  let split = 1
  while (split * 2 < leaves.length) split *= 2
  const [left, right] = [naiveRoot(leaves.slice(0, split)), naiveRoot(leaves.slice(split))]
  return digest(Uint8Array.of(1), left, right)
}

function treeOf(leaves: readonly Uint8Array[]): { frontier: Frontier; read: ReadHash } {
  const stored = new Map<string, Uint8Array>()
  const frontier = new Frontier(nodeSha256)
  leaves.forEach((leaf, index) => {
    frontier.append(leafHash(leaf, nodeSha256), (level, hash) => {
      stored.set(`${level} ${Math.floor(index / 2 ** level)}`, hash)
    })
  })
  const read: ReadHash = ({ level, index }) => {
    const found = stored.get(`${level} ${index}`)
    if (!found) throw new Error(`no hash ${level} ${index}`)
    return found
  }
  return { frontier, read }
}

describe('the tree', () => {
  test.each(ROOTS.map((root, size) => [size, root] as const))(
    'of the first %i reference leaves has the published root',
    (size, root) => {
      const { frontier, read } = treeOf(INPUTS.slice(0, size))
      expect(hex(frontier.root())).toBe(root)
      expect(hex(rootOf(size, read))).toBe(root)
      expect(hex(naiveRoot(INPUTS.slice(0, size)))).toBe(root)
    }
  )

  test('hashes leaves and nodes as published, with either SHA-256', () => {
    const text = (value: string) => new TextEncoder().encode(value)
    for (const hash of [sha256, nodeSha256]) {
      expect(hex(leafHash(text('L123456'), hash))).toMatch(/^395aa064aa4c29f7010acfe3f25db948/)
      const plain = createHash('sha256').update('\u0001N123N456').digest('hex')
      expect(hex(nodeHash(text('N123'), text('N456'), hash)).length).toBe(plain.length)
    }
  })

  test('of any size has the root and the proofs of the definition', () => {
    const leaves = Array.from({ length: 70 }, (_, at) => Uint8Array.of(at, 7))
    const { read } = treeOf(leaves)
    for (let size = 1; size <= leaves.length; size++) {
      const root = naiveRoot(leaves.slice(0, size))
      expect(hex(rootOf(size, read, nodeSha256))).toBe(hex(root))
      for (let index = 0; index < size; index++) {
        const path = inclusionProof(index, size, read, nodeSha256)
        const leaf = leafHash(leaves[index] ?? new Uint8Array(), nodeSha256)
        expect(hex(rootFromInclusion(index, size, leaf, path, nodeSha256))).toBe(hex(root))
      }
      for (let first = 0; first <= size; first++) {
        const proof = consistencyProof(first, size, read, nodeSha256)
        const older = { size: first, root: naiveRoot(leaves.slice(0, first)) }
        checkConsistency(older, { size, root }, proof, nodeSha256)
      }
    }
  })

  test('refuses every proof with a flipped bit, a hash too many or too few, or another place', () => {
    const leaves = Array.from({ length: 11 }, (_, at) => Uint8Array.of(at))
    const { read } = treeOf(leaves)
    const size = leaves.length
    const root = hex(naiveRoot(leaves))
    const isProved = (index: number, path: Uint8Array[], of = size) => {
      try {
        const leaf = leafHash(leaves[4] ?? new Uint8Array())
        return hex(rootFromInclusion(index, of, leaf, path)) === root
      } catch {
        return false
      }
    }
    const path = inclusionProof(4, size, read)
    expect(isProved(4, path)).toBe(true)
    for (const wrong of [flipped(path), path.slice(1), path.slice(0, -1), [...path, ...path]]) {
      expect(isProved(4, wrong)).toBe(false)
    }
    for (const index of [0, 3, 5, 10, 11, -1, 2 ** 53]) expect(isProved(index, path)).toBe(false)
    for (const of of [0, 4, 7, 17]) expect(isProved(4, path, of)).toBe(false)
    const first = { size: 6, root: naiveRoot(leaves.slice(0, 6)) }
    const second = { size, root: naiveRoot(leaves) }
    const proof = consistencyProof(6, size, read)
    for (const wrong of [
      flipped(proof),
      proof.slice(1),
      proof.slice(0, -1),
      [...proof, ...proof]
    ]) {
      expect(() => checkConsistency(first, second, wrong)).toThrow(/bad_proof|proof|begin/)
    }
    expect(() => checkConsistency(second, first, proof)).toThrow(/larger/)
    expect(() => checkConsistency(first, { ...first, root: second.root }, [])).toThrow(/different/)
  })
})

function flipped(hashes: readonly Uint8Array[]): Uint8Array[] {
  const [first = new Uint8Array(32), ...rest] = hashes
  return [Uint8Array.from(first, (byte, at) => (at === 9 ? byte ^ 1 : byte)), ...rest]
}

describe('tiles', () => {
  test.each([
    [0, []],
    [1, ['tile/0/000.p/1']],
    [255, ['tile/0/000.p/255']],
    [256, ['tile/0/000', 'tile/1/000.p/1']],
    [257, ['tile/0/000', 'tile/0/001.p/1', 'tile/1/000.p/1']]
  ])('of a tree of %i stand where tlog-tiles says', (size, paths) => {
    expect([...tilesOf(size)].map(tilePath)).toEqual(paths)
  })

  test('are numbered in groups of three digits', () => {
    expect(groupsOf(1_234_067)).toBe('x001/x234/067')
    expect(bundlePath({ n: 1000, width: 256 })).toBe('tile/entries/x001/000')
  })

  test('entries come back out of a bundle, and a bundle that ends early is refused', () => {
    const entries = [new Uint8Array(), Uint8Array.of(1), new Uint8Array(65_535).fill(7)]
    const bundle = encodeBundle(entries)
    expect(decodeBundle(bundle)).toEqual(entries)
    for (const end of [1, 3, bundle.length - 1]) {
      expect(() => decodeBundle(bundle.subarray(0, end))).toThrow(/ends within entry/)
    }
  })
})

/** The example of the Go checksum database, which every client of Go modules trusts. */
