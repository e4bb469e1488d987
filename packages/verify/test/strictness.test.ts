import { newPrivateKey, privateKeySigner } from '@slm-audit/core/node'
import {
  COSIGNATURE_V1,
  cosign,
  formatCheckpoint,
  formatNote,
  formatTlogProof,
  formatVerifierKey,
  parseCheckpoint,
  parseTlogProof,
  parseTrustPolicy,
  parseVerifierKey,
  signNote
} from '@slm-audit/core/tlog'
import { expect, test } from 'vitest'
import * as verify from '../src/index.ts'
import { run } from '../src/run.ts'

const log = privateKeySigner(newPrivateKey('example.com/log'))
const witness = privateKeySigner(newPrivateKey('example.com/w'), COSIGNATURE_V1)
const text = formatCheckpoint({ origin: 'example.com/log', size: 12, root: new Uint8Array(32) })
const signatures = [await signNote(text, log), await cosign(text, 1_700_000_000, witness)]
const note = formatNote({ text, signatures })
const proof = formatTlogProof({ index: 3, path: [new Uint8Array(32)], checkpoint: note })
const key = formatVerifierKey(log.key)
const policy = `# auditors
log ${key}
witness w1 ${formatVerifierKey(witness.key)} https://example.com/w
group g1 any w1
quorum g1
`

/** What formats have stumbled over: ends of lines, blanks, controls, spellings of numbers and base64. */
const PIECES = [
  '\n',
  '\n\n',
  '\r\n',
  '\r',
  '\t',
  ' ',
  '\u0000',
  '\u001f',
  '\u007f',
  '\u0085',
  '\u00a0',
  '\u2028',
  '\ufeff',
  '\ud800',
  '\u2014 ',
  '-',
  '+',
  '=',
  '==',
  '/',
  '0',
  '00',
  '1.5',
  '1e2',
  '-1',
  'A',
  'none',
  'any',
  'all',
  '2',
  'w1',
  'g1',
  'log',
  'quorum none\n',
  'group g1 any w1\n',
  'witness w1 x\n',
  '9007199254740993',
  '99999999999999999999',
  'extra ',
  'index 3\n'
]

/** Park and Miller's generator: the same texts in each run. */
function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 48_271) % 2_147_483_647
    return state / 2_147_483_647
  }
}

function changed(whole: string, next: () => number): string {
  let result = whole
  for (let changes = 1 + Math.floor(next() * 2); changes > 0; changes--) {
    const at = Math.floor(next() * (result.length + 1))
    const length = Math.floor(next() * 3) * (next() < 0.1 ? 40 : 1)
    const piece = next() < 0.8 ? PIECES[Math.floor(next() * PIECES.length)] : ''
    result = result.slice(0, at) + piece + result.slice(at + length)
  }
  return result
}

function accepts(parse: (text: string) => unknown, each: string): boolean {
  try {
    parse(each)
    return true
  } catch {
    return false
  }
}

/** A policy without a log believes nobody: core says so when it is used, the verifier at once. */
const withLog = (each: string) => {
  if (parseTrustPolicy(each).logs.length === 0) throw new Error('no log')
}

test.each([
  ['notes', note, parseCheckpoint, verify.parseNote],
  ['keys', key, parseVerifierKey, verify.parseKey],
  ['policies', policy, withLog, verify.parseTrustPolicy],
  [
    'proofs',
    proof,
    (each: string) => parseCheckpoint(parseTlogProof(each).checkpoint),
    verify.parseProof
  ]
] as const)('%s are read as strictly as the log reads them', (_name, whole, core, own) => {
  expect([accepts(core, whole), accepts(own, whole)]).toEqual([true, true])
  const next = random(7)
  let refused = 0
  for (let at = 0; at < 5_000; at++) {
    const each = changed(whole, next)
    const isTaken = accepts(core, each)
    if (!isTaken) refused++
    if (accepts(own, each) !== isTaken) expect.unreachable(JSON.stringify([isTaken, each]))
  }
  expect(refused).toBeGreaterThan(1_000)
})

test('nothing of a hostile file steers the terminal', () => {
  const { exitCode, text } = run([
    'tiles',
    '/nowhere/\u001b]0;x\u0007\u009b2J\u202e',
    '--policy',
    '/nowhere'
  ])
  expect([exitCode, text]).toEqual([2, expect.stringMatching(/^[^\p{Cc}\p{Bidi_Control}]*$/u)])
})
