import { newPrivateKey, privateKeySigner } from '@slm-audit/core/node'
import {
  COSIGNATURE_V1,
  checkSignature,
  checkTrustPolicy,
  cosign,
  formatNote,
  formatVerifierKey,
  parseCheckpoint,
  parseNote,
  parseTrustPolicy,
  parseVerifierKey,
  signNote
} from '@slm-audit/core/tlog'
import { describe, expect, test } from 'vitest'

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
  ])('%j is not a note', (text) => {
    expect(() => parseNote(text)).toThrow(/note/)
  })

  test.each(['a\n01\nx\n', 'a\n-1\nx\n', 'a\n1\nAAAA\n', '\n1\nx\n'])(
    '%j is not a checkpoint',
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
    parseTrustPolicy(
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
    const verdict = await checkTrustPolicy(
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
    expect(await checkTrustPolicy(note, policyWith('none'))).toMatchObject({ accepted: false })
  })

  test('a key speaks only for the log that has its name', async () => {
    const forged = text.replace('example.com/log', 'example.com/other')
    const note = { text: forged, signatures: [await signNote(forged, log)] }
    const verdict = await checkTrustPolicy(note, policyWith('none'))
    expect(verdict).toMatchObject({ accepted: false, signedBy: [] })
    expect(verdict.problem).toMatch(/no key that the policy has for example.com\/other/)
  })

  const witnessLine = `witness a ${formatVerifierKey(witnesses[0]?.key ?? log.key)}`

  test.each([
    [`log ${witnessLine.split(' ')[2]}\nquorum none`, /key of a witness, not of a log/],
    [`witness a ${formatVerifierKey(log.key)}\nquorum a`, /key of a log, not of a witness/],
    [`${witnessLine}\n${witnessLine.replace(' a ', ' b ')}\nquorum none`, /both would count/],
    ['quorum w9', /w9 is neither/],
    ['quorum none\nquorum none', /only one quorum/],
    ['log nonsense\nquorum none', /verifier key/],
    ['gruop a any\nquorum none', /gruop is not one of/],
    ['group a 2\nquorum a', /cannot be met/],
    ['', /no quorum/]
  ])('%j is refused', (policy, problem) => {
    expect(() => parseTrustPolicy(policy)).toThrow(problem)
  })
})
