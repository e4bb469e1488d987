import { createHash } from 'node:crypto'
import { newPrivateKey, nodeSha256, privateKeySigner } from '@slm-audit/core/node'
import {
  bundlePath,
  COSIGNATURE_V1,
  checkConsistency,
  checkPolicy,
  checkSignature,
  consistencyProof,
  cosign,
  decodeBundle,
  encodeBundle,
  Frontier,
  formatNote,
  formatVerifierKey,
  groupsOf,
  inclusionProof,
  leafHash,
  nodeHash,
  parseCheckpoint,
  parseNote,
  parsePolicy,
  parseVerifierKey,
  type ReadHash,
  rootFromInclusion,
  rootOf,
  sha256,
  signNote,
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
    expect(tilesOf(size).map(tilePath)).toEqual(paths)
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
const SUM_KEY = 'sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8'
const WITNESS = 'witness.example.com/w1'

describe('signed notes', () => {
  test('verifier keys that others published are read, and one whose id is wrong is refused', () => {
    const spec = 'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k'
    for (const text of [SUM_KEY, spec]) {
      expect(formatVerifierKey(parseVerifierKey(text))).toBe(text)
      expect(() => parseVerifierKey(text.replace(/\+[0-9a-f]{8}\+/, '+00000000+'))).toThrow(/match/)
    }
  })

  test('the note of the specification is read, its text cut at the last empty line', () => {
    const text =
      'Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned è subito sera.\n'
    const line =
      '— quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc='
    const note = parseNote(`${text}\n${line}\n`)
    expect(note.text).toBe(text)
    expect(note.signatures).toMatchObject([
      { name: 'quasimodo.example/salvatore', keyId: '367ba04b' }
    ])
    expect(formatNote(note)).toBe(`${text}\n${line}\n`)
  })

  test('a signature holds for its text and its key, and unknown keys are passed over', async () => {
    const signer = privateKeySigner(newPrivateKey('example.com/log'))
    const other = privateKeySigner(newPrivateKey('example.com/log'))
    const text = 'example.com/log\n3\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n'
    const signatures = [await signNote(text, other), await signNote(text, signer)]
    const note = parseNote(formatNote({ text, signatures }))
    expect(await checkSignature(note, signer.key)).toBe('good')
    const changed = { ...note, text: text.replace('3', '4') }
    expect(await checkSignature(changed, signer.key)).toBe('bad')
    const stranger = privateKeySigner(newPrivateKey('example.com/log')).key
    expect(await checkSignature(note, stranger)).toBe('absent')
  })

  test.each([
    '',
    'a\n',
    'text\n\nno signature\n',
    'bell \u0007\n\n— a YWFhYWFh\n',
    'x\n\n— a b+c\n'
  ])('%j is no note', (text) => {
    expect(() => parseNote(text)).toThrow(/note/)
  })

  test.each(['a\n01\nx\n', 'a\n-1\nx\n', 'a\n1\nAAAA\n', '\n1\nx\n'])(
    '%j is no checkpoint',
    (text) => {
      expect(() => parseCheckpoint(`${text}\n— a YWFhYWFh\n`)).toThrow(/checkpoint/)
    }
  )

  test('private keys never show in errors', () => {
    const text = newPrivateKey('example.com/log').slice(0, -6)
    expect(() => privateKeySigner(text)).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining(text.slice(-20)) })
    )
  })
})

describe('policies', () => {
  const log = privateKeySigner(newPrivateKey('example.com/log'))
  const witnesses = ['w1', 'w2', 'w3'].map((name) =>
    privateKeySigner(newPrivateKey(`${WITNESS}/${name}`), COSIGNATURE_V1)
  )
  const text = 'example.com/log\n3\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n'
  const policyWith = (quorum: string) =>
    parsePolicy(
      [
        '# whom we believe',
        `log ${formatVerifierKey(log.key)}`,
        ...witnesses.map(
          ({ key }, at) => `witness w${at} ${formatVerifierKey(key)} https://w${at}.example`
        ),
        'group two 2 w0 w1 w2',
        'group every all w0 w1 w2',
        'group nested any every w2',
        `quorum ${quorum}`
      ].join('\n')
    )

  test.each([
    ['none', 0, true],
    ['w0', 0, false],
    ['w0', 1, true],
    ['two', 1, false],
    ['two', 2, true],
    ['nested', 2, false],
    ['nested', 3, true]
  ])('quorum %s with %i cosignatures: %s', async (quorum, count, accepted) => {
    const cosignatures = witnesses
      .slice(0, count)
      .map((witness) => cosign(text, 1_700_000_000, witness))
    const signatures = [await signNote(text, log), ...(await Promise.all(cosignatures))]
    const verdict = await checkPolicy(
      parseNote(formatNote({ text, signatures })),
      policyWith(quorum)
    )
    expect(verdict.accepted).toBe(accepted)
    expect(verdict.witnessedBy.every(({ seconds }) => seconds === 1_700_000_000)).toBe(true)
  })

  test('a bad cosignature of a known witness spoils the note', async () => {
    const [witness] = witnesses
    if (!witness) throw new Error('no witness')
    const bad = await cosign(`${text}x`, 1, witness)
    const note = { text, signatures: [await signNote(text, log), bad] }
    expect(await checkPolicy(note, policyWith('none'))).toMatchObject({ accepted: false })
  })

  test.each([
    ['quorum w9', /w9 is neither/],
    ['quorum none\nquorum none', /only one quorum/],
    ['log nonsense\nquorum none', /verifier key/],
    ['gruop a any\nquorum none', /gruop is not one of/],
    ['group a 2\nquorum a', /cannot be met/],
    ['', /no quorum/]
  ])('%j is refused', (policy, problem) => {
    expect(() => parsePolicy(policy)).toThrow(problem)
  })
})
