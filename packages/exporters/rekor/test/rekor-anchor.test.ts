import { createPublicKey, verify } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { newPrivateKey, privateKeySigner } from '@slm-audit/core/node'
import {
  formatCheckpoint,
  formatNote,
  formatVerifierKey,
  leafHash,
  nodeHash,
  signNote
} from '@slm-audit/core/tlog'
import { rekorAnchor } from '@slm-audit/rekor'
import { sqliteJournal } from '@slm-audit/sqlite'
import { collectingLog } from '@slm-audit/testing'
import { afterEach, describe, expect, test } from 'vitest'

const NAME = 'log.example.com'
const signer = privateKeySigner(newPrivateKey(NAME))
const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections()
})

interface Request {
  readonly hashedRekordRequestV002: {
    readonly digest: string
    readonly signature: {
      readonly content: string
      readonly verifier: { readonly publicKey: { readonly rawBytes: string } }
    }
  }
}

/** The entry of a stand-in for Rekor: the third leaf of three. */
async function entryOf({ hashedRekordRequestV002: { digest, signature } }: Request) {
  const data = { algorithm: 'SHA2_256', digest }
  const spec = { hashedRekordV002: { data, signature } }
  const body = Buffer.from(JSON.stringify({ apiVersion: '0.0.2', kind: 'hashedrekord', spec }))
  const before = nodeHash(leafHash(Buffer.from('a')), leafHash(Buffer.from('b')))
  const root = nodeHash(before, leafHash(body))
  const text = formatCheckpoint({ origin: NAME, size: 3, root })
  const envelope = formatNote({ text, signatures: [await signNote(text, signer)] })
  return {
    logIndex: '2',
    kindVersion: { kind: 'hashedrekord', version: '0.0.2' },
    inclusionProof: {
      logIndex: '2',
      treeSize: '3',
      hashes: [Buffer.from(before).toString('base64')],
      checkpoint: { envelope }
    },
    canonicalizedBody: body.toString('base64')
  }
}

type Entry = Awaited<ReturnType<typeof entryOf>>
type Answer = (entry: Entry, response: ServerResponse) => void

async function serve(answer: Answer, seen: Request[] = []): Promise<string> {
  const server = createServer(async (request, response) => {
    let text = ''
    for await (const part of request) text += part
    if (request.url !== '/api/v2/log/entries') return response.writeHead(404).end()
    const asked = JSON.parse(text) as Request
    seen.push(asked)
    answer(await entryOf(asked), response)
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function anchored(url: string) {
  const made = mkdtempSync(join(tmpdir(), 'slm-audit-rekor-'))
  const [directory, keyFile] = [join(made, 'entries'), join(made, 'key.pem')]
  const anchor = rekorAnchor({ url, directory, keyFile, logKey: formatVerifierKey(signer.key) })
  const journal = await sqliteJournal({ file: join(made, 'audit.db'), anchors: [anchor] })
  const { log, problems } = collectingLog(journal, {})
  await log.record({ operation: 'chat', provider: 'p', input: 'q' }, async () => 'a')
  await log.close()
  return { directory, keyFile, problems }
}

describe('an anchor in Rekor', () => {
  test('enters the hash of the checkpoint, signed, and keeps the entry that proves it', async () => {
    const seen: Request[] = []
    const url = await serve((entry, response) => response.end(JSON.stringify(entry)), seen)
    const { directory, keyFile, problems } = await anchored(url)
    expect(problems).toEqual([])
    expect(readdirSync(directory)).toEqual(['000000000003.checkpoint', '000000000003.entry.json'])
    expect(statSync(keyFile).mode & 0o777).toBe(0o600)
    const signature = seen[0]?.hashedRekordRequestV002.signature
    const der = Buffer.from(signature?.verifier.publicKey.rawBytes ?? '', 'base64')
    const key = createPublicKey({ key: der, format: 'der', type: 'spki' })
    const checkpoint = readFileSync(join(directory, '000000000003.checkpoint'))
    expect(verify('sha256', checkpoint, key, Buffer.from(signature?.content ?? '', 'base64'))).toBe(
      true
    )
  })

  const changed =
    (change: (entry: Entry) => unknown): Answer =>
    (entry, response) =>
      response.end(JSON.stringify(change(entry)))
  test.each<[string, Answer, RegExp]>([
    ['a page', (_, response) => response.end('<p>hello</p>'), /does not prove/],
    ['an empty object', changed(() => ({})), /does not prove/],
    [
      'an entry of something else',
      changed((entry) => {
        const body = Buffer.from(entry.canonicalizedBody, 'base64').toString()
        const other = body.replace(/"digest":"..../, '"digest":"AAAA')
        return { ...entry, canonicalizedBody: Buffer.from(other).toString('base64') }
      }),
      /of something else/
    ],
    [
      'a proof that leads elsewhere',
      changed((entry) => ({
        ...entry,
        inclusionProof: { ...entry.inclusionProof, hashes: [Buffer.alloc(32).toString('base64')] }
      })),
      /does not lead/
    ],
    [
      'a proof of another length',
      changed((entry) => ({
        ...entry,
        inclusionProof: { ...entry.inclusionProof, hashes: [] }
      })),
      /does not prove/
    ],
    [
      'a checkpoint that was changed',
      changed((entry) => {
        const envelope = entry.inclusionProof.checkpoint.envelope.replace('\n3\n', '\n4\n')
        return { ...entry, inclusionProof: { ...entry.inclusionProof, checkpoint: { envelope } } }
      }),
      /not signed by the key/
    ],
    ['an error', (_, response) => response.writeHead(500).end(), /answers with 500/],
    [
      'a redirect',
      (_, response) => response.writeHead(302, { location: '/login' }).end(),
      /answers with 302/
    ],
    ['a flood', (_, response) => response.end('x'.repeat(2_000_000)), /larger than any entry/]
  ])('keeps nothing of %s, and says what it got', async (_what, answer, said) => {
    const { directory, problems } = await anchored(await serve(answer))
    expect(problems.map(({ code, message }) => `${code} ${message}`)).toEqual([
      expect.stringMatching(said)
    ])
    expect(() => readdirSync(directory)).toThrow()
  })

  test('refuses options that cannot be meant', () => {
    const options = {
      url: 'https://x.example',
      logKey: formatVerifierKey(signer.key),
      keyFile: 'k',
      directory: 'd'
    }
    expect(() => rekorAnchor({ ...options, url: 'rekor' })).toThrow(/url must be/)
    expect(() => rekorAnchor({ ...options, directory: '' })).toThrow(/directory must be/)
    expect(() => rekorAnchor({ ...options, logKey: 'none' })).toThrow(/key/)
  })
})
